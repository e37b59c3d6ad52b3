import { describe, expect, test } from '@jest/globals';
import { parseInstructionFile, type Metadata } from '../../envelope/index.ts';
import { openToBuffer } from '../../operations/open-object.ts';
import { legacyObject } from '../attacks/legacy-forms.ts';
import { failureOf } from '../support/bytes.ts';
import { FakeKmsException } from '../support/fake-kms.ts';
import {
  allowing,
  asAnotherClient,
  inFile,
  kmsCalls,
  nextKey,
  onObject,
  putOlder,
  rewrap,
  wrappedKeyIn,
} from './rewrap-scene.ts';
import { createScene, fileAt, openedText, putSealed, sealedAt, type Scene } from './scene.ts';

/** The whole envelope and our records of its wrapping, wherever they are. */
async function storedIn({ store }: Scene): Promise<Metadata> {
  const object = await store.head(sealedAt);
  const file = await store.head(fileAt).catch(() => undefined);
  if (file === undefined) return object.metadata;
  return { ...object.metadata, ...parseInstructionFile(store.contentOf(fileAt)), ...file.metadata };
}

const textOf = async (scene: Scene, keyring: Scene['keyring'] = scene.keyring): Promise<string> =>
  openedText({ ...scene, reading: { ...scene.reading, keyring } }, sealedAt, allowing);

describe.each([...onObject, ...inFile])('an object of %s', (_, how) => {
  test('opens after it was moved to another key, and still does when the old one is disabled', async () => {
    const scene = createScene();
    await putSealed(scene, Buffer.from('content'), how);
    const next = await nextKey(scene);
    expect(await rewrap(scene, next)).toMatchObject({ status: 'rewrapped' });
    expect(kmsCalls(scene)).toEqual(['ReEncrypt']);
    expect(await storedIn(scene)).toMatchObject({
      'sealdrop-key': next.keyArn,
      'sealdrop-material': next.current.keyMaterialId,
    });
    scene.kms.setState(scene.keyArn, 'Disabled');
    expect(await textOf(scene, next.keyring)).toBe('content');
    expect(await rewrap(scene, next)).toMatchObject({ status: 'current' });
  });

  test('that another client wrote moves as well, though nobody noted its key', async () => {
    const scene = createScene();
    await putSealed(scene, Buffer.from('content'), how);
    await asAnotherClient(scene);
    const next = await nextKey(scene);
    expect(await rewrap(scene, next)).toMatchObject({ status: 'rewrapped' });
    scene.kms.setState(scene.keyArn, 'PendingDeletion');
    expect(await textOf(scene, next.keyring)).toBe('content');
  });

  test('is taken to the key that it was noted under at once, not after a try of the new one', async () => {
    const scene = createScene();
    await putSealed(scene, Buffer.from('content'), how);
    const next = await nextKey(scene);
    await rewrap(scene, next);
    expect(scene.kms.calls.map(({ keyId }) => keyId)).toEqual([scene.keyArn]);
  });

  test.each([
    ['KEY_DISABLED', 'Disabled', undefined],
    ['KEY_UNAVAILABLE', 'PendingDeletion', undefined],
    ['ACCESS_DENIED', 'Enabled', 'AccessDeniedException'],
    ['THROTTLED', 'Enabled', 'ThrottlingException'],
  ])('is as it was where the keyring answers %s', async (code, state, refusal) => {
    const scene = createScene();
    await putSealed(scene, Buffer.from('content'), how);
    const next = await nextKey(scene);
    const before = await storedIn(scene);
    scene.kms.setState(scene.keyArn, state);
    if (refusal !== undefined) scene.kms.failNext(new FakeKmsException(refusal));
    expect((await failureOf(() => rewrap(scene, next))).code).toBe(code);
    expect(await storedIn(scene)).toEqual(before);
    expect([scene.store.countOf('copy'), scene.store.countOf('write')]).toEqual([0, 0]);
  });

  test('is planned, where nothing is to be done yet, without a call to KMS or a write', async () => {
    const scene = createScene();
    await putSealed(scene, Buffer.from('content'), how);
    const next = await nextKey(scene);
    const before = await storedIn(scene);
    expect(await rewrap(scene, { ...next, dryRun: true })).toMatchObject({
      status: 'planned',
      lengthBytes: 23,
    });
    expect(await storedIn(scene)).toEqual(before);
    expect(scene.kms.calls).toEqual([]);
    expect([scene.store.countOf('copy'), scene.store.countOf('write')]).toEqual([0, 0]);
  });
});

describe.each([
  ['V2 kms GCM', false],
  ['V2 kms GCM', true],
  ['V2 kms CBC', false],
  ['V2 kms CBC', true],
] as const)('an object of the first clients: %s, in a file: %s', (form, isInFile) => {
  const unbound = { vaultId: 'archive', binding: 'none' } as const;

  function olderScene(): Scene {
    const scene = createScene();
    putOlder(scene, legacyObject(form, Buffer.from('content'), scene), isInFile);
    return { ...scene, vault: unbound, reading: { ...scene.reading, vault: unbound } };
  }

  test('takes new material, and keeps all that its writer wrote', async () => {
    const scene = olderScene();
    const before = await storedIn(scene);
    scene.kms.rotate(scene.keyArn);
    expect(await rewrap(scene)).toMatchObject({ status: 'rewrapped' });
    const after = await storedIn(scene);
    expect(after).toMatchObject({ ...before, 'x-amz-key-v2': after['x-amz-key-v2'] });
    expect(wrappedKeyIn(after)).not.toBe(wrappedKeyIn(before));
    expect(await textOf(scene)).toBe('content');
    expect(await rewrap(scene)).toMatchObject({ status: 'current' });
  });

  test('moves to another key, and names it', async () => {
    const scene = olderScene();
    const next = await nextKey(scene);
    await rewrap(scene, next);
    scene.kms.setState(scene.keyArn, 'Disabled');
    expect(await textOf(scene, next.keyring)).toBe('content');
    const { 'x-amz-matdesc': context = '' } = await storedIn(scene);
    expect(JSON.parse(context)).toEqual({ kms_cmk_id: next.keyArn });
  });
});

describe.each(['V2 AESWrap GCM', 'V2 RSA GCM', 'V2 OAEP GCM', 'V1 AES CBC', 'V1 RSA CBC'] as const)(
  'an object under a raw key: %s',
  (form) => {
    test.each([true, false])('is refused, and as it was; in a file: %s', async (isInFile) => {
      const scene = createScene();
      putOlder(scene, legacyObject(form, Buffer.from('content'), scene), isInFile);
      const before = await storedIn(scene);
      expect((await failureOf(() => rewrap(scene))).code).toBe('ENVELOPE_UNSUPPORTED');
      expect(scene.kms.calls).toEqual([]);
      expect(await storedIn(scene)).toEqual(before);
    });
  },
);

test('a move in two steps leaves no object behind that needs the first key', async () => {
  const scene = createScene();
  await putSealed(scene, Buffer.from('content'));
  const second = await nextKey(scene);
  await rewrap(scene, second);
  const third = await nextKey({ ...scene, keyArn: second.keyArn });
  await rewrap(scene, third);
  for (const keyArn of [scene.keyArn, second.keyArn]) scene.kms.setState(keyArn, 'Disabled');
  const opened = await openToBuffer(sealedAt, { ...scene.reading, keyring: third.keyring });
  expect(opened.content.toString()).toBe('content');
});
