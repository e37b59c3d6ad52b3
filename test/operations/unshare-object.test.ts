import { describe, expect, test } from '@jest/globals';
import { unshareObject } from '../../operations/unshare-object.ts';
import { failureOf, patternBytes } from '../support/bytes.ts';
import { fileAt, openedText, sealedAt } from './scene.ts';
import { fileScene, rsaRecipient, share, shareAt } from './share-scene.ts';

async function sharedScene(versioned = true) {
  const scene = await fileScene({}, versioned);
  await share(scene, { recipient: rsaRecipient(scene) });
  const unshare = (suffix = '.partner', dryRun = false) =>
    unshareObject(sealedAt, { store: scene.store, suffix, dryRun });
  return { ...scene, unshare };
}

describe('unsharing', () => {
  test.each([true, false])('takes the share away, and nothing else (versions: %s)', async (versioned) => {
    const scene = await sharedScene(versioned);
    expect(await scene.unshare()).toBe('unshared');
    expect((await failureOf(() => scene.store.head(shareAt))).code).toBe('OBJECT_NOT_FOUND');
    expect(
      scene.store.calls.filter(({ method }) => method === 'hide').map(({ address }) => address.key),
    ).toEqual([shareAt.key]);
    expect(await openedText(scene)).toBe(patternBytes(100).toString());
    expect(await scene.unshare()).toBe('not-shared');
  });

  test('works where the object is gone', async () => {
    const scene = await sharedScene();
    await scene.store.hide(await scene.store.head(sealedAt));
    expect(await scene.unshare()).toBe('unshared');
  });

  test('in a dry run takes nothing away', async () => {
    const scene = await sharedScene();
    expect(await scene.unshare('.partner', true)).toBe('planned');
    expect(scene.store.countOf('hide')).toBe(0);
  });

  test('never takes the own file', async () => {
    const scene = await sharedScene();
    expect((await failureOf(() => scene.unshare('.instruction'))).code).toBe('RESERVED_NAME');
    expect((await failureOf(() => scene.unshare(''))).code).toBe('CONFIGURATION_INVALID');
    expect((await scene.store.head(fileAt)).metadata).toHaveProperty(['x-amz-crypto-instr-file']);
  });

  test('never takes what is not an instruction file', async () => {
    const scene = await sharedScene();
    scene.store.put('sealed', `${sealedAt.key}.other`, patternBytes(5));
    expect((await failureOf(() => scene.unshare('.other'))).code).toBe('NOT_AN_INSTRUCTION_FILE');
    expect(scene.store.contentOf({ bucket: 'sealed', key: `${sealedAt.key}.other` })).toEqual(
      patternBytes(5),
    );
  });

  test.each(['get', 'hide'] as const)('has nothing to do where another was faster (%s)', async (method) => {
    const scene = await sharedScene();
    scene.store.before(method, () => {
      scene.store.destroy(shareAt);
    });
    expect(await scene.unshare()).toBe('not-shared');
  });

  test('does not take what stands there since it was looked at, without a mark', async () => {
    const scene = await sharedScene();
    const text = scene.store.contentOf(shareAt);
    scene.store.before('get', () => {
      scene.store.put(shareAt.bucket, shareAt.key, text);
    });
    expect((await failureOf(() => scene.unshare())).code).toBe('NOT_AN_INSTRUCTION_FILE');
    expect(scene.store.contentOf(shareAt)).toEqual(text);
  });

  test('does not take what took the share’s place meanwhile', async () => {
    const scene = await sharedScene();
    scene.store.before('hide', () => {
      scene.store.put(shareAt.bucket, shareAt.key, patternBytes(5));
    });
    expect((await failureOf(() => scene.unshare())).code).toBe('NOT_AN_INSTRUCTION_FILE');
    expect(scene.store.contentOf(shareAt)).toEqual(patternBytes(5));
  });
});
