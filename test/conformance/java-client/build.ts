import { delimiter, join } from 'node:path';
import { ensureMavenBuild, filesBelow, findJava } from './maven.ts';

const purpose = 'the driver of the official Java client';

/** The official Java client's driver, built. */
export interface JavaBuild {
  /** The command that starts Java. */
  readonly java: string;
  readonly classPath: string;
}

/** The driver, or why this machine cannot have it. */
export type JavaBuildOrReason =
  { readonly build: JavaBuild } | { readonly build: undefined; readonly reason: string };

/** Where to keep the driver. */
export interface JavaClientCache {
  /** Takes the driver with everything it needs; several runs may share it. */
  readonly cacheFolder: string;
  /** Hears of what takes a while. */
  readonly log: (line: string) => void;
}

/**
 * The driver of the official Java client, built where it is not there yet, which needs a Maven repository; one
 * that was half built when something stopped it is never used.
 *
 * @returns the driver, or the reason why there is none: this machine lacks a JDK or Maven.
 * @throws {@link LocalError} where it cannot be built although both are there.
 */
export async function ensureJavaClient({ cacheFolder, log }: JavaClientCache): Promise<JavaBuildOrReason> {
  const found = await findJava(purpose);
  if (found.java === undefined) return { build: undefined, reason: found.reason };
  const built = await ensureMavenBuild({
    purpose,
    name: 'java-client',
    pomFile: join(import.meta.dirname, 'pom.xml'),
    sourceFiles: await filesBelow(join(import.meta.dirname, 'src')),
    cacheFolder,
    log,
  });
  if (built.folder === undefined) return { build: undefined, reason: built.reason };
  return { build: { java: found.java, classPath: classPathOf(built.folder) } };
}

/** The class path of what a Maven project here compiles and copies into its build folder. */
export function classPathOf(folder: string): string {
  return [join(folder, 'classes'), join(folder, 'lib', '*')].join(delimiter);
}
