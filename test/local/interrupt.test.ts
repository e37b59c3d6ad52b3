import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { CreateKeyCommand } from '@aws-sdk/client-kms';
import { CreateBucketCommand, HeadObjectCommand, ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { VaultClient } from '../support/vault-client.ts';

// The command, interrupted while it moves a large object.

const local = new VaultClient();
const { s3, kms } = local.administrator;
const Bucket = 'interrupted';
const main = join(import.meta.dirname, '..', '..', 'cli', 'main.ts');
const folder = await mkdtemp(join(tmpdir(), 'sealdrop-interrupt-'));
let keyArn = '';

const started: ChildProcess[] = [];

afterEach(() => {
  for (const child of started) child.kill('SIGKILL');
});

function start(...args: string[]): ChildProcess {
  const child = spawn(process.execPath, [main, ...args, '--key', keyArn, '--vault', 'prod'], {
    cwd: folder,
    env: local.stack.emulator.environment,
  });
  started.push(child);
  return child;
}

/** What a process writes to standard error, and what it ends by. */
async function endOf(child: ChildProcess): Promise<{ told: string; signal: unknown }> {
  if (child.stderr === null) throw new Error('it has no standard error');
  const [told, [, signal]] = await Promise.all([
    text(child.stderr),
    once(child, 'close') as Promise<unknown[]>,
  ]);
  return { told, signal };
}

const uploads = async (): Promise<number> => {
  const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket }));
  return Uploads.length;
};

beforeAll(async () => {
  await s3.send(new CreateBucketCommand({ Bucket }));
  keyArn = (await kms.send(new CreateKeyCommand({}))).KeyMetadata?.Arn ?? '';
});

afterAll(() => rm(folder, { recursive: true }));

describe.each(['SIGINT', 'SIGTERM'] as const)('interrupted by %s', (name) => {
  test('sealing leaves no object and no open upload, and says how to go on', async () => {
    const child = start('seal', '-', `s3://${Bucket}/${name}`);
    const ended = endOf(child);
    const chunk = randomBytes(2 ** 20);
    child.stdin?.on('error', () => undefined);
    for (let sent = 0; sent < 20; sent += 1) child.stdin?.write(chunk);
    await eventually('the upload', async () => ((await uploads()) === 1 ? true : undefined));
    child.kill(name);
    const { told, signal } = await ended;
    expect(signal).toBe(name);
    expect(told).toBe(
      'sealdrop: error: interrupted after 0 objects\n' +
        'sealdrop: hint: run the same command again: what is done stays, and is passed over\n',
    );
    expect(await uploads()).toBe(0);
    await expect(s3.send(new HeadObjectCommand({ Bucket, Key: name }))).rejects.toThrow();
  });

  test('opening leaves no file', async () => {
    const sealing = start('seal', '-', `s3://${Bucket}/large`, '--overwrite');
    sealing.stdin?.end(randomBytes(150 * 2 ** 20));
    await endOf(sealing);
    const child = start('open', `s3://${Bucket}/large`, 'large');
    const ended = endOf(child);
    await eventually('the file', async () => ((await readdir(folder)).length === 1 ? true : undefined));
    child.kill(name);
    expect((await ended).signal).toBe(name);
    expect(await readdir(folder)).toEqual([]);
  });
});
