import { describe, expect, test } from '@jest/globals';
import { isOfSameWrite, isShareError, isStaleShare, standingShare } from '../../operations/standing-share.ts';
import { SealdropError } from '../../envelope/index.ts';
import { assertNoInstructionFile } from '../../operations/is-instruction-file.ts';
import { failureOf, patternBytes } from '../support/bytes.ts';
import { sealedAt } from './scene.ts';
import { fileScene, rsaRecipient, share, shareAt } from './share-scene.ts';

test('a share that stands is read, and one that does not is nothing', async () => {
  const scene = await fileScene();
  const choice = { store: scene.store, suffix: '.partner' };
  expect(await standingShare(sealedAt, choice)).toBeUndefined();
  await share(scene, { recipient: rsaRecipient(scene) });
  const standing = await standingShare(sealedAt, choice);
  expect(standing?.object.address.key).toBe(shareAt.key);
  expect(Object.keys(standing?.entries ?? {})).toEqual(['x-amz-3', 'x-amz-w']);
});

test('an object of its own that stands there is not read, and need not be restored', async () => {
  const { store } = await fileScene();
  store.put('sealed', shareAt.key, patternBytes(5), { facts: { isArchived: true } });
  const work = () => standingShare(sealedAt, { store, suffix: '.partner' });
  expect((await failureOf(work)).code).toBe('NOT_AN_INSTRUCTION_FILE');
  expect(store.countOf('get')).toBe(0);
});

test('what may not be looked at is an error', async () => {
  const scene = await fileScene();
  const long = { bucket: 'sealed', key: 'k'.repeat(1020) };
  const work = () => standingShare(long, { store: scene.store, suffix: '.partner' });
  expect((await failureOf(work)).code).toBe('OBJECT_KEY_TOO_LONG');
});

describe('by what an object and its share record', () => {
  const recorded = { 'sealdrop-instruction-version': 'v1' };

  test.each([
    // object, share, suffix, stale, same
    [recorded, 'v1', '.partner', false, true],
    [recorded, 'v0', '.partner', true, false],
    [recorded, undefined, '.partner', false, false],
    [{}, 'v0', '.partner', false, false],
    [{}, undefined, '.partner', false, false],
    // Its own file is told by more than that.
    [recorded, 'v0', undefined, false, false],
    [recorded, 'v0', '.instruction', false, false],
  ])('%j and %p under %p: stale %p, same %p', async (metadata, recordedVersion, suffix, stale, same) => {
    const scene = await fileScene();
    await share(scene, { recipient: rsaRecipient(scene) });
    const object = { ...(await scene.store.head(sealedAt)), metadata };
    const standing = await standingShare(sealedAt, { store: scene.store, suffix: '.partner' });
    if (standing === undefined) throw new Error('there is no share');
    const file = { ...standing, recordedVersion };
    expect([isStaleShare(object, file, suffix), isOfSameWrite(object, file)]).toEqual([stale, same]);
  });
});

describe('an error that tells of an instruction file', () => {
  const mark = { 'x-amz-crypto-instr-file': '' };
  const telling = () =>
    failureOf(() => {
      assertNoInstructionFile(mark);
    });

  test('is that of a share where one stands beside a sealed object', async () => {
    const scene = await fileScene();
    await share(scene, { recipient: rsaRecipient(scene) });
    expect(await isShareError(await telling(), shareAt, scene)).toBe(true);
    expect(await isShareError(new SealdropError('NOT_SEALED', 'x'), shareAt, scene)).toBe(false);
    scene.store.destroy(sealedAt);
    expect(await isShareError(await telling(), shareAt, scene)).toBe(false);
  });

  test.each(['b/a.txt', 'b/a.txt.partner', 'b/a', '.partner'])(
    'is not where somebody marked another object, so that it would be passed over: %s',
    async (key) => {
      const scene = await fileScene();
      scene.store.put('sealed', key, patternBytes(5), { metadata: mark });
      expect(await isShareError(await telling(), { bucket: 'sealed', key }, scene)).toBe(false);
    },
  );

  test('is not where a file of a data key stands beside a share, or beside an object that has none', async () => {
    const scene = await fileScene();
    await share(scene, { recipient: rsaRecipient(scene) });
    const file = scene.store.contentOf(shareAt);
    const beside = { bucket: 'sealed', key: `${shareAt.key}.other` };
    scene.store.put(beside.bucket, beside.key, file, { metadata: mark });
    expect(await isShareError(await telling(), beside, scene)).toBe(false);
    const { metadata } = await scene.store.head(sealedAt);
    const whole = { ...metadata, 'x-amz-3': 'a', 'x-amz-w': '12', 'x-amz-t': '{}' };
    scene.store.put('sealed', sealedAt.key, patternBytes(5), { metadata: whole });
    expect(await isShareError(await telling(), shareAt, scene)).toBe(false);
  });
});
