import { describe, expect, test } from '@jest/globals';
import { gcmSuite, SealdropError, type Binding } from '../../envelope/index.ts';
import { inspectObject, type Inspection, type InspectOptions } from '../../operations/inspect-object.ts';
import { legacyObject, type LegacyForm } from '../attacks/legacy-forms.ts';
import { failureOf, patternBytes } from '../support/bytes.ts';
import { v1Metadata, v2Metadata, wellFormedMetadata, without } from '../support/envelopes.ts';
import { createScene, fileAt, forgetCalls, putSealed, sealedAt, type Scene } from './scene.ts';

function inspect({ store }: Scene, options: Partial<InspectOptions> = {}): Promise<Inspection> {
  return inspectObject(sealedAt, { store, ...options });
}

/** Everything but `address`, of a scene whose object is bound to its key. */
async function expectedOf({ store, kms, keyArn }: Scene): Promise<Omit<Inspection, 'address'>> {
  const { metadata } = await store.head(sealedAt);
  return {
    format: 'V3',
    suite: 'ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY',
    isCommitting: true,
    wrapping: 'kms+context',
    metadataStrategy: 'object-metadata',
    binding: 'object',
    isBoundToItsKey: true,
    context: {
      'sealdrop-vault': 'archive',
      // Of "b/a.txt", by sha256sum.
      'sealdrop-key-sha256': 'd5b8b6e5afc590c6e5288402f19d56f95d7eb4208a216ba4c88d4658cbcaa6b6',
    },
    keyArn,
    keyMaterialId: kms.describeKey({ KeyId: keyArn }).KeyMetadata.CurrentKeyMaterialId,
    sealedLengthBytes: 49,
    contentLengthBytes: 33,
    encryptedDataKeyBytes: Buffer.from(metadata['x-amz-3'] ?? '', 'base64').length,
    needs: { keys: 'kms', legacyWrapping: false, legacyContent: false },
  };
}

describe('what a sealed object tells of itself', () => {
  test('is all that its metadata holds, and no more', async () => {
    const scene = createScene();
    const address = await putSealed(scene, patternBytes(33), {}, { metadata: { title: 'x' } });
    expect(await inspect(scene)).toEqual({ address, ...(await expectedOf(scene)) });
  });

  test('with an instruction file is the same, and where that is', async () => {
    const scene = createScene();
    const address = await putSealed(scene, patternBytes(33), { instructionFiles: true });
    const file = await scene.store.head(fileAt);
    const { encryptedDataKeyBytes, ...expected } = await expectedOf(scene);
    const inspection = await inspect(scene);
    expect(inspection).toEqual({
      address,
      ...expected,
      encryptedDataKeyBytes: expect.any(Number),
      metadataStrategy: 'instruction-file',
      instructionFileVersion: file.address.versionId,
    });
    expect(inspection.encryptedDataKeyBytes).toBeGreaterThan(encryptedDataKeyBytes);
  });

  test('takes one HEAD, and for an instruction file one GET, and no key', async () => {
    for (const instructionFiles of [false, true]) {
      const scene = createScene();
      await putSealed(scene, patternBytes(33), { instructionFiles });
      forgetCalls(scene);
      await inspect(scene);
      expect(scene.store.calls.map(({ method, address: { key } }) => [method, key])).toEqual([
        ['head', sealedAt.key],
        ...(instructionFiles
          ? [
              ['get', fileAt.key],
              ['read', fileAt.key],
            ]
          : []),
      ]);
      expect(scene.kms.calls).toEqual([]);
    }
  });

  test('of V2 says so, and that it does not commit', async () => {
    for (const instructionFiles of [false, true]) {
      const scene = createScene();
      await putSealed(scene, patternBytes(33), { suite: gcmSuite, instructionFiles });
      expect(await inspect(scene)).toMatchObject({
        ...{ format: 'V2', suite: gcmSuite.name, isCommitting: false, contentLengthBytes: 33 },
        metadataStrategy: instructionFiles ? 'instruction-file' : 'object-metadata',
        needs: { keys: 'kms', commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT', legacyWrapping: false },
      });
    }
  });

  test.each<[LegacyForm, object]>([
    ['V2 kms GCM', { format: 'V2', wrapping: 'kms', binding: 'none', contentLengthBytes: 33 }],
    ['V2 AESWrap GCM', { format: 'V2', wrapping: 'AESWrap', contentLengthBytes: 33 }],
    ['V2 RSA GCM', { format: 'V2', wrapping: 'RSA', contentLengthBytes: 33 }],
    ['V2 OAEP GCM', { format: 'V2', wrapping: 'RSA/ECB/OAEPWithSHA-256AndMGF1Padding' }],
    ['V2 kms CBC', { format: 'V2', wrapping: 'kms', binding: 'none', sealedLengthBytes: 48 }],
    ['V1 AES CBC', { format: 'V1', wrapping: 'AES', sealedLengthBytes: 48 }],
    ['V1 RSA CBC', { format: 'V1', wrapping: 'RSA', sealedLengthBytes: 48 }],
  ])('of older clients says what a reader must accept: %s', async (form, expected) => {
    const scene = createScene();
    const { content, metadata } = legacyObject(form, patternBytes(33), scene);
    scene.store.put(sealedAt.bucket, sealedAt.key, content, { metadata });
    const inspection = await inspect(scene);
    const isCbc = form.endsWith('CBC');
    expect(inspection).toMatchObject({ ...expected, isCommitting: false });
    expect('contentLengthBytes' in inspection).toBe(!isCbc);
    expect('binding' in inspection).toBe(form.includes('kms'));
    expect(inspection.context).toEqual({});
    expect(inspection.needs).toEqual({
      keys: form.includes('kms') ? 'kms' : 'raw',
      commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT',
      legacyWrapping: true,
      legacyContent: isCbc,
    });
    expect(['keyArn' in inspection, 'instructionFileVersion' in inspection]).toEqual([false, false]);
  });

  test('records no key material where its writer did not know it', async () => {
    const scene = createScene();
    await putSealed(scene, patternBytes(33));
    const { metadata } = await scene.store.head(sealedAt);
    const content = scene.store.contentOf(sealedAt);
    const less = without(metadata, 'sealdrop-material');
    scene.store.put(sealedAt.bucket, sealedAt.key, content, { metadata: less });
    const inspection = await inspect(scene);
    expect([inspection.keyArn, 'keyMaterialId' in inspection]).toEqual([scene.keyArn, false]);
    scene.store.put(sealedAt.bucket, sealedAt.key, content, { metadata: without(less, 'sealdrop-key') });
    expect('keyArn' in (await inspect(scene))).toBe(false);
  });

  test('is of the version that is asked for', async () => {
    const scene = createScene();
    const first = await putSealed(scene, patternBytes(33));
    await putSealed(scene, patternBytes(5));
    const { store } = scene;
    expect(await inspectObject(first, { store })).toMatchObject({ address: first, contentLengthBytes: 33 });
    expect(await inspect(scene)).toMatchObject({ contentLengthBytes: 5 });
  });
});

describe('the binding of a sealed object', () => {
  const team = { team: 'blue', 'data class': 'internal' };

  test.each<[Binding, object | undefined, boolean | undefined]>([
    ['object', undefined, true],
    ['object', team, true],
    ['vault', undefined, undefined],
    ['vault', team, undefined],
    ['none', undefined, undefined],
    ['none', team, undefined],
  ])('is told by its context: %s with %j', async (binding, extraContext, isBoundToItsKey) => {
    const scene = createScene();
    const vault = { ...scene.vault, binding, ...(extraContext === undefined ? {} : { extraContext: team }) };
    await putSealed(scene, patternBytes(5), { vault });
    const inspection = await inspect(scene);
    expect([inspection.binding, inspection.isBoundToItsKey]).toEqual([binding, isBoundToItsKey]);
    expect('isBoundToItsKey' in inspection).toBe(isBoundToItsKey !== undefined);
    expect(inspection.context).toMatchObject(extraContext ?? {});
    const own = Object.keys(inspection.context).filter((name) => !(name in team));
    const expected = {
      object: ['sealdrop-key-sha256', 'sealdrop-vault'],
      vault: ['sealdrop-vault'],
      none: [],
    };
    expect(own.sort()).toEqual(expected[binding]);
  });

  test('is another key where the object was moved', async () => {
    const scene = createScene();
    await putSealed(scene, patternBytes(5));
    const { metadata } = await scene.store.head(sealedAt);
    const moved = scene.store.put('sealed', 'moved', scene.store.contentOf(sealedAt), { metadata });
    const inspection = await inspectObject(moved, { store: scene.store });
    expect([inspection.binding, inspection.isBoundToItsKey]).toEqual(['object', false]);
  });

  test('is the same whichever bucket the object is in', async () => {
    const scene = createScene();
    await putSealed(scene, patternBytes(5));
    const { metadata } = await scene.store.head(sealedAt);
    const replica = scene.store.put('replica', sealedAt.key, scene.store.contentOf(sealedAt), { metadata });
    expect(await inspectObject(replica, { store: scene.store })).toMatchObject({ isBoundToItsKey: true });
  });
});

describe('the instruction file that is read', () => {
  async function sceneWithFile(): Promise<Scene> {
    const scene = createScene();
    await putSealed(scene, patternBytes(5), { instructionFiles: true });
    return scene;
  }

  test('is the recorded version where there is no current one', async () => {
    const scene = await sceneWithFile();
    await scene.store.hide(await scene.store.head(fileAt));
    expect(await inspect(scene)).toMatchObject({ metadataStrategy: 'instruction-file' });
  });

  test('has the suffix that is named', async () => {
    const scene = await sceneWithFile();
    scene.store.put('sealed', `${sealedAt.key}.keys`, scene.store.contentOf(fileAt));
    scene.store.destroy((await scene.store.head(fileAt)).address);
    expect((await failureOf(() => inspect(scene))).code).toBe('INSTRUCTION_FILE_MISSING');
    expect(await inspect(scene, { instructionFileSuffix: '.keys' })).toMatchObject({
      metadataStrategy: 'instruction-file',
      isBoundToItsKey: true,
    });
  });

  test('is none beside an object that has its envelope itself', async () => {
    const scene = createScene();
    await putSealed(scene, patternBytes(5));
    scene.store.put(fileAt.bucket, fileAt.key, Buffer.from('{}'));
    expect(await inspect(scene)).toMatchObject({ metadataStrategy: 'object-metadata' });
  });

  test.each([
    ['no JSON', Buffer.from('x')],
    ['an envelope of another version', Buffer.from(JSON.stringify(v2Metadata))],
    ['more than a data key', Buffer.from(JSON.stringify(wellFormedMetadata))],
    ['longer than any', Buffer.alloc(70_000, ' ')],
  ])('makes the object malformed where it is %s', async (_, file) => {
    const scene = await sceneWithFile();
    scene.store.put(fileAt.bucket, fileAt.key, file);
    expect((await failureOf(() => inspect(scene))).code).toBe('ENVELOPE_MALFORMED');
  });
});

describe('what cannot be inspected', () => {
  test.each<[what: string, code: string, metadata: Readonly<Record<string, string>>, lengthBytes: number]>([
    ['a plain object', 'NOT_SEALED', { title: 'x' }, 33],
    ['an instruction file', 'NOT_SEALED', { 'x-amz-crypto-instr-file': '' }, 33],
    ['without a message id', 'ENVELOPE_MALFORMED', without(wellFormedMetadata, 'x-amz-i'), 33],
    ['without an IV', 'ENVELOPE_MALFORMED', without(v1Metadata, 'x-amz-iv'), 32],
    ['of two versions', 'ENVELOPE_MALFORMED', { ...wellFormedMetadata, ...v2Metadata }, 33],
    ['of an unknown wrapping', 'ENVELOPE_UNSUPPORTED', { ...wellFormedMetadata, 'x-amz-w': '99' }, 33],
    ['shorter than its tag', 'AUTHENTICATION_FAILED', wellFormedMetadata, 15],
    ['of no whole block', 'AUTHENTICATION_FAILED', v1Metadata, 33],
  ])('is an object that is %s: %s', async (_, code, metadata, lengthBytes) => {
    const scene = createScene();
    scene.store.put(sealedAt.bucket, sealedAt.key, patternBytes(lengthBytes), { metadata });
    expect((await failureOf(() => inspect(scene))).code).toBe(code);
    expect(scene.store.countOf('read')).toBe(0);
  });

  test('is the longest key, which has room for no file, as what it is', async () => {
    const { store } = createScene();
    const longest = store.put('sealed', 'k'.repeat(1024), patternBytes(33));
    expect((await failureOf(() => inspectObject(longest, { store }))).code).toBe('NOT_SEALED');
  });

  test('is what is not there', async () => {
    expect((await failureOf(() => inspect(createScene()))).code).toBe('OBJECT_NOT_FOUND');
  });

  test.each(['head', 'get'] as const)(
    'is what may not be looked at, and nothing is said of it: %s',
    async (method) => {
      const scene = createScene();
      await putSealed(scene, patternBytes(5), { instructionFiles: true });
      scene.store.before(method, () => {
        throw new SealdropError('ACCESS_DENIED', 'no');
      });
      expect((await failureOf(() => inspect(scene))).code).toBe('ACCESS_DENIED');
    },
  );
});
