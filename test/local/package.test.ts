import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { CreateKeyCommand } from '@aws-sdk/client-kms';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { VaultClient } from '../support/vault-client.ts';

// The package as it is published: packed, installed into an empty project, and used from there.

const top = join(import.meta.dirname, '..', '..');
const local = new VaultClient();
const folder = await mkdtemp(join(tmpdir(), 'sealdrop-package-'));
const minutes = 60_000;

async function run(command: string, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(command, args, {
    cwd: folder,
    env: {
      ...local.stack.emulator.environment,
      PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter),
      npm_config_cache: process.env['npm_config_cache'],
    },
    maxBuffer: 2 ** 24,
  });
  return stdout;
}

const script = (source: string): Promise<string> =>
  run(process.execPath, '--input-type=module', '-e', source);

beforeAll(async () => {
  await run('npm', 'pack', '--silent', '--pack-destination', folder, top);
  const [archive = ''] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
  await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  await run(
    'npm',
    'install',
    '--silent',
    '--no-audit',
    '--no-fund',
    '--prefer-offline',
    join(folder, archive),
  );
}, 5 * minutes);

afterAll(() => rm(folder, { recursive: true }));

describe('the installed package', () => {
  test('has the command', async () => {
    expect(await run('npx', 'sealdrop', '--version')).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(await run('npx', 'sealdrop', 'seal', '--help')).toContain('Examples:');
  });

  test('seals and opens by the command', async () => {
    const { KeyMetadata } = await local.administrator.kms.send(new CreateKeyCommand({}));
    await local.administrator.s3.send(new CreateBucketCommand({ Bucket: 'package' }));
    await writeFile(join(folder, 'a.txt'), 'the content');
    const options = ['--key', KeyMetadata?.Arn ?? '', '--vault', 'package'];
    await run('npx', 'sealdrop', 'seal', 'a.txt', 's3://package/a.txt', ...options);
    expect(await run('npx', 'sealdrop', 'open', 's3://package/a.txt', '-', ...options)).toBe('the content');
  });

  test.each([
    ['sealdrop', 'S3EncryptionClient', 'function'],
    ['sealdrop', 'KmsKeyring', 'function'],
    ['sealdrop/envelope', 'startSeal', 'function'],
  ])('offers by import %s: %s', async (from, name, kind) => {
    expect(await script(`import { ${name} } from '${from}'; console.log(typeof ${name})`)).toBe(`${kind}\n`);
  });

  test('offers the constructs where the CDK is there', async () => {
    for (const peer of ['aws-cdk-lib', 'constructs']) {
      await symlink(join(top, 'node_modules', peer), join(folder, 'node_modules', peer));
    }
    expect(await script("import { SealedVault } from 'sealdrop/cdk'; console.log(typeof SealedVault)")).toBe(
      'function\n',
    );
  });

  test('brings what the functions run', async () => {
    const files = await readdir(join(folder, 'node_modules', 'sealdrop', 'dist'), { recursive: true });
    expect(files.filter((file) => file.endsWith('.mjs')).length).toBeGreaterThan(0);
  });

  test('offers nothing else', async () => {
    await expect(script("await import('sealdrop/operations')")).rejects.toThrow(
      'ERR_PACKAGE_PATH_NOT_EXPORTED',
    );
  });
});
