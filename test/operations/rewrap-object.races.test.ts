import { describe, expect, test } from '@jest/globals';
import { SealdropError } from '../../envelope/index.ts';
import { rewrapObject } from '../../operations/rewrap-object.ts';
import { failureOf, patternBytes } from '../support/bytes.ts';
import { allowing, kmsCalls, nextKey, onObject, rewrap, storeCalls, wrappedKeyIn } from './rewrap-scene.ts';
import { alterSealed, createScene, openedText, putSealed, sealedAt, type Scene } from './scene.ts';

const locked = { retention: { mode: 'GOVERNANCE', until: new Date('2030-01-01') }, legalHold: true } as const;

describe.each(onObject)('an object of %s', (_, how) => {
  /** An object under old material. */
  async function sealed(): Promise<Scene> {
    const scene = createScene();
    await putSealed(scene, Buffer.from('older'), how, { metadata: { title: 'x' }, tags: { team: 'blue' } });
    scene.kms.rotate(scene.keyArn);
    return scene;
  }

  async function putAgain({ store }: Scene, facts: object): Promise<void> {
    const { metadata, headers } = await store.head(sealedAt);
    const tags = await store.tags(sealedAt);
    store.put(sealedAt.bucket, sealedAt.key, store.contentOf(sealedAt), { metadata, headers, tags, facts });
  }

  test.each(['head', 'copy'] as const)(
    'overwritten before the %s is rewrapped as it is then',
    async (method) => {
      const scene = await sealed();
      const current = await scene.keyring.currentWrapping();
      scene.store.before(method, async () => {
        await putSealed(scene, Buffer.from('newer'), how);
        if (method === 'copy') await alterSealed(scene, { metadata: withoutMaterial });
      });
      expect(await rewrap(scene, { current })).toMatchObject({
        status: method === 'copy' ? 'rewrapped' : 'current',
      });
      expect(await openedText(scene, sealedAt, allowing)).toBe('newer');
    },
  );

  test('overwritten right after the copy stays overwritten', async () => {
    const scene = await sealed();
    scene.store.after('copy', async () => {
      await putSealed(scene, Buffer.from('newer'), how);
    });
    expect(await rewrap(scene)).toMatchObject({ status: 'rewrapped' });
    expect(await openedText(scene, sealedAt, allowing)).toBe('newer');
  });

  test('deleted before the copy is gone, and does not come back', async () => {
    const scene = await sealed();
    scene.store.before('copy', async () => {
      await scene.store.hide(await scene.store.head(sealedAt));
    });
    expect((await failureOf(() => rewrap(scene))).code).toBe('OBJECT_NOT_FOUND');
    expect(scene.store.countOf('copy')).toBe(1);
  });

  test('destroyed before the copy, while a newer one stands, is not told to be gone', async () => {
    const scene = await sealed();
    const { address } = await scene.store.head(sealedAt);
    scene.store.before('copy', async () => {
      await putSealed(scene, Buffer.from('newer'), how);
      await alterSealed(scene, { metadata: withoutMaterial });
      scene.store.destroy(address);
    });
    expect(await rewrap(scene)).toMatchObject({ status: 'rewrapped' });
    expect(await openedText(scene, sealedAt, allowing)).toBe('newer');
  });

  test('is looked at without a version, whatever version its address names: the newest is what counts', async () => {
    const scene = await sealed();
    const { address } = await scene.store.head(sealedAt);
    await alterSealed(scene, { metadata: (metadata) => ({ ...metadata, title: 'newer' }) });
    const { store, keyring, vault } = scene;
    const current = await keyring.currentWrapping();
    await rewrapObject(address, { store, keyring, vault, current });
    expect((await store.head(sealedAt)).metadata).toMatchObject({ title: 'newer' });
  });

  test('that is locked is rewrapped, and its copy locked just so', async () => {
    const scene = await sealed();
    await putAgain(scene, { ...locked, storageClass: 'STANDARD_IA' });
    expect(await rewrap(scene)).toMatchObject({ status: 'rewrapped' });
    expect(await scene.store.head(sealedAt)).toMatchObject({ ...locked, storageClass: 'STANDARD_IA' });
  });

  test('that is locked between the look and the copy has its locked version still', async () => {
    // A lock is on a version, and a copy makes another one: nothing that was locked is lost.
    const scene = await sealed();
    scene.store.before('copy', () => putAgain(scene, locked));
    await rewrap(scene);
    expect(await openedText(scene, sealedAt, allowing)).toBe('older');
    const history = scene.store.historyOf(sealedAt);
    const [lockedVersion, ...others] = history.filter((version) => version?.legalHold === true);
    expect(others).toEqual([]);
    expect(lockedVersion).toMatchObject(locked);
    // It is the version that was put, under the copy.
    expect(history.indexOf(lockedVersion)).toBe(1);
    expect(history).toHaveLength(3);
    expect(await openedText(scene, lockedVersion?.address, allowing)).toBe('older');
  });

  test('is refused where the keyring wraps with another key than it is moved to, before the copy', async () => {
    const scene = await sealed();
    const { current, keyArn } = await nextKey(scene);
    const failure = await failureOf(() => rewrap(scene, { current }));
    expect(failure.code).toBe('KEY_MISMATCH');
    expect(failure.fields).toMatchObject({ keyArn: scene.keyArn, expectedKeyArn: keyArn });
    expect(scene.store.countOf('copy')).toBe(0);
  });

  test('that is archived is told as archived, and KMS is not asked', async () => {
    const scene = await sealed();
    await putAgain(scene, { isArchived: true });
    expect(await rewrap(scene)).toEqual({ status: 'archived', lengthBytes: 21, place: 'object' });
    expect([kmsCalls(scene), storeCalls(scene)]).toEqual([[], ['head object']]);
  });

  test('that turns out to be archived when it is copied is told so, too', async () => {
    const scene = await sealed();
    scene.store.before('copy', () => {
      throw new SealdropError('OBJECT_ARCHIVED', 'in the archive');
    });
    expect(await rewrap(scene)).toEqual({ status: 'archived', lengthBytes: 21, place: 'object' });
  });

  test('that is archived and current is current', async () => {
    const scene = await sealed();
    await rewrap(scene);
    await putAgain(scene, { isArchived: true });
    expect(await rewrap(scene)).toMatchObject({ status: 'current' });
  });

  test('with metadata that S3 cannot show is refused before KMS is asked: a copy would lose it', async () => {
    const scene = await sealed();
    await putAgain(scene, { hiddenEntries: 2 });
    const failure = await failureOf(() => rewrap(scene));
    expect(failure.code).toBe('METADATA_HIDDEN');
    expect(failure.fields).toMatchObject({ key: sealedAt.key, hiddenEntries: 2 });
    expect([kmsCalls(scene), storeCalls(scene)]).toEqual([[], ['head object']]);
  });

  test('that is marked as an instruction file is rewrapped all the same, since it opens', async () => {
    const scene = await sealed();
    await alterSealed(scene, {
      metadata: (metadata) => ({ ...metadata, 'x-amz-crypto-instr-file': '' }),
    });
    expect(await rewrap(scene)).toMatchObject({ status: 'rewrapped' });
  });

  test('rewrapped by two at once ends in the new wrapping, and opens', async () => {
    const scene = await sealed();
    const outcomes = await Promise.all([rewrap(scene), rewrap(scene), rewrap(scene)]);
    expect(outcomes.map(({ status }) => status)).toContain('rewrapped');
    expect(await openedText(scene, sealedAt, allowing)).toBe('older');
    expect(await rewrap(scene)).toMatchObject({ status: 'current' });
  });

  test.each(['head', 'copy'] as const)('is whole where the %s fails, and a rerun goes on', async (method) => {
    for (const when of ['before', 'after'] as const) {
      const scene = await sealed();
      scene.store[when](method, () => {
        throw new SealdropError('SERVICE_UNAVAILABLE', 'busy');
      });
      expect((await failureOf(() => rewrap(scene))).code).toBe('SERVICE_UNAVAILABLE');
      expect(await openedText(scene, sealedAt, allowing)).toBe('older');
      const { status } = await rewrap(scene);
      expect(status).toBe(method === 'copy' && when === 'after' ? 'current' : 'rewrapped');
    }
  });

  test('stops where it is told to, without a copy', async () => {
    const scene = await sealed();
    const before = wrappedKeyIn((await scene.store.head(sealedAt)).metadata);
    const failure = await failureOf(() => rewrap(scene, { signal: AbortSignal.abort() }));
    expect(failure.code).toBe('ABORTED');
    expect(wrappedKeyIn((await scene.store.head(sealedAt)).metadata)).toBe(before);
  });
});

function withoutMaterial(metadata: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(metadata).filter(([name]) => name !== 'sealdrop-material'));
}

test('records of the wrapping that other clients left are replaced, and never doubled', async () => {
  const scene = createScene();
  await putSealed(scene, patternBytes(5));
  await alterSealed(scene, { metadata: (metadata) => ({ ...metadata, 'sealdrop-material': 'theirs' }) });
  const current = await scene.keyring.currentWrapping();
  await rewrap(scene);
  expect((await scene.store.head(sealedAt)).metadata).toMatchObject({
    'sealdrop-key': scene.keyArn,
    'sealdrop-material': current.keyMaterialId,
  });
});
