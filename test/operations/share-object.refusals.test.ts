import { describe, expect, test } from '@jest/globals';
import { gcmSuite } from '../../envelope/index.ts';
import { shareObject } from '../../operations/share-object.ts';
import { failureOf, patternBytes } from '../support/bytes.ts';
import { kmsCalls, putOlder } from './rewrap-scene.ts';
import { alterSealed, createScene, fileAt, forgetCalls, putSealed, sealedAt, type Scene } from './scene.ts';
import { fileScene, kmsRecipient, rsaRecipient, share, shareAt } from './share-scene.ts';

const content = patternBytes(100);
const allow = { commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT' } as const;
const codeOf = async (work: () => unknown): Promise<string> => (await failureOf(work)).code;

describe('refused before any key is asked is', () => {
  test('an object with its envelope in its metadata, with what to do instead', async () => {
    const scene = createScene();
    await putSealed(scene, content);
    forgetCalls(scene);
    const failure = await failureOf(() => share(scene, { recipient: rsaRecipient(scene) }));
    expect([failure.code, kmsCalls(scene)]).toEqual(['ENVELOPE_IN_METADATA', []]);
    expect(failure.hint).toMatch(/--instruction-file/);
  });

  test('what is not sealed', async () => {
    const scene = createScene();
    scene.store.put(sealedAt.bucket, sealedAt.key, content);
    expect(await codeOf(() => share(scene, { recipient: rsaRecipient(scene) }))).toBe('NOT_SEALED');
  });

  test('an object whose file is gone', async () => {
    const scene = await fileScene();
    scene.store.destroy(fileAt);
    expect(await codeOf(() => share(scene, { recipient: rsaRecipient(scene) }))).toBe(
      'INSTRUCTION_FILE_MISSING',
    );
  });

  test('an object whose current file is of another write', async () => {
    const scene = await fileScene();
    scene.store.before('write', async () => {
      await Promise.resolve();
      // The first write is the file's; its object never follows.
      scene.store.before('write', () => {
        throw new TypeError('killed');
      });
    });
    await expect(putSealed(scene, content, { instructionFiles: true })).rejects.toThrow('killed');
    forgetCalls(scene);
    expect(await codeOf(async () => share(scene, { recipient: await kmsRecipient(scene) }))).toBe(
      'INSTRUCTION_FILE_STALE',
    );
    expect(kmsCalls(scene)).toEqual(['DescribeKey']);
  });

  test.each([
    ['V2 under a policy that asks for a commitment', 'COMMITMENT_REQUIRED', { suite: gcmSuite }, {}],
    ['an object of another vault', 'CONTEXT_MISMATCH', {}, { vault: { vaultId: 'x', binding: 'vault' } }],
    ['the own suffix', 'RESERVED_NAME', {}, { suffix: '.instruction' }],
    ['no suffix', 'CONFIGURATION_INVALID', {}, { suffix: '' }],
    ['the suffix of the own file', 'RESERVED_NAME', {}, { instructionFileSuffix: '.partner' }],
  ] as const)('%s: %s', async (_, code, how, options) => {
    const scene = await fileScene(how);
    expect(await codeOf(() => share(scene, { recipient: rsaRecipient(scene), ...options }))).toBe(code);
    expect([kmsCalls(scene), scene.store.countOf('write')]).toEqual([[], 0]);
  });

  test.each([
    ['V2 under a policy that asks for a commitment', 'COMMITMENT_REQUIRED', { suite: gcmSuite }, {}],
    ['an object of another vault', 'CONTEXT_MISMATCH', {}, { vault: { vaultId: 'x', binding: 'vault' } }],
  ] as const)('for a KMS key, too, %s: %s', async (_, code, how, options) => {
    const scene = await fileScene(how);
    const recipient = await kmsRecipient(scene);
    forgetCalls(scene);
    expect(await codeOf(() => share(scene, { recipient, ...options }))).toBe(code);
    expect([kmsCalls(scene), scene.store.countOf('write')]).toEqual([[], 0]);
  });

  test('a key with no room for the suffix', async () => {
    const scene = createScene();
    const key = 'k'.repeat(1012);
    const at = { bucket: 'sealed', key };
    const { metadata, content: bytes } = await sealedLike(scene);
    scene.store.put('sealed', key, bytes, { metadata });
    scene.store.put('sealed', `${key}.instruction`, scene.store.contentOf(fileAt), {
      metadata: (await scene.store.head(fileAt)).metadata,
    });
    const options = {
      store: scene.store,
      vault: { vaultId: 'v', binding: 'none' },
      recipient: rsaRecipient(scene),
    } as const;
    expect(await codeOf(() => shareObject(at, { ...options, suffix: '.longer-than-instruction' }))).toBe(
      'OBJECT_KEY_TOO_LONG',
    );
  });

  test('content that nobody authenticates', async () => {
    const scene = createScene();
    const metadata = {
      'x-amz-key-v2': Buffer.alloc(80).toString('base64'),
      'x-amz-wrap-alg': 'kms+context',
      'x-amz-cek-alg': 'AES/CBC/PKCS5Padding',
      'x-amz-iv': Buffer.alloc(16).toString('base64'),
      'x-amz-matdesc': '{"aws:x-amz-cek-alg":"AES/CBC/PKCS5Padding"}',
    };
    putOlder(scene, { metadata, content: Buffer.alloc(16) }, true);
    expect(await codeOf(() => share(scene, { recipient: rsaRecipient(scene), ...allow }))).toBe(
      'ENVELOPE_UNSUPPORTED',
    );
  });

  test('nothing of what a dry run would share; but what it would not is', async () => {
    const scene = await fileScene();
    expect(await share(scene, { recipient: rsaRecipient(scene), dryRun: true })).toEqual({
      status: 'planned',
      lengthBytes: 116,
    });
    expect([kmsCalls(scene), scene.store.countOf('write')]).toEqual([[], 0]);
    scene.store.put(shareAt.bucket, shareAt.key, content);
    expect(await codeOf(() => share(scene, { recipient: rsaRecipient(scene), dryRun: true }))).toBe(
      'NOT_AN_INSTRUCTION_FILE',
    );
  });
});

test('an instruction file is told as one, and not shared', async () => {
  const scene = await fileScene();
  const { store, vault } = scene;
  const options = { store, vault, suffix: '.partner', recipient: rsaRecipient(scene) };
  expect(await shareObject(fileAt, options)).toMatchObject({ status: 'not-sealed' });
});

test('a data key that the object does not commit to is not shared with a public key', async () => {
  const scene = await fileScene();
  await alterSealed(scene, {
    metadata: (metadata) => ({ ...metadata, 'x-amz-d': Buffer.alloc(28).toString('base64') }),
  });
  expect(await codeOf(() => share(scene, { recipient: rsaRecipient(scene) }))).toBe('AUTHENTICATION_FAILED');
  expect(scene.store.countOf('write')).toBe(0);
});

test('a keyring that wraps with another key than the recipient’s is refused', async () => {
  const scene = await fileScene();
  const recipient = { ...(await kmsRecipient(scene)), keyring: scene.keyring };
  expect(await codeOf(() => share(scene, { recipient }))).toBe('KEY_MISMATCH');
  expect(scene.store.countOf('write')).toBe(0);
});

/** An object that is bound to nothing, with its file, to be put under another key. */
async function sealedLike(scene: Scene) {
  await putSealed(scene, content, { instructionFiles: true, vault: { vaultId: 'v', binding: 'none' } });
  const { metadata } = await scene.store.head(sealedAt);
  const { 'sealdrop-instruction-version': _version, ...rest } = metadata;
  return { metadata: rest, content: scene.store.contentOf(sealedAt) };
}
