import { describe, expect, test } from '@jest/globals';
import { encodeInstructionFile, parseInstructionFile, SealdropError } from '../../envelope/index.ts';
import { rewrapObject } from '../../operations/rewrap-object.ts';
import { failureOf, patternBytes } from '../support/bytes.ts';
import { allowing, asAnotherClient, inFile, kmsCalls, nextKey, rewrap, storeCalls } from './rewrap-scene.ts';
import { createScene, fileAt, openedElsewhere, openedText, putSealed, sealedAt, verify } from './scene.ts';
import type { Scene } from './scene.ts';

describe.each(inFile)('an object of %s', (_, how) => {
  async function sealed(lengthBytes = 7): Promise<Scene & { materialId: string }> {
    const scene = createScene({ store: { countsTags: true } });
    await putSealed(scene, patternBytes(lengthBytes), how, { metadata: { title: 'x' } });
    return { ...scene, materialId: scene.kms.rotate(scene.keyArn) };
  }
  const opensTo = async (scene: Scene, lengthBytes = 7): Promise<void> => {
    expect(await openedText(scene, sealedAt, allowing)).toBe(patternBytes(lengthBytes).toString());
    expect(await openedElsewhere(scene, allowing)).toBe(patternBytes(lengthBytes).toString());
  };
  /** Puts the file once more, with more about it. */
  async function putFileAgain({ store }: Scene, more: Parameters<Scene['store']['put']>[3]): Promise<void> {
    const { metadata } = await store.head(fileAt);
    store.put(fileAt.bucket, fileAt.key, store.contentOf(fileAt), { metadata, ...more });
    const { address } = await store.head(fileAt);
    const object = await store.head(sealedAt);
    const recorded = { 'sealdrop-instruction-version': address.versionId ?? '' };
    store.put(sealedAt.bucket, sealedAt.key, store.contentOf(sealedAt), {
      metadata: { ...object.metadata, ...recorded },
    });
  }

  test('is rewrapped in its file alone: the object is neither read nor touched', async () => {
    const scene = await sealed();
    const before = await scene.store.head(sealedAt);
    const outcome = await rewrap(scene);
    expect(outcome).toEqual({ status: 'rewrapped', lengthBytes: 23, place: 'instruction-file' });
    expect(storeCalls(scene)).toEqual([
      ...['head object', 'get file', 'read file', 'tags file', 'write file'],
    ]);
    expect(kmsCalls(scene)).toEqual(['ReEncrypt']);
    expect(await scene.store.head(sealedAt)).toEqual(before);
    await opensTo(scene);
  });

  test('has its wrapping recorded with the file, which says of which write it is', async () => {
    const scene = await sealed();
    const { metadata } = await scene.store.head(sealedAt);
    await rewrap(scene);
    expect((await scene.store.head(fileAt)).metadata).toEqual({
      'x-amz-crypto-instr-file': '',
      'sealdrop-key': scene.keyArn,
      'sealdrop-material': scene.materialId,
      'sealdrop-instruction-version': metadata['sealdrop-instruction-version'],
    });
  });

  test('is current after that, for which KMS is not asked, and rewrapped again after the next rotation', async () => {
    const scene = await sealed();
    await rewrap(scene);
    expect(await rewrap(scene)).toEqual({ status: 'current', lengthBytes: 23, place: 'instruction-file' });
    expect([kmsCalls(scene), scene.store.countOf('write')]).toEqual([[], 0]);
    scene.kms.rotate(scene.keyArn);
    expect(await rewrap(scene)).toMatchObject({ status: 'rewrapped' });
    await opensTo(scene);
  });

  test('keeps all else about its file: headers, tags, lock, class, encryption, entries of others', async () => {
    const scene = await sealed();
    const headers = { contentType: 'text/plain', cacheControl: 'no-store' };
    const facts = {
      ...{ storageClass: 'STANDARD_IA', serverSideEncryption: 'aws:kms', kmsKeyId: 'arn:aws:kms:key' },
      ...{ bucketKeyEnabled: true, legalHold: true },
      retention: { mode: 'COMPLIANCE', until: new Date('2030-01-01') } as const,
    };
    const metadata = { 'x-amz-crypto-instr-file': '', owner: 'them', 'sealdrop-key': 'arn:old' };
    await putFileAgain(scene, { headers, facts, metadata, tags: { team: 'blue' } });
    await rewrap(scene);
    const file = await scene.store.head(fileAt);
    expect(file).toMatchObject({ ...facts, headers, tagCount: 1 });
    expect(file.metadata).toMatchObject({ owner: 'them', 'sealdrop-key': scene.keyArn });
    expect(await scene.store.tags(fileAt)).toEqual({ team: 'blue' });
    await opensTo(scene);
  });

  test('that is too large to be copied, archived, or locked is rewrapped all the same', async () => {
    const scene = await sealed(100_003);
    const heading = scene.store.head.bind(scene.store);
    scene.store.head = async (address) => ({
      ...(await heading(address)),
      ...(address.key === sealedAt.key
        ? { isArchived: true, hiddenEntries: 1, lengthBytes: 6 * 2 ** 30 }
        : {}),
    });
    expect(await rewrap(scene)).toMatchObject({ status: 'rewrapped', lengthBytes: 6 * 2 ** 30 });
    scene.store.head = heading;
    await opensTo(scene, 100_003);
  });

  test('whose file is archived is told as archived, and as it was', async () => {
    const scene = await sealed();
    await putFileAgain(scene, { facts: { isArchived: true, storageClass: 'GLACIER' } });
    expect(await rewrap(scene)).toEqual({ status: 'archived', lengthBytes: 23, place: 'instruction-file' });
    expect(kmsCalls(scene)).toEqual([]);
  });

  test('whose file has metadata that S3 cannot show is refused before KMS is asked', async () => {
    const scene = await sealed();
    await putFileAgain(scene, { facts: { hiddenEntries: 1 } });
    expect((await failureOf(() => rewrap(scene))).code).toBe('METADATA_HIDDEN');
    expect(kmsCalls(scene)).toEqual([]);
  });

  test('that another client wrote is rewrapped, and opens by its current file, as before', async () => {
    const scene = await sealed();
    await asAnotherClient(scene);
    expect(await rewrap(scene)).toMatchObject({ status: 'rewrapped' });
    expect(await rewrap(scene)).toMatchObject({ status: 'current' });
    await opensTo(scene);
  });

  test('whose file has a suffix of the reader’s choice is found by it', async () => {
    const scene = await sealed();
    await asAnotherClient(scene);
    const otherAt = { ...fileAt, key: `${sealedAt.key}.env` };
    scene.store.put(otherAt.bucket, otherAt.key, scene.store.contentOf(fileAt));
    const before = await scene.store.head(fileAt);
    const outcome = await rewrap(scene, { instructionFileSuffix: '.env' });
    expect(outcome).toMatchObject({ status: 'rewrapped' });
    expect(await scene.store.head(fileAt)).toEqual(before);
    expect((await scene.store.head(otherAt)).metadata['sealdrop-material']).toBe(scene.materialId);
  });

  test('in a bucket without versions is rewrapped: one wrapping is as good as the other', async () => {
    const scene = createScene({ store: { versioned: false } });
    await putSealed(scene, patternBytes(7), how);
    scene.kms.rotate(scene.keyArn);
    expect(await rewrap(scene)).toMatchObject({ status: 'rewrapped' });
    expect(await rewrap(scene)).toMatchObject({ status: 'current' });
    await opensTo(scene);
  });

  test('keeps the tags of its file where the store does not tell how many there are', async () => {
    const scene = await sealed();
    await putFileAgain(scene, { tags: { team: 'blue' } });
    const getting = scene.store.get.bind(scene.store);
    scene.store.get = async (...asked) => {
      const { object, content } = await getting(...asked);
      return { object: { ...object, tagCount: 0 }, content };
    };
    expect(await rewrap(scene)).toMatchObject({ status: 'rewrapped' });
    expect(await scene.store.tags(fileAt)).toEqual({ team: 'blue' });
  });

  test('whose file was restored from the archive for a while is told as archived: a new one would be frozen', async () => {
    const scene = await sealed();
    await putFileAgain(scene, { facts: { storageClass: 'GLACIER' } });
    const getting = scene.store.get.bind(scene.store);
    scene.store.get = async (...asked) => {
      const { object, content } = await getting(...asked);
      return { object: { ...object, isArchived: true }, content };
    };
    expect(await rewrap(scene)).toEqual({ status: 'archived', lengthBytes: 23, place: 'instruction-file' });
    expect([kmsCalls(scene), scene.store.countOf('write')]).toEqual([[], 0]);
  });

  test('is refused where the keyring wraps with another key, before anything is written', async () => {
    const scene = await sealed();
    const { current } = await nextKey(scene);
    expect((await failureOf(() => rewrap(scene, { current }))).code).toBe('KEY_MISMATCH');
    expect(scene.store.countOf('write')).toBe(0);
  });

  test('of another vault is refused before KMS is asked', async () => {
    const scene = await sealed();
    const vault = { ...scene.vault, vaultId: 'another' };
    expect((await failureOf(() => rewrap(scene, { vault }))).code).toBe('CONTEXT_MISMATCH');
    expect([kmsCalls(scene), scene.store.countOf('write')]).toEqual([[], 0]);
  });

  test('whose file another writer replaces meanwhile is looked at again', async () => {
    const scene = await sealed();
    scene.store.before('write', async () => {
      await putSealed(scene, Buffer.from('newer'), how);
    });
    expect(await rewrap(scene)).toMatchObject({ status: 'current', lengthBytes: 21 });
    expect(await openedText(scene, sealedAt, allowing)).toBe('newer');
    expect(await openedElsewhere(scene, allowing)).toBe('newer');
  });

  test('that is deleted with its file meanwhile is gone, whenever that happens, and stays so', async () => {
    for (const method of ['get', 'read', 'write'] as const) {
      const scene = await sealed();
      scene.store.before(method, async () => {
        for (const at of [fileAt, sealedAt]) await scene.store.hide(await scene.store.head(at));
      });
      expect((await failureOf(() => rewrap(scene))).code).toBe('OBJECT_NOT_FOUND');
      for (const at of [fileAt, sealedAt]) {
        expect((await failureOf(() => scene.store.head(at))).code).toBe('OBJECT_NOT_FOUND');
      }
    }
  });

  test('whose file is of a write that stopped before its object is refused: it opens by another version', async () => {
    const scene = await sealed();
    scene.store.before('write', () => undefined);
    scene.store.before('write', () => {
      throw new SealdropError('SERVICE_UNAVAILABLE', 'busy');
    });
    await failureOf(() => putSealed(scene, Buffer.from('second'), how));
    const next = await nextKey(scene);
    for (const dryRun of [true, false]) {
      const failure = await failureOf(() => rewrap(scene, { ...next, dryRun }));
      expect(failure.code).toBe('INSTRUCTION_FILE_STALE');
      expect([kmsCalls(scene), scene.store.countOf('write')]).toEqual([[], 0]);
    }
    // What the error's hint says mends it.
    const repair = { keyring: scene.keyring, ...allowing, repair: true };
    expect(await verify(scene, repair)).toEqual({ status: 'repaired' });
    expect(await rewrap(scene, next)).toMatchObject({ status: 'rewrapped' });
    scene.kms.setState(scene.keyArn, 'Disabled');
    await opensTo({ ...scene, reading: { ...scene.reading, keyring: next.keyring } });
  });

  test('that is current by a file of another write is not said to be current', async () => {
    const scene = await sealed();
    const crossing = { ...scene, keyring: scene.keyring };
    scene.store.before('write', () => undefined);
    scene.store.before('write', () => {
      throw new SealdropError('SERVICE_UNAVAILABLE', 'busy');
    });
    await failureOf(() => putSealed(crossing, Buffer.from('second'), how));
    expect((await failureOf(() => rewrap(scene))).code).toBe('INSTRUCTION_FILE_STALE');
  });

  test('whose own version of the file is gone opens by the current one, if at all, and that is rewrapped', async () => {
    const scene = await sealed();
    const { address } = await scene.store.head(fileAt);
    const { metadata } = await scene.store.head(fileAt);
    scene.store.put(fileAt.bucket, fileAt.key, scene.store.contentOf(fileAt), { metadata });
    scene.store.destroy(address);
    expect(await rewrap(scene)).toMatchObject({ status: 'rewrapped' });
    await opensTo(scene);
  });
});

test.each(inFile)('an object of %s that is missing is refused', async (_, how) => {
  const scene = createScene();
  await putSealed(scene, patternBytes(7), how);
  await scene.store.hide(await scene.store.head(fileAt));
  expect((await failureOf(() => rewrap(scene))).code).toBe('INSTRUCTION_FILE_MISSING');
});

test.each([
  ['with nothing beside it', sealedAt.key],
  ['with a key that leaves no room for a file', 'k'.repeat(1020)],
])('an object without any envelope, %s, is not sealed', async (_, key) => {
  const scene = createScene();
  const at = { ...sealedAt, key };
  scene.store.put(at.bucket, at.key, Buffer.from('plain'));
  const { store, keyring, vault } = scene;
  const current = await keyring.currentWrapping();
  expect(await rewrapObject(at, { store, keyring, vault, current })).toEqual({
    status: 'not-sealed',
    lengthBytes: 5,
  });
});

test('the file itself is not sealed, though its name is listed', async () => {
  const scene = createScene();
  await putSealed(scene, patternBytes(7), { instructionFiles: true });
  const { store, keyring, vault } = scene;
  const current = await keyring.currentWrapping();
  const outcome = await rewrapObject(fileAt, { store, keyring, vault, current });
  expect(outcome.status).toBe('not-sealed');
});

test('entries of a V2 file that are none of the format stay in it', async () => {
  const [, [, how] = ['', {}]] = inFile;
  const scene = createScene();
  await putSealed(scene, patternBytes(7), how);
  await asAnotherClient(scene);
  const entries = { ...parseInstructionFile(scene.store.contentOf(fileAt)), note: 'theirs' };
  scene.store.put(fileAt.bucket, fileAt.key, encodeInstructionFile(entries));
  scene.kms.rotate(scene.keyArn);
  await rewrap(scene);
  const after = parseInstructionFile(scene.store.contentOf(fileAt));
  expect(after).toEqual({ ...entries, 'x-amz-key-v2': after['x-amz-key-v2'] });
  expect(after).not.toEqual(entries);
});
