import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import { gcmSuite, type Binding } from '../../envelope/index.ts';
import { CachingKeyring } from '../../operations/caching-keyring.ts';
import type { DataKeyFile } from '../../operations/data-key-file.ts';
import { OfflineKeyring } from '../../operations/offline-keyring.ts';
import { openToBuffer } from '../../operations/open-object.ts';
import type { SealContentOptions } from '../../operations/seal-content.ts';
import { warmObject, type WarmOptions } from '../../operations/warm-object.ts';
import { failureOf, isWiped, patternBytes } from '../support/bytes.ts';
import { madeAtMilliseconds, newFile } from '../support/data-key-files.ts';
import { alterSealed, createScene, fileAt, forgetCalls, putSealed, sealedAt, type Scene } from './scene.ts';

const content = patternBytes(100);
let scene: Scene;
let file: DataKeyFile;

beforeEach(async () => {
  scene = createScene();
  file = await newFile();
});

const warm = (options: Partial<WarmOptions> = {}): Promise<void> =>
  warmObject(sealedAt, { ...scene.reading, file, ...options });

/** What the object opens to by the file alone. */
async function openedOffline(options: Partial<WarmOptions> = {}): Promise<Buffer> {
  const keyring = new OfflineKeyring(file, () => madeAtMilliseconds);
  return (await openToBuffer(sealedAt, { ...scene.reading, ...options, keyring })).content;
}

describe.each([false, true])('an object, with an instruction file: %s', (instructionFiles) => {
  test.each<Binding>(['object', 'vault', 'none'])('that is bound to %s opens offline', async (binding) => {
    const vault = { vaultId: 'archive', binding };
    await putSealed(scene, content, { vault, instructionFiles });
    forgetCalls(scene);
    await warm({ vault });
    expect(scene.kms.calls.map(({ action }) => action)).toEqual(['Decrypt']);
    // Its content is not read.
    expect(scene.store.calls.filter((call) => JSON.stringify(call).includes('get')).length).toBe(
      instructionFiles ? 1 : 0,
    );
    expect(await openedOffline({ vault })).toEqual(content);
    expect(scene.kms.calls).toHaveLength(1);
  });

  test('of an older format does, where the reader takes it', async () => {
    const policy = { commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT' } as const;
    const older: Partial<SealContentOptions> = { suite: gcmSuite, instructionFiles };
    await putSealed(scene, content, older);
    expect((await failureOf(() => warm())).code).toBe('COMMITMENT_REQUIRED');
    await warm(policy);
    expect(await openedOffline(policy)).toEqual(content);
  });
});

test('a data key that is held is not asked for again', async () => {
  await putSealed(scene, content);
  forgetCalls(scene);
  await warm();
  await warm();
  expect([scene.kms.calls.length, file.size]).toEqual([1, 1]);
});

test('objects that share a data key ask for it once', async () => {
  const vault = { vaultId: 'archive', binding: 'vault' } as const;
  const keyring = new CachingKeyring({
    ...{ keyring: scene.keyring, keyId: scene.keyArn },
    // Contents of no declared length count as the longest that there are.
    sealing: { maxBytes: 2 ** 40 },
  });
  await putSealed(scene, content, { vault, keyring });
  await warm({ vault });
  await putSealed(scene, patternBytes(7), { vault, keyring });
  forgetCalls(scene);
  await warm({ vault });
  expect([scene.kms.calls.length, file.size]).toEqual([0, 1]);
  expect(await openedOffline({ vault })).toEqual(patternBytes(7));
});

test('the file that is current and of another write is passed over, when warming and offline', async () => {
  await putSealed(scene, content, { instructionFiles: true });
  const object = await scene.store.head(sealedAt);
  const body = scene.store.contentOf(sealedAt);
  await putSealed(scene, patternBytes(7), { instructionFiles: true });
  // The object of before, over the file of the later write.
  scene.store.put(sealedAt.bucket, sealedAt.key, body, { metadata: object.metadata });
  await warm();
  expect(file.size).toBe(1);
  expect(await openedOffline()).toEqual(content);
});

describe('nothing is kept of an object', () => {
  test.each<[string, string, Partial<WarmOptions>]>([
    ['of another vault', 'CONTEXT_MISMATCH', { vault: { vaultId: 'other', binding: 'object' } }],
    ['bound to less', 'CONTEXT_MISMATCH', { vault: { vaultId: 'archive', binding: 'vault' } }],
  ])('%s', async (_, code, options) => {
    await putSealed(scene, content);
    forgetCalls(scene);
    expect((await failureOf(() => warm(options))).code).toBe(code);
    expect([file.size, scene.kms.calls]).toEqual([0, []]);
  });

  test('whose commitment is of another data key', async () => {
    await putSealed(scene, content);
    await alterSealed(scene, {
      metadata: (metadata) => ({ ...metadata, 'x-amz-d': patternBytes(28).toString('base64') }),
    });
    expect((await failureOf(() => warm())).code).toBe('AUTHENTICATION_FAILED');
    expect(file.size).toBe(0);
  });

  test('that is too short to be one', async () => {
    await putSealed(scene, content);
    await alterSealed(scene, { body: (body) => body.subarray(0, 15) });
    expect((await failureOf(() => warm())).code).toBe('AUTHENTICATION_FAILED');
    expect(file.size).toBe(0);
  });

  test('that KMS does not open', async () => {
    await putSealed(scene, content);
    scene.kms.setState(scene.keyArn, 'Disabled');
    expect((await failureOf(() => warm())).code).toBe('KEY_DISABLED');
    expect(file.size).toBe(0);
  });

  test('that is not sealed, or not there', async () => {
    expect((await failureOf(() => warm())).code).toBe('OBJECT_NOT_FOUND');
    scene.store.put(sealedAt.bucket, sealedAt.key, content);
    expect((await failureOf(() => warm())).code).toBe('NOT_SEALED');
  });
});

describe('offline it does not open', () => {
  test('when it was sealed again since', async () => {
    await putSealed(scene, content);
    await warm();
    await putSealed(scene, content);
    expect((await failureOf(() => openedOffline())).code).toBe('DATA_KEY_NOT_CACHED');
  });

  test('for another vault, in the place of another, or altered', async () => {
    await putSealed(scene, content);
    await warm();
    const elsewhere = { vaultId: 'other', binding: 'object' } as const;
    expect((await failureOf(() => openedOffline({ vault: elsewhere }))).code).toBe('CONTEXT_MISMATCH');
    await alterSealed(scene, { body: (body) => Buffer.concat([body.subarray(0, -1), Buffer.of(1)]) });
    expect((await failureOf(() => openedOffline())).code).toBe('AUTHENTICATION_FAILED');
  });

  test('with a commitment that was exchanged', async () => {
    await putSealed(scene, content);
    await warm();
    await alterSealed(scene, {
      metadata: (metadata) => ({ ...metadata, 'x-amz-d': patternBytes(28).toString('base64') }),
    });
    expect((await failureOf(() => openedOffline())).code).toBe('AUTHENTICATION_FAILED');
  });

  test('without its instruction file', async () => {
    await putSealed(scene, content, { instructionFiles: true });
    await warm();
    scene.store.destroy(await scene.store.head(fileAt).then(({ address }) => address));
    expect((await failureOf(() => openedOffline())).code).toBe('INSTRUCTION_FILE_MISSING');
  });
});

test('every data key in the clear is zero-filled, on failures too', async () => {
  await putSealed(scene, content);
  await warm();
  await alterSealed(scene, {
    metadata: (metadata) => ({ ...metadata, 'x-amz-d': patternBytes(28).toString('base64') }),
  });
  file = await newFile();
  await failureOf(() => warm());
  expect(scene.kms.plaintexts.length).toBeGreaterThan(2);
  expect(scene.kms.plaintexts.every(isWiped)).toBe(true);
});

test.each([false, true])('so is what goes to the file, where that takes it or not: %s', async (isRefused) => {
  await putSealed(scene, content);
  const add = jest.spyOn(file, 'add');
  if (isRefused) {
    add.mockImplementation(() => {
      throw new Error('no');
    });
  }
  await warm().catch(() => undefined);
  expect(add.mock.calls.map(([, dataKey]) => isWiped(dataKey))).toEqual([true]);
});
