import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateKeyCommand, RotateKeyOnDemandCommand } from '@aws-sdk/client-kms';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { KmsKeyring, openToBuffer, rewrapObject, sealDrop, type Vault } from '../../aws/index.ts';
import { defaultPartSizeBytes } from '../../operations/part-limits.ts';
import { contextOf } from '../../operations/vault.ts';
import { VaultClient } from '../support/vault-client.ts';
import type { PeerClient } from './peer-client.ts';
import { startPythonClient } from './python-client.ts';

// What the official Python client puts, the operations open, and what they seal, it gets; before and after a rewrap.

const local = new VaultClient();
const { s3, kms } = local.administrator;
const { store } = local;
const bucket = 'conformance-python';
const folder = await mkdtemp(join(tmpdir(), 'sealdrop-conformance-'));

let python: PeerClient;
let keyId: string;
let keyring: KmsKeyring;

beforeAll(async () => {
  const cacheFolder = join(import.meta.dirname, '..', '..', '.sealdrop');
  python = await startPythonClient(cacheFolder, local.stack.emulator.environment);
  for (const Bucket of [bucket, `${bucket}-intake`]) await s3.send(new CreateBucketCommand({ Bucket }));
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
  keyId = KeyMetadata?.Arn ?? '';
  keyring = new KmsKeyring({ keyId, client: kms });
}, 120_000);

afterAll(async () => {
  await python.stop();
  await rm(folder, { recursive: true });
});

/** Has the official client put or get one object; resolves to what it got. */
async function official(verb: 'put' | 'get', key: string, vault: Vault, content?: Buffer): Promise<Buffer> {
  const path = join(folder, 'content');
  if (content !== undefined) await writeFile(path, content);
  const context = contextOf(vault, key);
  const answer = await python.call({ verb, bucket, key, keyring: { type: 'kms', keyId }, context, path });
  if (!answer.ok) throw new Error(answer.error);
  return readFile(path);
}

/** Every object under a prefix, moved to new material of the key. */
async function rotateAndRewrap(keys: readonly string[], vaultOfKey: (key: string) => Vault): Promise<void> {
  const before = await keyring.currentWrapping();
  await kms.send(new RotateKeyOnDemandCommand({ KeyId: keyId }));
  const current = await keyring.currentWrapping();
  expect(current.keyMaterialId).not.toBe(before.keyMaterialId);
  for (const key of keys) {
    const outcome = await rewrapObject({ bucket, key }, { store, keyring, vault: vaultOfKey(key), current });
    expect(outcome).toMatchObject({ status: 'rewrapped' });
  }
}

const vaults: [string, Vault][] = [
  ['bound to the object', { vaultId: 'conformance', binding: 'object' }],
  [
    'bound to the vault, with a pair more',
    { vaultId: 'c', binding: 'vault', extraContext: { 'a b': 'c="d"' } },
  ],
  ['bound to nothing', { vaultId: 'conformance', binding: 'none' }],
];
const cases = vaults.flatMap(([name, vault]) =>
  [0, 1, 16, 100_003, defaultPartSizeBytes - 16, 2 * defaultPartSizeBytes + 1].map((lengthBytes) => ({
    name: `${lengthBytes} bytes, ${name}`,
    vault,
    content: randomBytes(lengthBytes),
  })),
);

const keyOf = (sealedBy: string, { name }: { name: string }): string => `${sealedBy}/${name}: ü+%`;
const rewrapAllOf = (sealedBy: string): Promise<void> =>
  rotateAndRewrap(
    cases.map((one) => keyOf(sealedBy, one)),
    (key) => cases.find((one) => keyOf(sealedBy, one) === key)?.vault ?? fail(key),
  );

function fail(key: string): never {
  throw new Error(`no case for ${key}`);
}

describe('what we seal', () => {
  test.each(cases)('the official client opens: $name', async ({ name, vault, content }) => {
    const key = keyOf('ours', { name });
    const drop = { bucket: `${bucket}-intake`, key, sequencer: '01' };
    await s3.send(new PutObjectCommand({ Bucket: drop.bucket, Key: key, Body: content }));
    const to = { sealedBucket: bucket, sealedPrefix: '', handover: 'keep' } as const;
    expect(await sealDrop(drop, { store, keyring, vault, ...to })).toMatchObject({ status: 'sealed' });
    expect((await official('get', key, vault)).equals(content)).toBe(true);
  });

  describe('and rewrap', () => {
    beforeAll(() => rewrapAllOf('ours'));

    test.each(cases)('the official client opens: $name', async ({ name, vault, content }) => {
      expect((await official('get', keyOf('ours', { name }), vault)).equals(content)).toBe(true);
    });
  });
});

describe('what the official client seals', () => {
  const open = async (key: string, vault: Vault): Promise<Buffer> =>
    (await openToBuffer({ bucket, key }, { store, keyring, vault })).content;

  test.each(cases)('we open: $name', async ({ name, vault, content }) => {
    const key = keyOf('theirs', { name });
    await official('put', key, vault, content);
    expect((await open(key, vault)).equals(content)).toBe(true);
  });

  describe('and we rewrap', () => {
    beforeAll(() => rewrapAllOf('theirs'));

    test.each(cases)('we open: $name', async ({ name, vault, content }) => {
      expect((await open(keyOf('theirs', { name }), vault)).equals(content)).toBe(true);
    });
  });
});
