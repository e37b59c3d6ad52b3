import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LocalError } from '../../../local/local-error.ts';
import { ensureMavenBuild, filesBelow, type FolderOrReason } from '../java-client/maven.ts';
import { modelSources } from './model.ts';

/** The port of the server that puts our client to the suite. */
export const sealdropPort = 8101;

/** The sets of the suite's `TestUtils` that name what a server can do, as far as ours can. */
const sealdropCan: readonly string[] = [
  'IMPROVED_VERSIONS',
  'RANGED_GETS_SUPPORTED',
  'RAW_AES_SUPPORTED',
  'RAW_RSA_SUPPORTED',
  'CUSTOM_INSTRUCTION_SUFFIX_GET_SUPPORTED',
];

/**
 * Builds the suite's tests with a client of ours in place of the one that the suite generates with Gradle, and
 * with a server named `Sealdrop` among those that they know; nothing else about them is changed.
 *
 * @param suiteFolder - the suite's repository, checked out; it stays as it is
 */
export async function ensurePublicSuite(
  suiteFolder: string,
  { cacheFolder, log }: { readonly cacheFolder: string; readonly log: (line: string) => void },
): Promise<FolderOrReason> {
  const tests = join(suiteFolder, 'test-server', 'java-tests', 'src', 'it', 'java');
  if (!existsSync(tests))
    throw new LocalError(
      `there is no test-server/java-tests in ${suiteFolder}`,
      'name the folder of a checkout of aws/amazon-s3-encryption-client-python',
    );
  const client = join(import.meta.dirname, 'src');
  const own = ['build.ts', 'model.ts'].map((name) => join(import.meta.dirname, name));
  return ensureMavenBuild({
    purpose: 'the public suite',
    name: 'public-suite',
    pomFile: join(import.meta.dirname, 'pom.xml'),
    sourceFiles: [...own, ...(await filesBelow(client)), ...(await filesBelow(tests))],
    cacheFolder,
    prepare: async (buildFolder) => {
      const sources = join(buildFolder, 'sources');
      for (const from of [tests, client]) await cp(from, sources, { recursive: true });
      for (const [name, source] of modelSources()) {
        await mkdir(dirname(join(sources, name)), { recursive: true });
        await writeFile(join(sources, name), source);
      }
      const settings = join(sources, 'software', 'amazon', 'encryption', 's3', 'TestUtils.java');
      await writeFile(settings, withSealdrop(await readFile(settings, 'utf8')));
    },
    log,
  });
}

function withSealdrop(settings: string): string {
  const constant = 'public static final String JAVA_V4 = "Java-V4";';
  const server = 'servers.put(JAVA_V4, new LanguageServerTarget(JAVA_V4, "8088"));';
  let changed = settings;
  const replace = (text: string | RegExp, replacement: string): void => {
    const before = changed;
    changed = before.replace(text, replacement);
    if (changed === before) throw new Error(`the suite's TestUtils.java is not as expected: ${String(text)}`);
  };
  replace(constant, `${constant} public static final String SEALDROP = "Sealdrop";`);
  replace(server, `${server} servers.put(SEALDROP, new LanguageServerTarget(SEALDROP, "${sealdropPort}"));`);
  for (const set of sealdropCan) {
    replace(new RegExp(`(Set<String> ${set} =\\s*Set\\.of\\()`), '$1 SEALDROP,');
  }
  return changed;
}
