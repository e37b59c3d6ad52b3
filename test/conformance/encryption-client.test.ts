import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startJavaClient } from './java-client.ts';
import { ensureJavaClient } from './java-client/build.ts';
import type { PeerClient } from './peer-client.ts';
import { startPythonClient } from './python-client.ts';
import { ConformanceScene, titleOf, type KeyringName, type Way } from './scene.ts';
import { waysWith } from './ways.ts';

// What the official clients put, our client gets, and what it puts, they get.

const cacheFolder = join(import.meta.dirname, '..', '..', '.sealdrop');
const scene = new ConformanceScene('conformance');
const { environment } = scene.local.stack.emulator;
const java = await ensureJavaClient({ cacheFolder, log: (line) => process.stderr.write(`${line}\n`) });
if (java.build === undefined) {
  process.stderr.write(`\nSKIPPED: conformance with the official Java client: ${java.reason}\n\n`);
}

/** A peer, and what it can do: Python's writes no instruction files and knows no raw keys. */
interface PeerFacts {
  readonly name: string;
  readonly start: () => Promise<PeerClient>;
  readonly keyrings: readonly KeyringName[];
  readonly writes: readonly Way['strategy'][];
}

const peers: PeerFacts[] = [
  {
    name: 'Python',
    start: () => startPythonClient(cacheFolder, environment),
    keyrings: ['kms'],
    writes: ['object-metadata'],
  },
];
const { build } = java;
if (build !== undefined) {
  peers.push({
    name: 'Java',
    start: () => Promise.resolve(startJavaClient(build, { environment })),
    keyrings: ['kms', 'aes', 'rsa'],
    writes: ['object-metadata', 'instruction-file'],
  });
}

beforeAll(() => scene.create());
afterAll(() => scene.remove());

describe.each(peers)('the official $name client', ({ name, start, keyrings, writes }) => {
  let peer: PeerClient;
  beforeAll(async () => {
    peer = await start();
  }, 300_000);
  afterAll(() => peer.stop());

  const cases = (strategies: readonly Way['strategy'][]): [string, Way][] =>
    waysWith(keyrings, strategies).map((way) => [titleOf(way), way]);

  test.each(cases(['object-metadata', 'instruction-file']))('gets what we put: %s', async (title, way) => {
    const content = randomBytes(way.lengthBytes);
    const key = `ours/${name}/${title}: ü+%`;
    await scene.putByUs(key, way, content);
    expect((await scene.getByThem(peer, key, way)).equals(content)).toBe(true);
  });

  test.each(cases(writes))('puts what we get: %s', async (title, way) => {
    const content = randomBytes(way.lengthBytes);
    const key = `theirs/${name}/${title}: ü+%`;
    await scene.putByThem(peer, key, way, content);
    expect((await scene.getByUs(key, way)).equals(content)).toBe(true);
  });

  const way: Way = { format: 'V3', keyring: 'kms', strategy: 'object-metadata', context: {}, lengthBytes: 0 };

  test('puts in parts what we get', async () => {
    const content = randomBytes(11 * 2 ** 20 + 1);
    await scene.putByThem(peer, `parts/${name}`, way, content, { multipart: true });
    expect((await scene.getByUs(`parts/${name}`, way)).equals(content)).toBe(true);
  });

  test('refuses another context than the one that we put with, and so do we', async () => {
    const other = { ...way, context: { department: 'other' } };
    await scene.putByUs(`context/${name}`, { ...way, context: { department: 'archive' } }, randomBytes(10));
    await expect(scene.getByThem(peer, `context/${name}`, other)).rejects.toThrow();
    await expect(scene.getByUs(`context/${name}`, other)).rejects.toMatchObject({ code: 'CONTEXT_MISMATCH' });
  });

  test('deletes an object of ours with its instruction file', async () => {
    const inFile: Way = { ...way, strategy: 'instruction-file' };
    const key = `deleted/${name}`;
    await scene.putByUs(key, inFile, randomBytes(10));
    const keyring = scene.theirKeyring('kms');
    await scene.asked(peer, { verb: 'delete', bucket: scene.bucket, key, keyring });
    expect(await listed(key)).toEqual([]);
  });
});

async function listed(Prefix: string): Promise<(string | undefined)[]> {
  const { Contents = [] } = await scene.local.administrator.s3.send(
    new ListObjectsV2Command({ Bucket: scene.bucket, Prefix }),
  );
  return Contents.map(({ Key }) => Key);
}

(build === undefined ? describe.skip : describe)('what only the official Java client does', () => {
  let peer: PeerClient;
  beforeAll(() => {
    if (build === undefined) return;
    peer = startJavaClient(build, { environment });
  });
  afterAll(() => peer.stop());

  const rsa: Way = {
    format: 'V3',
    keyring: 'rsa',
    strategy: 'instruction-file',
    context: {},
    lengthBytes: 0,
  };

  test.each(['V3', 'V2'] as const)(
    'an instruction file of another suffix opens for us: %s',
    async (format) => {
      const way = { ...rsa, format };
      const content = randomBytes(1000);
      const key = `suffix/${format}`;
      const keyring = scene.theirKeyring('rsa', { key: 'ours' });
      await scene.putByThem(peer, key, way, content, { keyring });
      await scene.asked(peer, {
        verb: 're-encrypt',
        bucket: scene.bucket,
        key,
        keyring: scene.theirKeyring('rsa'),
        newKeyring: scene.theirKeyring('partner'),
        instructionFile: true,
        instructionFileSuffix: 'partner',
        ...(format === 'V2'
          ? {
              commitmentPolicy: 'FORBID_ENCRYPT_ALLOW_DECRYPT',
              algorithm: 'ALG_AES_256_GCM_IV12_TAG16_NO_KDF',
            }
          : {}),
      });
      const opened = await scene.getByUs(key, way, {
        keyring: scene.ourKeyring('partner'),
        instructionFileSuffix: '.partner',
        metadataStrategy: 'object-metadata',
      });
      expect(opened.equals(content)).toBe(true);
    },
  );

  const range = { unauthenticatedRanges: true };
  test.each(['bytes=0-15', 'bytes=17-40', 'bytes=990-', 'bytes=990-2000'])(
    'a range is the same to both: %s',
    async (Range) => {
      const way: Way = { ...rsa, keyring: 'kms', strategy: 'object-metadata' };
      const content = randomBytes(1000);
      await scene.putByUs(`range/${Range}`, way, content);
      const theirs = await scene.getByThem(peer, `range/${Range}`, way, {
        range: Range,
        legacyContent: true,
      });
      const { Body } = await scene
        .ours(way, range)
        .send(new GetObjectCommand({ Bucket: scene.bucket, Key: `range/${Range}`, Range }));
      const ours = Buffer.from((await Body?.transformToByteArray()) ?? []);
      expect(ours.toString('hex')).toBe(theirs.toString('hex'));
    },
  );

  const legacy = {
    commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT',
    legacyWrapping: true,
    legacyContent: true,
  } as const;
  test.each(
    (['kms', 'aes', 'rsa'] as const).flatMap((keyring) =>
      (['EncryptionOnly', 'AuthenticatedEncryption'] as const).flatMap((cryptoMode) =>
        [false, true].map((instructionFile) => ({ keyring, cryptoMode, instructionFile })),
      ),
    ),
  )(
    'its predecessor puts what we get: $keyring, $cryptoMode, instruction file $instructionFile',
    async (one) => {
      const content = randomBytes(1003);
      const key = `legacy/${JSON.stringify(one)}`;
      const way: Way = { ...rsa, keyring: one.keyring, strategy: 'object-metadata' };
      const { cryptoMode, instructionFile } = one;
      await scene.putByThem(peer, key, way, content, { verb: 'put-legacy', cryptoMode, instructionFile });
      expect((await scene.getByUs(key, way, legacy)).equals(content)).toBe(true);
      await expect(scene.getByUs(key, way)).rejects.toMatchObject({
        code: expect.stringMatching(/^(LEGACY_|COMMITMENT_REQUIRED)/),
      });
    },
  );

  test('we delete an object of its with its instruction file', async () => {
    await scene.putByThem(peer, 'deleted-by-us', { ...rsa, keyring: 'kms' }, randomBytes(10));
    expect(await listed('deleted-by-us')).toHaveLength(2);
    await scene.ours(rsa).send(new DeleteObjectCommand({ Bucket: scene.bucket, Key: 'deleted-by-us' }));
    expect(await listed('deleted-by-us')).toEqual([]);
  });
});
