import { describe, expect, test } from '@jest/globals';
import type { Metadata } from '../../envelope/index.ts';
import { hideSource } from '../../operations/move-object.ts';
import { rebindObject } from '../../operations/rebind-object.ts';
import { contextOf } from '../../operations/vault.ts';
import { failureOf, patternBytes } from '../support/bytes.ts';
import { alterSealed, createScene, fileAt, putSealed, sealedAt, type Scene } from './scene.ts';

const to = { bucket: 'sealed', key: 'c/b.txt' };

async function copied(scene: Scene) {
  const { store, keyring, vault } = scene;
  const { source, written } = await rebindObject(sealedAt, to, {
    ...{ store, keyring, vault, condition: { absent: true } },
  });
  const options = { from: store, to: store, expectedContext: contextOf(vault, to.key) };
  return { source, written, options };
}

describe('the source of a move', () => {
  test('is hidden, and its version stays', async () => {
    const scene = createScene();
    const sealed = await putSealed(scene, patternBytes(10));
    const { source, written, options } = await copied(scene);
    await hideSource(source, written, options);
    expect((await failureOf(() => scene.store.head(sealedAt))).code).toBe('OBJECT_NOT_FOUND');
    expect((await scene.store.head(sealed)).lengthBytes).toBe(26);
  });

  test('is hidden with its instruction file', async () => {
    const scene = createScene();
    await putSealed(scene, patternBytes(10), { instructionFiles: true });
    const { source, written, options } = await copied(scene);
    await hideSource(source, written, options);
    expect((await failureOf(() => scene.store.head(fileAt))).code).toBe('OBJECT_NOT_FOUND');
  });

  describe('and its instruction file', () => {
    const time = { now: new Date(1_000_000) };
    const later = (): Date => (time.now = new Date(time.now.getTime() + 1000));

    async function moved({
      isRecorded = true,
      before = undefined as ((scene: Scene) => void) | undefined,
    } = {}) {
      const scene = createScene({ store: { now: later } });
      await putSealed(scene, patternBytes(10), { instructionFiles: true });
      if (!isRecorded) await alterSealed(scene, { metadata: foreign });
      const { source, written, options } = await copied(scene);
      before?.(scene);
      await hideSource(source, written, options);
      return scene.store.historyOf(fileAt).at(-1) === undefined ? 'hidden' : 'stays';
    }
    const foreign = ({ 'sealdrop-instruction-version': _, ...metadata }: Metadata): Metadata => metadata;
    const mark = { 'x-amz-crypto-instr-file': '' };
    const putFile =
      (metadata: Metadata) =>
      ({ store }: Scene): void => {
        store.put(fileAt.bucket, fileAt.key, Buffer.from('{}'), { metadata });
      };

    test.each([
      ['is hidden', { isRecorded: true }, 'hidden'],
      ['of a client that records nothing is hidden', { isRecorded: false }, 'hidden'],
      ['of another write stays', { before: putFile(mark) }, 'stays'],
      [
        'of a later write stays, too, where nothing is recorded',
        { isRecorded: false, before: putFile(mark) },
        'stays',
      ],
      ['that is none stays', { isRecorded: false, before: putFile({}) }, 'stays'],
      [
        'that was rewrapped since is hidden',
        { before: putFile({ ...mark, 'sealdrop-instruction-version': 'version-1' }) },
        'hidden',
      ],
      [
        'that was rewrapped since, of another write, stays',
        { before: putFile({ ...mark, 'sealdrop-instruction-version': 'version-9' }) },
        'stays',
      ],
    ] as const)('%s', async (_, how, expected) => {
      expect(await moved(how)).toBe(expected);
    });

    test('stays where no version of it would', async () => {
      const scene = createScene();
      await putSealed(scene, patternBytes(10), { instructionFiles: true });
      const { source, written, options } = await copied(scene);
      const { store } = scene;
      const head: typeof store.head = async (address) => {
        const object = await store.head(address);
        return address.key === fileAt.key ? { ...object, address: { ...fileAt, versionId: 'null' } } : object;
      };
      const from = Object.assign(Object.create(store) as typeof store, {
        head,
        hide: store.hide.bind(store),
      });
      const metadata = { ...source.metadata, 'sealdrop-instruction-version': 'null' };
      await hideSource({ ...source, metadata }, written, { ...options, from });
      expect(store.countOf('hide')).toBe(1);
    });
  });

  test('stays where the copy is not what was copied', async () => {
    const scene = createScene();
    await putSealed(scene, patternBytes(10));
    const { source, options } = await copied(scene);
    const other = scene.store.put(to.bucket, to.key, patternBytes(26));
    expect((await failureOf(() => hideSource(source, other, options))).code).toBe('VERIFICATION_FAILED');
    expect(await scene.store.head(sealedAt)).toEqual(source);
  });

  test('stays where somebody replaced it meanwhile', async () => {
    const scene = createScene();
    await putSealed(scene, patternBytes(10));
    const { source, written, options } = await copied(scene);
    await putSealed(scene, patternBytes(11));
    expect((await failureOf(() => hideSource(source, written, options))).code).toBe('OBJECT_CHANGED');
    expect((await scene.store.head(sealedAt)).lengthBytes).toBe(27);
  });

  test('stays where no version of it would', async () => {
    const scene = createScene({ store: { versioned: false } });
    await putSealed(scene, patternBytes(10));
    const { source, written, options } = await copied(scene);
    const failure = await failureOf(() => hideSource(source, written, options));
    expect(failure).toMatchObject({
      code: 'BUCKET_NOT_VERSIONED',
      message: 'to move s3://sealed/b/a.txt would destroy it: no version of it would stay',
    });
    expect(scene.store.countOf('hide')).toBe(0);
  });
});
