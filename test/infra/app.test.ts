import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { builtHandlers } from './built-handlers.ts';
import { projectContext, projectFolder } from './project-stacks.ts';

const outputFolder = mkdtempSync(join(tmpdir(), 'sealdrop-app-'));

beforeAll(builtHandlers, 120_000);

afterAll(() => {
  rmSync(outputFolder, { recursive: true });
});

/** Runs the app with a context, as the command of the CDK does. */
function runApp(context: Record<string, unknown>): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, ['infra/app.ts'], {
    cwd: projectFolder,
    env: { ...process.env, CDK_CONTEXT_JSON: JSON.stringify(context), CDK_OUTDIR: outputFolder },
    encoding: 'utf8',
  });
}

describe('the app ends with 1 and says what to do', () => {
  test.each([
    [
      'where no environment is chosen',
      projectContext,
      'no environment was chosen',
      'pass -c env=NAME with one of: dev, staging, prod, local',
    ],
    [
      'where the environment is unknown',
      { ...projectContext, env: 'porduction' },
      'unknown environment "porduction"',
      'pass -c env=NAME with one of: dev, staging, prod, local',
    ],
    [
      'where the environment is malformed',
      { env: 'dev', environments: { dev: { production: false, vaultId: 'Dev' } } },
      'the environment "dev" is malformed: vaultId: must be 1 to 63 lower-case letters, digits and hyphens',
      'correct context.environments.dev in cdk.json',
    ],
    [
      'where production has no break-glass role',
      { env: 'prod', environments: { prod: { production: true, vaultId: 'prod' } } },
      'the production environment "prod" names no break-glass role',
      'set context.environments.prod.breakGlassRoleArns in cdk.json to who may disable or delete the key',
    ],
  ])('%s', (_when, context, message, hint) => {
    const { status, stdout, stderr } = runApp(context);

    expect(stderr).toBe(`sealdrop: error: ${message}\nsealdrop: hint: ${hint}\n`);
    expect(stdout).toBe('');
    expect(status).toBe(1);
    expect(readdirSync(outputFolder)).toEqual([]);
  });
});

test('the app writes the stacks of the chosen environment, and says nothing', () => {
  const { status, stdout, stderr } = runApp({ ...projectContext, env: 'prod' });

  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
  expect(readdirSync(outputFolder)).toEqual(
    expect.arrayContaining(['Sealdrop-prod-Vault.template.json', 'Sealdrop-prod-Trail.template.json']),
  );
});
