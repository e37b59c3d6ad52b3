import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { build, type OutputFile } from 'esbuild';

/** The functions that are deployed, each a file beside this one. */
const functions = ['seal', 'rewrap', 'rewrap-report', 'drill'];

const root = new URL('..', import.meta.url).pathname;
const outputFolder = `${root}dist/handlers`;

const built = await Promise.all(
  functions.map((name) =>
    build({
      write: false,
      entryPoints: [`${root}lambda/${name}.ts`],
      outfile: `${outputFolder}/${name}/index.mjs`,
      absWorkingDir: root,
      bundle: true,
      platform: 'node',
      target: 'node24',
      format: 'esm',
      mainFields: ['module', 'main'],
      sourcemap: 'linked',
      sourcesContent: false,
      minify: true,
      keepNames: true,
      legalComments: 'linked',
      // Some bundled modules are CommonJS and ask for node's own modules.
      banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
      logLevel: 'warning',
    }),
  ),
);
await mkdir(outputFolder, { recursive: true });
for (const { outputFiles } of built) await Promise.all(outputFiles.map(replaceFile));
const others = (await readdir(outputFolder)).filter((name) => !functions.includes(name));
await Promise.all(others.map((name) => rm(`${outputFolder}/${name}`, { recursive: true, force: true })));

/** All at once: a deployment may read it just now. */
async function replaceFile({ path, contents }: OutputFile): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const whole = `${path}.${process.pid}.partial`;
  await writeFile(whole, contents);
  await rename(whole, path);
}
