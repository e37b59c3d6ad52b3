import { describe, expect, test } from '@jest/globals';
import { gcmSuite, parseEnvelope, RawRsaKeyring } from '../../envelope/index.ts';
import { resealObject } from '../../operations/reseal-object.ts';
import { rewrapObject } from '../../operations/rewrap-object.ts';
import { failureOf, isWiped, patternBytes } from '../support/bytes.ts';
import { FakeKeyring } from '../support/fake-keyring.ts';
import { asAnotherClient, kmsCalls } from './rewrap-scene.ts';
import type { ObjectAddress } from '../../operations/object-store.ts';
import { fileAt, forgetCalls, openedText, putSealed, sealedAt } from './scene.ts';
import type { Scene } from './scene.ts';
import {
  fileScene,
  kmsRecipient,
  openedByShare,
  partnerKeys,
  rsaRecipient,
  share,
  shareAt,
} from './share-scene.ts';

const content = patternBytes(100);
const partner = new RawRsaKeyring({ privateKey: partnerKeys.privateKey });
const allow = { commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT' } as const;
const codeOf = async (work: () => unknown): Promise<string> => (await failureOf(work)).code;
const touched = ({ store }: Scene): string[] =>
  store.calls.map(({ method, address }) => `${method} ${address.key}`);

describe.each([
  ['V3', {}],
  ['V2', { suite: gcmSuite }],
])('an object of %s', (_, how) => {
  test('is opened by the KMS key that it is shared with, and by its own as before', async () => {
    const scene = await fileScene(how);
    const recipient = await kmsRecipient(scene);
    const outcome = await share(scene, { recipient, ...allow });
    expect(outcome).toMatchObject({ status: 'shared', lengthBytes: 116 });
    const theirs = new FakeKeyring(scene.kms, recipient.current.keyArn);
    expect((await openedByShare(scene, theirs, scene.vault)).equals(content)).toBe(true);
    expect(await openedText(scene, sealedAt, allow)).toBe(content.toString());
  });

  test('is opened by the RSA key that it is shared with, and by its own as before', async () => {
    const scene = await fileScene(how);
    await share(scene, { recipient: rsaRecipient(scene), ...allow });
    expect((await openedByShare(scene, partner)).equals(content)).toBe(true);
    expect(await openedText(scene, sealedAt, allow)).toBe(content.toString());
  });
});

describe('sharing', () => {
  test('with a KMS key re-encrypts once, and no data key is seen', async () => {
    const scene = await fileScene();
    const recipient = await kmsRecipient(scene);
    forgetCalls(scene);
    scene.kms.plaintexts.length = 0;
    await share(scene, { recipient });
    expect([kmsCalls(scene), scene.kms.plaintexts]).toEqual([['ReEncrypt'], []]);
  });

  test('with a public key opens the data key once, and leaves nothing of it', async () => {
    const scene = await fileScene();
    scene.kms.plaintexts.length = 0;
    await share(scene, { recipient: rsaRecipient(scene) });
    expect(kmsCalls(scene)).toEqual(['Decrypt']);
    expect(scene.kms.plaintexts.map(isWiped)).toEqual([true]);
  });

  test('writes the share alone, and reads nothing of the content', async () => {
    const scene = await fileScene();
    await share(scene, { recipient: rsaRecipient(scene) });
    expect(touched(scene).filter((call) => /^(write|copy|hide|setTags)/.test(call))).toEqual([
      `write ${shareAt.key}`,
    ]);
    expect(touched(scene).filter((call) => /^(get|read) b\/a.txt$/.test(call))).toEqual([]);
  });

  test('writes the data key alone, marked, with what is known of the wrapping and of the write', async () => {
    const scene = await fileScene();
    const recipient = await kmsRecipient(scene);
    await share(scene, { recipient });
    const object = await scene.store.head(sealedAt);
    const file = await scene.store.head(shareAt);
    expect(file.headers).toEqual({ contentType: 'application/json' });
    expect(file.metadata).toEqual({
      'x-amz-crypto-instr-file': '',
      'sealdrop-key': recipient.current.keyArn,
      'sealdrop-material': recipient.current.keyMaterialId,
      'sealdrop-instruction-version': object.metadata['sealdrop-instruction-version'],
    });
    const entries = JSON.parse(scene.store.contentOf(shareAt).toString()) as Record<string, string>;
    expect(Object.keys(entries).sort()).toEqual(['x-amz-3', 'x-amz-t', 'x-amz-w']);
  });

  test('with a public key says which, by its SHA-256, and stores no context', async () => {
    const scene = await fileScene();
    const recipient = rsaRecipient(scene);
    await share(scene, { recipient });
    expect((await scene.store.head(shareAt)).metadata).toMatchObject({
      'sealdrop-public-key': recipient.fingerprint,
    });
    const entries = JSON.parse(scene.store.contentOf(shareAt).toString()) as Record<string, string>;
    expect(entries).toEqual({ 'x-amz-3': expect.any(String) as unknown, 'x-amz-w': '22' });
  });

  test('binds the share to what is said, and to nothing that is not', async () => {
    const scene = await fileScene();
    const theirs = { vaultId: 'archive', binding: 'vault', extraContext: { partner: 'acme' } } as const;
    const recipient = await kmsRecipient(scene, theirs);
    await share(scene, { recipient });
    const keyring = new FakeKeyring(scene.kms, recipient.current.keyArn);
    expect((await openedByShare(scene, keyring, theirs)).equals(content)).toBe(true);
    expect(await codeOf(() => openedByShare(scene, keyring, scene.vault))).toBe('CONTEXT_MISMATCH');
  });

  test('of an object that another client wrote works, without a record of the write', async () => {
    const scene = await fileScene();
    await asAnotherClient(scene);
    await share(scene, { recipient: rsaRecipient(scene) });
    expect((await scene.store.head(shareAt)).metadata).not.toHaveProperty(['sealdrop-instruction-version']);
    expect((await openedByShare(scene, partner)).equals(content)).toBe(true);
  });

  test('works in a bucket without versions', async () => {
    const scene = await fileScene({}, false);
    expect(await share(scene, { recipient: rsaRecipient(scene) })).toEqual({
      status: 'shared',
      lengthBytes: 116,
    });
    expect((await openedByShare(scene, partner)).equals(content)).toBe(true);
  });
});

describe('a share that stands', () => {
  test.each(['kms', 'public-key'] as const)('for the same key (%s) is current', async (kind) => {
    const scene = await fileScene();
    const recipient = kind === 'kms' ? await kmsRecipient(scene) : rsaRecipient(scene);
    await share(scene, { recipient });
    forgetCalls(scene);
    expect(await share(scene, { recipient })).toEqual({ status: 'current', lengthBytes: 116 });
    expect([kmsCalls(scene), scene.store.countOf('write')]).toEqual([[], 0]);
  });

  test('for another key is replaced only where it may be', async () => {
    const scene = await fileScene();
    await share(scene, { recipient: await kmsRecipient(scene) });
    const recipient = rsaRecipient(scene);
    expect(await codeOf(() => share(scene, { recipient }))).toBe('OUTPUT_EXISTS');
    expect(await share(scene, { recipient, overwrite: true })).toMatchObject({ status: 'shared' });
    expect((await openedByShare(scene, partner)).equals(content)).toBe(true);
  });

  test('for another key is not taken for that of the public key that it names', async () => {
    const scene = await fileScene();
    const recipient = rsaRecipient(scene);
    await share(scene, { recipient: await kmsRecipient(scene) });
    const { metadata } = await scene.store.head(shareAt);
    scene.store.put(shareAt.bucket, shareAt.key, scene.store.contentOf(shareAt), {
      metadata: { ...metadata, 'sealdrop-public-key': recipient.fingerprint },
    });
    expect(await codeOf(() => share(scene, { recipient }))).toBe('OUTPUT_EXISTS');
  });

  test('under another context is not the one that was asked for', async () => {
    const scene = await fileScene();
    const recipient = await kmsRecipient(scene);
    await share(scene, { recipient });
    const other = { ...recipient, vault: { vaultId: 'archive', binding: 'vault' } as const };
    expect(await codeOf(() => share(scene, { recipient: other }))).toBe('OUTPUT_EXISTS');
  });

  test('and came to be meanwhile is not replaced', async () => {
    const scene = await fileScene();
    scene.store.before('write', () => {
      scene.store.put(shareAt.bucket, shareAt.key, patternBytes(5));
    });
    expect(await codeOf(() => share(scene, { recipient: rsaRecipient(scene), overwrite: true }))).toBe(
      'NOT_AN_INSTRUCTION_FILE',
    );
    expect(scene.store.contentOf(shareAt)).toEqual(patternBytes(5));
  });

  test.each([
    ['an object', 'x', {}],
    ['a marked object that holds no JSON', 'x', { 'x-amz-crypto-instr-file': '' }],
    ['a marked object without a data key', '{"a":"b"}', { 'x-amz-crypto-instr-file': '' }],
    [
      'a marked object with more than a data key',
      '{"x-amz-3":"","a":"b"}',
      { 'x-amz-crypto-instr-file': '' },
    ],
    ['a file that nobody marked', '{"x-amz-3":"","x-amz-w":"22"}', {}],
    [
      'a sealed object that somebody marked',
      '{"x-amz-3":""}',
      { 'x-amz-crypto-instr-file': '', 'x-amz-c': '115' },
    ],
    ['what is too long for a file', ' '.repeat(64 * 1024 + 1), { 'x-amz-crypto-instr-file': '' }],
  ])('but is %s is never replaced', async (_, text, metadata) => {
    const scene = await fileScene();
    scene.store.put(shareAt.bucket, shareAt.key, Buffer.from(text), { metadata });
    const recipient = rsaRecipient(scene);
    expect(await codeOf(() => share(scene, { recipient, overwrite: true }))).toBe('NOT_AN_INSTRUCTION_FILE');
    expect(scene.store.contentOf(shareAt).toString()).toBe(text);
    expect(kmsCalls(scene)).toEqual([]);
  });
});

describe('after the object was', () => {
  test('rewrapped, its share opens it still', async () => {
    const scene = await fileScene();
    await share(scene, { recipient: rsaRecipient(scene) });
    scene.kms.rotate(scene.keyArn);
    const current = await scene.keyring.currentWrapping();
    expect(
      await rewrapObject(sealedAt, { ...scene.sealing, keyring: scene.keyring, store: scene.store, current }),
    ).toMatchObject({
      status: 'rewrapped',
    });
    expect((await openedByShare(scene, partner)).equals(content)).toBe(true);
    expect(await share(scene, { recipient: rsaRecipient(scene) })).toMatchObject({ status: 'current' });
  });

  test('sealed anew, its share opens nothing, and sharing once more mends it', async () => {
    const scene = await fileScene();
    const recipient = rsaRecipient(scene);
    await share(scene, { recipient });
    await resealObject(sealedAt, { store: scene.store, keyring: scene.keyring, vault: scene.vault });
    expect(await codeOf(() => openedByShare(scene, partner))).toBe('AUTHENTICATION_FAILED');
    expect(await codeOf(() => share(scene, { recipient }))).toBe('OUTPUT_EXISTS');
    expect(await share(scene, { recipient, overwrite: true })).toMatchObject({ status: 'shared' });
    expect((await openedByShare(scene, partner)).equals(content)).toBe(true);
  });

  test('deleted with its file, and sealed again, the newer one is shared', async () => {
    const scene = await fileScene();
    const newer = patternBytes(100, 'newer');
    scene.store.before('get', async () => {
      for (const address of [sealedAt, fileAt]) await scene.store.hide(await scene.store.head(address));
      scene.store.before('head', async () => {
        await putSealed(scene, newer, { instructionFiles: true });
      });
    });
    expect(await share(scene, { recipient: rsaRecipient(scene) })).toMatchObject({ status: 'shared' });
    expect((await openedByShare(scene, partner)).equals(newer)).toBe(true);
  });

  test('deleted with its file, it is not there', async () => {
    const scene = await fileScene();
    scene.store.before('get', async () => {
      for (const address of [sealedAt, fileAt]) await scene.store.hide(await scene.store.head(address));
    });
    expect(await codeOf(() => share(scene, { recipient: rsaRecipient(scene) }))).toBe('OBJECT_NOT_FOUND');
  });

  test('shared, and the share taken away while it was looked at, it is shared once more', async () => {
    const scene = await fileScene();
    const recipient = rsaRecipient(scene);
    await share(scene, { recipient });
    const takeAway = async ({ key }: ObjectAddress) => {
      if (key !== shareAt.key) scene.store.before('get', takeAway);
      else await scene.store.hide(await scene.store.head(shareAt));
    };
    scene.store.before('get', takeAway);
    expect(await share(scene, { recipient })).toMatchObject({ status: 'shared' });
    expect((await openedByShare(scene, partner)).equals(content)).toBe(true);
  });

  test('replaced while it was shared, the newer one is shared', async () => {
    const scene = await fileScene();
    const newer = patternBytes(100, 'newer');
    const { keyring } = scene;
    let isFirst = true;
    const recipient = rsaRecipient({
      keyring: Object.assign(Object.create(keyring) as typeof keyring, {
        decryptDataKey: async (...args: Parameters<typeof keyring.decryptDataKey>) => {
          const opened = await keyring.decryptDataKey(...args);
          if (isFirst) await putSealed(scene, newer, { instructionFiles: true });
          isFirst = false;
          return opened;
        },
      }),
    });
    await share(scene, { recipient });
    expect(scene.store.historyOf(shareAt)).toHaveLength(1);
    expect((await openedByShare(scene, partner)).equals(newer)).toBe(true);
  });
});

test('what a share holds is what the format says: parsed with its object, another wrapping alone', async () => {
  const scene = await fileScene();
  await share(scene, { recipient: rsaRecipient(scene) });
  const object = await scene.store.head(sealedAt);
  const entries = JSON.parse(scene.store.contentOf(shareAt).toString()) as Record<string, string>;
  const { encryptedDataKey } = parseEnvelope({ ...object.metadata, ...entries });
  expect([encryptedDataKey.wrappingAlgorithm, encryptedDataKey.ciphertext.length]).toEqual([
    'RSA-OAEP-SHA1',
    256,
  ]);
});
