import { join } from 'node:path';
import { LocalError } from '../local/local-error.ts';
import { classPathOf, type JavaBuild } from '../test/conformance/java-client/build.ts';
import { ensureMavenBuild, filesBelow, findJava } from '../test/conformance/java-client/maven.ts';

const projectFolder = join(import.meta.dirname, 'java');
const purpose = 'the benchmark of the official Java client';
const hint = 'install a JDK, version 17 or later, and Maven, version 3.8 or later';

/**
 * The driver of the official Java client, built where it is not there yet.
 *
 * @param cacheFolder - takes the driver and all it needs; several runs may share it
 * @param log - hears of what takes a while
 * @throws {@link LocalError} where this machine has no JDK or no Maven, or cannot build it.
 */
export async function ensureJavaDriver(cacheFolder: string, log: (line: string) => void): Promise<JavaBuild> {
  const found = await findJava(purpose);
  if (found.java === undefined) throw new LocalError(found.reason, hint);
  const built = await ensureMavenBuild({
    purpose,
    name: 'java-driver',
    pomFile: join(projectFolder, 'pom.xml'),
    sourceFiles: await filesBelow(join(projectFolder, 'src')),
    cacheFolder,
    log,
  });
  if (built.folder === undefined) throw new LocalError(built.reason, hint);
  return { java: found.java, classPath: classPathOf(built.folder) };
}
