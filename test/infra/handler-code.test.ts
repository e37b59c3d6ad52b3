import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { App, Stack } from 'aws-cdk-lib';
import { Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { ConfigurationError } from '../../infra/configuration-error.ts';
import { handlerCode, type HandlerName } from '../../infra/handler-code.ts';
import { builtHandlers } from './built-handlers.ts';
import { projectFolder } from './project-stacks.ts';

const outputFolder = mkdtempSync(join(tmpdir(), 'sealdrop-handler-code-'));

beforeAll(builtHandlers, 120_000);

afterAll(() => {
  rmSync(outputFolder, { recursive: true });
});

/** The folder that is deployed as the code of a function. */
function deployedFolder(name: HandlerName): string {
  const app = new App({ outdir: join(outputFolder, name) });
  const stack = new Stack(app, 'Test');
  new LambdaFunction(stack, 'Function', {
    runtime: Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: handlerCode(name),
  });
  const assembly = app.synth();
  const folders = readdirSync(assembly.directory).filter((entry) => entry.startsWith('asset.'));
  expect(folders).toHaveLength(1);
  return join(assembly.directory, folders[0] ?? '');
}

describe.each(['seal', 'rewrap', 'rewrap-report'] as const)('the handler %p', (name) => {
  test('is what was built, without the source maps, and nothing installed beside it', () => {
    const built = readdirSync(join(projectFolder, 'dist', 'handlers', name));
    const deployed = readdirSync(deployedFolder(name));

    expect(deployed).toContain('index.mjs');
    expect(deployed.sort()).toEqual(built.filter((file) => !file.endsWith('.map')).sort());
  });
});

test('a handler that was not built is an error that says how to build it', () => {
  const attempt = (): unknown => handlerCode('no-such-handler' as 'seal');

  expect(attempt).toThrow(ConfigurationError);
  expect(attempt).toThrow(
    expect.objectContaining({
      message: 'the handler "no-such-handler" was not built',
      hint: 'run "npm run build:handlers" first',
    }),
  );
});
