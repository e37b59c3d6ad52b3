import { describe, expect, test } from '@jest/globals';
import { gcmSuite, SealdropError } from '../../envelope/index.ts';
import { resealObject, type ResealOptions } from '../../operations/reseal-object.ts';
import { legacyObject } from '../attacks/legacy-forms.ts';
import { edgeLengths, failureOf, isWiped, patternBytes, withFlippedBit } from '../support/bytes.ts';
import {
  allowing,
  asAnotherClient,
  inFile,
  kmsCalls,
  onObject,
  putOlder,
  wrappedKeyIn,
} from './rewrap-scene.ts';
import {
  alterSealed,
  createScene,
  fileAt,
  forgetCalls,
  openedElsewhere,
  openedText,
  putSealed,
  sealedAt,
  type Scene,
} from './scene.ts';

function reseal(scene: Scene, options: Partial<ResealOptions> = {}) {
  const { store, keyring, vault } = scene;
  forgetCalls(scene);
  return resealObject(sealedAt, { store, keyring, vault, ...allowing, ...options });
}

const facts = {
  ...{ storageClass: 'STANDARD_IA', serverSideEncryption: 'aws:kms', kmsKeyId: 'arn:aws:kms:key' },
  ...{ bucketKeyEnabled: true, legalHold: true },
  retention: { mode: 'GOVERNANCE', until: new Date('2030-01-01') } as const,
};

describe.each([...onObject, ...inFile])('an object of %s that is resealed', (_, how) => {
  async function sealed(lengthBytes = 40): Promise<Scene> {
    const scene = createScene({ store: { countsTags: true } });
    await putSealed(scene, patternBytes(lengthBytes), how, {
      ...{ metadata: { title: 'x' }, headers: { contentType: 'text/csv', cacheControl: 'no-store' } },
      ...{ tags: { team: 'blue' }, settings: facts },
      records: { 'sealdrop-source': 'intake', 'sealdrop-sequencer': '0A', 'sealdrop-source-version': 'v' },
    });
    return scene;
  }
  const expectToOpen = async (scene: Scene, lengthBytes = 40): Promise<void> => {
    const text = patternBytes(lengthBytes).toString();
    expect(await openedText(scene, sealedAt, allowing)).toBe(text);
    expect(await openedElsewhere(scene, allowing)).toBe(text);
  };

  test.each(edgeLengths)('opens to the same %i bytes', async (lengthBytes) => {
    const scene = await sealed(lengthBytes);
    const { written, contentLengthBytes } = await reseal(scene);
    expect(contentLengthBytes).toBe(lengthBytes);
    expect(written).toEqual((await scene.store.head(sealedAt)).address);
    await expectToOpen(scene, lengthBytes);
  });

  test('has a new data key and a new message id, and shares no block with the old one', async () => {
    const scene = await sealed();
    const [before, content] = [await scene.store.head(sealedAt), scene.store.contentOf(sealedAt)];
    await reseal(scene);
    const after = await scene.store.head(sealedAt);
    expect(kmsCalls(scene)).toEqual(['Decrypt', 'GenerateDataKey']);
    expect(after.metadata['x-amz-i']).toBeDefined();
    expect(after.metadata['x-amz-i']).not.toBe(before.metadata['x-amz-i']);
    expect(after.metadata['x-amz-d']).not.toBe(before.metadata['x-amz-d']);
    expect(after.etag).not.toBe(before.etag);
    expect(scene.store.contentOf(sealedAt).subarray(0, 16).equals(content.subarray(0, 16))).toBe(false);
    expect(scene.kms.plaintexts.every(isWiped)).toBe(true);
  });

  test('keeps all else: metadata, records of its source, headers, tags, lock, class, encryption', async () => {
    const scene = await sealed();
    const before = await scene.store.head(sealedAt);
    await reseal(scene);
    const after = await scene.store.head(sealedAt);
    const kept = ([name]: [string, string]) => !/^x-amz-|^sealdrop-(key|material|instruction)/.test(name);
    const keptOf = (metadata: object) =>
      Object.entries(metadata as Record<string, string>)
        .filter(kept)
        .sort();
    expect(keptOf(after.metadata)).toEqual(keptOf(before.metadata));
    expect(keptOf(after.metadata)).toHaveLength(4);
    expect(after).toMatchObject({ ...facts, headers: before.headers });
    expect(await scene.store.tags(sealedAt)).toEqual({ team: 'blue' });
  });

  test('has its envelope where it was', async () => {
    const scene = await sealed();
    await reseal(scene);
    const { metadata } = await scene.store.head(sealedAt);
    expect(wrappedKeyIn(metadata) === undefined).toBe(how.instructionFiles === true);
  });

  test('is as it was where its content was tampered with', async () => {
    for (const offset of [0, 20, -1]) {
      const scene = await sealed();
      await alterSealed(scene, { body: (body) => withFlippedBit(body, offset) });
      const before = await scene.store.head(sealedAt);
      expect((await failureOf(() => reseal(scene))).code).toBe('AUTHENTICATION_FAILED');
      expect(await scene.store.head(sealedAt)).toEqual(before);
    }
  });

  test('is as it was where its end was cut off, or the end is not reached', async () => {
    for (const body of [(whole: Buffer) => whole.subarray(0, -1), () => Buffer.alloc(3)]) {
      const scene = await sealed();
      await alterSealed(scene, { body });
      const before = await scene.store.head(sealedAt);
      expect((await failureOf(() => reseal(scene))).code).toBe('AUTHENTICATION_FAILED');
      expect(await scene.store.head(sealedAt)).toEqual(before);
    }
  });

  test('is the newer one where it was overwritten meanwhile', async () => {
    const scene = await sealed();
    scene.store.before('write', async () => {
      await putSealed(scene, Buffer.from('newer'), how);
    });
    await reseal(scene);
    expect(await openedText(scene, sealedAt, allowing)).toBe('newer');
  });

  test('is gone where it was deleted meanwhile', async () => {
    const scene = await sealed();
    scene.store.before('write', async () => {
      await scene.store.hide(await scene.store.head(sealedAt));
    });
    expect((await failureOf(() => reseal(scene))).code).toBe('OBJECT_NOT_FOUND');
  });

  test('still opens where a run dies at any of its calls, and a rerun succeeds', async () => {
    const methods = ['get', 'head', 'read', 'write', 'tags', 'copy'] as const;
    for (const isAnothers of [false, true]) {
      for (const method of methods) {
        for (const [nth, when] of [0, 1, 2].flatMap((n) => [[n, 'before'] as const, [n, 'after'] as const])) {
          const scene = await sealed();
          if (isAnothers) await asAnotherClient(scene);
          for (let skipped = 0; skipped < nth; skipped += 1) scene.store[when](method, () => undefined);
          scene.store[when](method, () => {
            throw new SealdropError('SERVICE_FAILED', 'died');
          });
          await reseal(scene).catch(() => undefined);
          scene.store.forgetHooks();
          expect(await openedText(scene, sealedAt, allowing)).toBe(patternBytes(40).toString());
          await reseal(scene);
          await expectToOpen(scene);
        }
      }
    }
  });

  test('is refused where a new data key cannot be had, and as it was', async () => {
    const scene = await sealed();
    const before = await scene.store.head(sealedAt);
    const keyring = {
      decryptDataKey: scene.keyring.decryptDataKey.bind(scene.keyring),
      generateDataKey: () => Promise.reject(new SealdropError('ACCESS_DENIED', 'no')),
    };
    expect((await failureOf(() => reseal(scene, { keyring }))).code).toBe('ACCESS_DENIED');
    expect(await scene.store.head(sealedAt)).toEqual(before);
    expect(scene.kms.plaintexts.every(isWiped)).toBe(true);
  });

  test('is refused with metadata that S3 cannot show, and for another vault', async () => {
    const scene = await sealed();
    const vault = { ...scene.vault, vaultId: 'another' };
    expect((await failureOf(() => reseal(scene, { vault }))).code).toBe('CONTEXT_MISMATCH');
    const { metadata } = await scene.store.head(sealedAt);
    const hidden = { hiddenEntries: 1 };
    scene.store.put(sealedAt.bucket, sealedAt.key, scene.store.contentOf(sealedAt), {
      metadata,
      facts: hidden,
    });
    expect((await failureOf(() => reseal(scene))).code).toBe('METADATA_HIDDEN');
    expect([kmsCalls(scene), scene.store.countOf('write')]).toEqual([[], 0]);
  });

  test('is refused where what is stored then is not what was sent', async () => {
    const scene = await sealed();
    scene.store.after('write', () => undefined);
    const heading = scene.store.head.bind(scene.store);
    scene.store.head = async (address) => {
      const object = await heading(address);
      return address.key === sealedAt.key &&
        address.versionId !== undefined &&
        scene.store.countOf('write') > 0
        ? { ...object, lengthBytes: object.lengthBytes - 1 }
        : object;
    };
    expect((await failureOf(() => reseal(scene))).code).toBe('VERIFICATION_FAILED');
  });
});

test('another client’s object is told which file opens it before that file is replaced', async () => {
  const scene = createScene();
  await putSealed(scene, Buffer.from('content'), { instructionFiles: true });
  await asAnotherClient(scene);
  const file = await scene.store.head(fileAt);
  scene.store.before('write', async () => {
    const { metadata } = await scene.store.head(sealedAt);
    expect(metadata['sealdrop-instruction-version']).toBe(file.address.versionId);
  });
  await reseal(scene);
  expect.assertions(1);
});

test('V2 becomes V3, unless V2 is what is to be written', async () => {
  const scene = createScene();
  await putSealed(scene, Buffer.from('content'), { suite: gcmSuite });
  await reseal(scene, { suite: gcmSuite });
  expect((await scene.store.head(sealedAt)).metadata).toHaveProperty('x-amz-key-v2');
  await reseal(scene);
  const { metadata } = await scene.store.head(sealedAt);
  expect(metadata).toHaveProperty('x-amz-3');
  expect(Object.keys(metadata).filter((name) => /v2|iv|cek|tag-len|matdesc/.test(name))).toEqual([]);
  expect(await openedText(scene)).toBe('content');
});

test.each(['V2 kms GCM', 'V2 kms CBC'] as const)('%s becomes V3, and bound', async (form) => {
  const scene = createScene();
  putOlder(scene, legacyObject(form, Buffer.from('content'), scene), false);
  const unbound = { vaultId: 'archive', binding: 'none' } as const;
  await reseal(scene, { vault: unbound });
  const reading = { ...scene.reading, vault: unbound };
  expect(await openedText({ ...scene, reading })).toBe('content');
});

test('in a bucket without versions a file is not replaced', async () => {
  const scene = createScene({ store: { versioned: false } });
  await putSealed(scene, Buffer.from('content'), { instructionFiles: true });
  expect((await failureOf(() => reseal(scene))).code).toBe('BUCKET_NOT_VERSIONED');
  expect(await openedText(scene)).toBe('content');
});

test('what is not sealed is refused, and left without our records', async () => {
  const scene = createScene();
  scene.store.put(sealedAt.bucket, sealedAt.key, patternBytes(30));
  expect((await failureOf(() => reseal(scene))).code).toBe('NOT_SEALED');
  scene.store.put(fileAt.bucket, fileAt.key, Buffer.from('{"x-amz-3":"AA=="}'));
  expect((await failureOf(() => reseal(scene))).code).toBe('ENVELOPE_MALFORMED');
  expect((await scene.store.head(sealedAt)).metadata).toEqual({});
});
