import { rmSync } from 'node:fs';
import { build } from 'esbuild';

/** The functions that are deployed, each a file beside this one. */
const functions = ['seal', 'rewrap', 'rewrap-report', 'drill'];

const root = new URL('..', import.meta.url).pathname;
const outputFolder = `${root}dist/handlers`;

rmSync(outputFolder, { recursive: true, force: true });
await Promise.all(
  functions.map((name) =>
    build({
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
