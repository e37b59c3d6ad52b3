import { describe, expect, test } from '@jest/globals';
import { parseEnvelope } from '../../envelope/content-metadata.ts';
import { openBuffered } from '../../envelope/decryption.ts';
import { bindContext, encodeContext, type EncryptionContext } from '../../envelope/encryption-context.ts';
import type { WrappingRecord } from '../../envelope/keyring.ts';
import type { Metadata } from '../../envelope/metadata-names.ts';
import { startOpen } from '../../envelope/open.ts';
import { rewrapEnvelope, type RewrapEnvelopeOptions } from '../../envelope/rewrap.ts';
import { startSeal } from '../../envelope/seal.ts';
import { committingSuite, gcmSuite, type AlgorithmSuite } from '../../envelope/suite.ts';
import { failureOf, gather, inChunks } from '../support/bytes.ts';
import { FakeKeyring } from '../support/fake-keyring.ts';
import { createWorld, type World } from '../support/world.ts';

const before = bindContext('object', { vaultId: 'archive', objectKey: 'a.txt' });
const after = bindContext('object', { vaultId: 'payroll', objectKey: 'b.txt' });
const allowing = { commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT', legacyWrapping: true } as const;

async function sealed(world: World, suite: AlgorithmSuite) {
  const { encryptor, metadata } = await startSeal(world.keyring, before, { suite });
  return { metadata, content: await gather(encryptor.encrypt(inChunks(Buffer.from('content')))) };
}

async function opened(keyring: FakeKeyring, metadata: Metadata, content: Buffer, context: EncryptionContext) {
  const options = { ...allowing, expectedContext: context };
  const decryptor = await startOpen(keyring, parseEnvelope(metadata), options);
  return (await openBuffered(decryptor, inChunks(content), 100)).toString();
}

describe.each([
  ['V3', committingSuite, 'x-amz-3', 'x-amz-t'],
  ['V2', gcmSuite, 'x-amz-key-v2', 'x-amz-matdesc'],
] as const)('another context for an envelope of %s', (_, suite, keyName, contextName) => {
  test('is what it opens with from then on, and with the old one no more', async () => {
    const world = createWorld();
    const { metadata, content } = await sealed(world, suite);
    const options = { expectedContext: before, newContext: after };
    const rewrapped = await rewrapEnvelope(world.keyring, metadata, options);
    expect(await opened(world.keyring, rewrapped.metadata, content, after)).toBe('content');
    const failure = await failureOf(() => opened(world.keyring, rewrapped.metadata, content, before));
    expect(failure.code).toBe('CONTEXT_MISMATCH');
  });

  test('is under the key, and not only written beside it', async () => {
    const world = createWorld();
    const { metadata, content } = await sealed(world, suite);
    const options = { expectedContext: before, newContext: after };
    const rewrapped = await rewrapEnvelope(world.keyring, metadata, options);
    const forged = { ...rewrapped.metadata, [contextName]: metadata[contextName] ?? '' };
    const failure = await failureOf(() => opened(world.keyring, forged, content, before));
    expect(failure.code).toBe('AUTHENTICATION_FAILED');
  });

  test('changes two entries and no other', async () => {
    const world = createWorld();
    const { metadata } = await sealed(world, suite);
    const options = { expectedContext: before, newContext: after };
    const rewrapped = await rewrapEnvelope(world.keyring, metadata, options);
    expect(rewrapped.metadata).toEqual({
      ...metadata,
      [keyName]: rewrapped.metadata[keyName],
      [contextName]: encodeContext({ ...after, 'aws:x-amz-cek-alg': suite.metadataValue }),
    });
  });

  test('is refused before the keyring is asked where other clients could not read it', async () => {
    const world = createWorld();
    const { metadata } = await sealed(world, suite);
    world.kms.calls.length = 0;
    const options = { expectedContext: before, newContext: { name: 'ä' } };
    const failure = await failureOf(() => rewrapEnvelope(world.keyring, metadata, options));
    expect(failure.code).toBe('CONTEXT_INVALID');
    expect(world.kms.calls).toEqual([]);
  });

  test('of an envelope whose names are not in lower case replaces the entries all the same', async () => {
    const world = createWorld();
    const { metadata, content } = await sealed(world, suite);
    const upper = Object.fromEntries(
      Object.entries(metadata).map(([name, value]) => [name.toUpperCase(), value]),
    );
    const rewrapped = await rewrapEnvelope(world.keyring, upper, { expectedContext: before });
    expect({ ...rewrapped.metadata, [keyName]: '' }).toEqual({ ...metadata, [keyName]: '' });
    expect(await opened(world.keyring, rewrapped.metadata, content, before)).toBe('content');
  });

  test('is not written anew where it stays: the JSON of another writer is left byte for byte', async () => {
    const world = createWorld();
    const { metadata, content } = await sealed(world, suite);
    const pairs = Object.entries({ ...before, 'aws:x-amz-cek-alg': suite.metadataValue }).reverse();
    const json = JSON.stringify(Object.fromEntries(pairs), undefined, 1).replace('archive', '\\u0061rchive');
    const theirs = { ...metadata, [contextName]: json };
    const rewrapped = await rewrapEnvelope(world.keyring, theirs, { expectedContext: before });
    expect(rewrapped.metadata[contextName]).toBe(json);
    expect(await opened(world.keyring, rewrapped.metadata, content, before)).toBe('content');
  });
});

test('entries of the user are none of the envelope', async () => {
  const world = createWorld();
  const { metadata } = await sealed(world, committingSuite);
  const options = { expectedContext: before };
  const rewrapped = await rewrapEnvelope(world.keyring, { ...metadata, title: 'x' }, options);
  expect(Object.keys(rewrapped.metadata).sort()).toEqual(Object.keys(metadata).sort());
});

test.each([undefined, { keyArn: 'arn:noted', keyMaterialId: 'm' }])(
  'what was noted of the wrapping goes to the keyring as it is: %j',
  async (noted: WrappingRecord | undefined) => {
    const world = createWorld();
    const { metadata } = await sealed(world, committingSuite);
    const asked: unknown[] = [];
    const keyring = {
      rewrapDataKey: (...request: Parameters<FakeKeyring['rewrapDataKey']>) => {
        asked.push(request[3]);
        return world.keyring.rewrapDataKey(...request);
      },
    };
    const options = { expectedContext: before, ...(noted === undefined ? {} : { noted }) };
    await rewrapEnvelope(keyring, metadata, options);
    expect(asked).toEqual([noted]);
  },
);

describe('the older KMS wrapping', () => {
  /** As the first clients wrote it: no pair for the algorithm, the key's name, and pairs of the writer's own. */
  function older(world: World, context: EncryptionContext): Metadata {
    const { CiphertextBlob } = world.kms.generateDataKey({
      KeyId: world.keyArn,
      EncryptionContext: context,
    });
    return {
      'x-amz-key-v2': CiphertextBlob.toString('base64'),
      'x-amz-wrap-alg': 'kms',
      'x-amz-cek-alg': 'AES/GCM/NoPadding',
      'x-amz-iv': Buffer.alloc(12, 7).toString('base64'),
      'x-amz-matdesc': JSON.stringify(context, undefined, 1),
      'x-amz-tag-len': '128',
    };
  }

  const idOf = (keyArn: string) => keyArn.slice(keyArn.lastIndexOf('/') + 1);

  /** Rewraps to another key, and tells the context that is stored then. */
  async function contextAfter(
    world: World,
    context: EncryptionContext,
    options: Partial<RewrapEnvelopeOptions> = {},
  ): Promise<{ context: unknown; json: string | undefined; keyArn: string }> {
    const metadata = older(world, context);
    const keyArn = world.kms.createKey();
    const keyring = new FakeKeyring(world.kms, keyArn, [world.keyArn]);
    const rewrapped = await rewrapEnvelope(keyring, metadata, {
      expectedContext: {},
      newKeyArn: keyArn,
      ...options,
    });
    const json = rewrapped.metadata['x-amz-matdesc'];
    // What is stored is what the data key opens with.
    const { encryptedDataKey } = parseEnvelope(rewrapped.metadata);
    await keyring.decryptDataKey(encryptedDataKey);
    expect({ ...rewrapped.metadata, 'x-amz-key-v2': '', 'x-amz-matdesc': '' }).toEqual({
      ...metadata,
      'x-amz-key-v2': '',
      'x-amz-matdesc': '',
    });
    return { context: JSON.parse(json ?? ''), json, keyArn };
  }

  test.each([
    ['its ARN', (keyArn: string) => keyArn],
    ['its id', idOf],
  ])('keeps its context byte for byte where the key stays that it names by %s', async (_, nameOf) => {
    const world = createWorld();
    const metadata = older(world, { kms_cmk_id: nameOf(world.keyArn), mail: '17' });
    const options = { expectedContext: {}, newKeyArn: world.keyArn };
    const rewrapped = await rewrapEnvelope(world.keyring, metadata, options);
    expect(rewrapped.metadata['x-amz-matdesc']).toBe(metadata['x-amz-matdesc']);
    expect(rewrapped.metadata['x-amz-key-v2']).not.toBe(metadata['x-amz-key-v2']);
  });

  test.each([
    ['its ARN', (keyArn: string) => keyArn],
    ['its id', idOf],
    ['the end of its id alone, which names no key', (keyArn: string) => keyArn.slice(-3)],
    ['nothing', () => ''],
  ])('names the new key where it moves, and named the old one by %s', async (_, nameOf) => {
    const world = createWorld();
    const moved = await contextAfter(world, { kms_cmk_id: nameOf(world.keyArn), mail: '17' });
    expect(moved.context).toEqual({ kms_cmk_id: moved.keyArn, mail: '17' });
  });

  test('names no key where it named none', async () => {
    const world = createWorld();
    expect((await contextAfter(world, { mail: '17' })).json).toBe('{\n "mail": "17"\n}');
  });

  test.each([
    [{}, 'rewrapped'],
    [{ mail: '17' }, 'rewrapped'],
    [{ mail: '18' }, 'CONTEXT_MISMATCH'],
    [{ letter: '17' }, 'CONTEXT_MISMATCH'],
  ])('has to hold what is expected, and may hold more: %j is %s', async (expectedContext, end) => {
    const world = createWorld();
    const metadata = older(world, { kms_cmk_id: world.keyArn, mail: '17', year: '2016' });
    world.kms.calls.length = 0;
    const rewrapping = rewrapEnvelope(world.keyring, metadata, { expectedContext });
    const code = await rewrapping.then(
      () => 'rewrapped',
      (error: unknown) => (error as { code: string }).code,
    );
    expect(code).toBe(end);
    expect(world.kms.calls).toHaveLength(end === 'rewrapped' ? 1 : 0);
  });

  test('that is bound anew keeps the pairs of its writer, and loses what it was bound to', async () => {
    const world = createWorld();
    const bound = { ...before, kms_cmk_id: world.keyArn, mail: '17' };
    const newContext = bindContext('vault', { vaultId: 'payroll', objectKey: 'b.txt' });
    const moved = await contextAfter(world, bound, { expectedContext: before, newContext });
    expect(moved.context).toEqual({ ...newContext, kms_cmk_id: moved.keyArn, mail: '17' });
  });

  test('with pairs outside ASCII is written so that S3 takes it', async () => {
    const world = createWorld();
    const moved = await contextAfter(world, { kms_cmk_id: world.keyArn, name: 'größe 📦' });
    expect(moved.json).toMatch(/^[\x20-\x7e]*$/);
    expect(moved.context).toEqual({ kms_cmk_id: moved.keyArn, name: 'größe 📦' });
  });

  test('stays the wrapping that it is: the algorithm is not promoted', async () => {
    const world = createWorld();
    const metadata = older(world, { kms_cmk_id: world.keyArn });
    const rewrapped = await rewrapEnvelope(world.keyring, metadata, { expectedContext: {} });
    expect(rewrapped.metadata['x-amz-wrap-alg']).toBe('kms');
  });
});
