import { createCipheriv, createSecretKey } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  encodeInstructionFile,
  gcmSuite,
  RawAesKeyring,
  splitEnvelope,
  startSeal,
  type Metadata,
  type SealOptions,
} from '../../envelope/index.ts';
import { openToBuffer, openToFile, type OpenOptions } from '../../operations/open-object.ts';
import { instructionVersionEntry } from '../../operations/records.ts';
import { contextOf } from '../../operations/vault.ts';
import { failureOf, gather, inChunks, isWiped, patternBytes } from '../support/bytes.ts';
import { createWorld, sealedBucket, type World } from '../support/world.ts';

const key = 'in/a.txt';
const at = { bucket: sealedBucket, key };
const content = patternBytes(2500);
const allowing = { commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT' } as const;

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sealdrop-formats-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function readerOf({ store, keyring, options }: World): OpenOptions {
  return { store, keyring, vault: options.vault };
}

/** Seals with the world's keyring, and returns what is to be stored. */
async function sealed(
  world: World,
  options: SealOptions = {},
): Promise<{ body: Buffer; metadata: Metadata }> {
  const context = contextOf(world.options.vault, key);
  const { encryptor, metadata } = await startSeal(world.keyring, context, options);
  return { body: await gather(encryptor.encrypt(inChunks(content))), metadata };
}

/** Writes the instruction file first, then the object that records its version. */
async function putWithFile(world: World, suffix = '.instruction', options: SealOptions = {}): Promise<void> {
  const { body, metadata } = await sealed(world, options);
  const { object, instructionFile } = splitEnvelope(metadata);
  const file = world.store.put(sealedBucket, key + suffix, encodeInstructionFile(instructionFile));
  const entries = { ...object, ...instructionVersionEntry(file.versionId), title: 'x' };
  world.store.put(sealedBucket, key, body, { metadata: entries });
}

describe('opening an object with an instruction file', () => {
  test('gives back the content and the metadata of the user, in memory and to a file', async () => {
    const world = createWorld();
    await putWithFile(world);
    const opened = await openToBuffer(at, readerOf(world));
    expect(opened.content.equals(content)).toBe(true);
    expect(opened.metadata).toEqual({ title: 'x' });
    await openToFile(at, join(folder, 'out'), readerOf(world));
    expect(readFileSync(join(folder, 'out')).equals(content)).toBe(true);
    expect(world.kms.plaintexts.every(isWiped)).toBe(true);
  });

  test('gives back the content of V2, whose object has nothing of the envelope', async () => {
    const world = createWorld();
    await putWithFile(world, '.instruction', { suite: gcmSuite });
    const opened = await openToBuffer(at, { ...readerOf(world), ...allowing });
    expect(opened.content.equals(content)).toBe(true);
    expect((await failureOf(() => openToBuffer(at, readerOf(world)))).code).toBe('COMMITMENT_REQUIRED');
  });

  test('takes the suffix that the reader names', async () => {
    const world = createWorld();
    await putWithFile(world, '.keys');
    expect((await failureOf(() => openToBuffer(at, readerOf(world)))).code).toBe('INSTRUCTION_FILE_MISSING');
    const opened = await openToBuffer(at, { ...readerOf(world), instructionFileSuffix: '.keys' });
    expect(opened.content.equals(content)).toBe(true);
  });

  test('takes the recorded version where a later write stopped between file and object', async () => {
    const world = createWorld();
    await putWithFile(world);
    const { instructionFile } = splitEnvelope((await sealed(world)).metadata);
    world.store.put(sealedBucket, `${key}.instruction`, encodeInstructionFile(instructionFile));
    const opened = await openToBuffer(at, readerOf(world));
    expect(opened.content.equals(content)).toBe(true);
    expect(world.kms.plaintexts.every(isWiped)).toBe(true);
  });

  test('tells that the instruction file is missing, and reads no content', async () => {
    const world = createWorld();
    await putWithFile(world);
    world.store.destroy({ bucket: sealedBucket, key: `${key}.instruction` });
    expect((await failureOf(() => openToBuffer(at, readerOf(world)))).code).toBe('INSTRUCTION_FILE_MISSING');
    expect(world.store.countOf('read')).toBe(0);
  });

  test('of the longest key, which has room for none, is told as what it is', async () => {
    const world = createWorld();
    const longest = { bucket: sealedBucket, key: 'a'.repeat(1024) };
    world.store.put(longest.bucket, longest.key, content);
    expect((await failureOf(() => openToBuffer(longest, readerOf(world)))).code).toBe('NOT_SEALED');
  });

  test.each([
    ['cut', (file: Buffer) => file.subarray(0, -1)],
    ['no JSON', () => Buffer.from('x')],
    ['longer than any', (file: Buffer) => Buffer.concat([file, Buffer.alloc(70_000, ' ')])],
  ])('fails where the instruction file is %s', async (_, alter) => {
    const world = createWorld();
    await putWithFile(world);
    const file = { bucket: sealedBucket, key: `${key}.instruction` };
    world.store.put(file.bucket, file.key, alter(world.store.contentOf(file)));
    const failure = await failureOf(() => openToBuffer(at, readerOf(world)));
    expect(failure.code).toBe('ENVELOPE_MALFORMED');
  });
});

describe('opening an object of V2', () => {
  test('gives back its content where the policy allows it', async () => {
    const world = createWorld();
    const { body, metadata } = await sealed(world, { suite: gcmSuite });
    world.store.put(sealedBucket, key, body, { metadata: { ...metadata, title: 'x' } });
    const opened = await openToBuffer(at, { ...readerOf(world), ...allowing });
    expect(opened.content.equals(content)).toBe(true);
    expect(opened.metadata).toEqual({ title: 'x' });
    expect((await failureOf(() => openToBuffer(at, readerOf(world)))).code).toBe('COMMITMENT_REQUIRED');
  });
});

describe('opening an object of V1', () => {
  const wrappingKey = patternBytes(32, 'wrapping key');
  const dataKey = patternBytes(32, 'data key');
  const reading = { ...allowing, legacyWrapping: true, legacyContent: true };

  function firstClientsWorld(lengthBytes: number): OpenOptions & { world: World } {
    const world = createWorld();
    const wrapping = createCipheriv('aes-256-ecb', wrappingKey, null);
    const encrypting = createCipheriv('aes-256-cbc', dataKey, patternBytes(16));
    const wrapped = Buffer.concat([wrapping.update(dataKey), wrapping.final()]);
    const body = Buffer.concat([encrypting.update(patternBytes(lengthBytes)), encrypting.final()]);
    const metadata = {
      'x-amz-key': wrapped.toString('base64'),
      'x-amz-iv': patternBytes(16).toString('base64'),
      'x-amz-matdesc': '{}',
    };
    world.store.put(sealedBucket, key, body, { metadata });
    const keyring = new RawAesKeyring({ wrappingKey: createSecretKey(wrappingKey) });
    return { world, store: world.store, keyring, vault: { vaultId: 'archive', binding: 'none' } };
  }

  test.each([0, 1, 15, 16, 17, 2500])('gives back %i bytes of it', async (lengthBytes) => {
    const options = { ...firstClientsWorld(lengthBytes), ...reading };
    const opened = await openToBuffer(at, options);
    expect(opened.content.equals(patternBytes(lengthBytes))).toBe(true);
    expect(opened.contentLengthBytes).toBe(lengthBytes);
    const file = await openToFile(at, join(folder, 'out'), options);
    expect(file.contentLengthBytes).toBe(lengthBytes);
    expect(readFileSync(join(folder, 'out')).equals(patternBytes(lengthBytes))).toBe(true);
  });

  test.each([
    ['LEGACY_WRAPPING_DISABLED', { legacyWrapping: false }],
    ['LEGACY_CONTENT_DISABLED', { legacyContent: false }],
    ['COMMITMENT_REQUIRED', { commitmentPolicy: 'REQUIRE_ENCRYPT_REQUIRE_DECRYPT' as const }],
    ['CONTEXT_MISMATCH', { vault: { vaultId: 'archive', binding: 'vault' as const } }],
  ])('is %s where the reader lets it not: %j', async (code, less) => {
    const options = { ...firstClientsWorld(20), ...reading, ...less };
    expect((await failureOf(() => openToBuffer(at, options))).code).toBe(code);
    expect((await failureOf(() => openToFile(at, join(folder, 'out'), options))).code).toBe(code);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('checks the limit against the length in the store, which is a little more', async () => {
    const options = { ...firstClientsWorld(32), ...reading };
    await expect(openToBuffer(at, options, 48)).resolves.toMatchObject({ contentLengthBytes: 32 });
    const failure = await failureOf(() => openToBuffer(at, options, 47));
    expect(failure.code).toBe('BUFFER_LIMIT_EXCEEDED');
    expect(options.world.store.countOf('read')).toBe(1);
  });

  test.each([0, 15, 17])(
    'is an authentication failure where %i bytes are stored, none read',
    async (length) => {
      const { world, ...options } = { ...firstClientsWorld(20), ...reading };
      const { metadata } = await world.store.head(at);
      world.store.put(sealedBucket, key, patternBytes(length), { metadata });
      expect((await failureOf(() => openToBuffer(at, options))).code).toBe('AUTHENTICATION_FAILED');
      const opening = failureOf(() => openToFile(at, join(folder, 'out'), options));
      expect((await opening).code).toBe('AUTHENTICATION_FAILED');
      expect(world.store.countOf('read')).toBe(0);
    },
  );
});
