import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import { drill, isDrillPassed, type DrillOptions, type DrillReport } from '../../operations/drill.ts';
import { sealContent } from '../../operations/seal-content.ts';
import { isWiped, patternBytes } from '../support/bytes.ts';
import { FakeKmsException } from '../support/fake-kms.ts';
import type { FakeKeyring } from '../support/fake-keyring.ts';
import { kmsRecipient, rsaRecipient, share } from './share-scene.ts';
import { contentFrom, createScene, forgetCalls, type Scene } from './scene.ts';

const bucket = 'sealed';
const day = 86_400_000;
let scene: Scene;
let now: number;

async function seal(key: string, lengthBytes = 100, withFile = false): Promise<void> {
  await sealContent(
    contentFrom(patternBytes(lengthBytes)),
    { bucket, key },
    { absent: true },
    { ...scene.sealing, instructionFiles: withFile },
  );
}

const run = (options: Partial<DrillOptions> = {}): Promise<DrillReport> =>
  drill({
    ...scene.reading,
    ...{ bucket, prefix: '', sample: { count: 100 }, concurrency: 1, now: () => now },
    ...options,
  });

beforeEach(() => {
  now = 10 * day;
  scene = createScene({ store: { now: () => new Date(now) } });
});

describe('a drill', () => {
  test('opens every object of a small place to its last byte, and writes and keeps nothing', async () => {
    for (const [index, lengthBytes] of [0, 1, 16, 5000].entries()) await seal(`a/${index}`, lengthBytes);
    await seal('a/with-file', 50, true);
    await seal('elsewhere');
    forgetCalls(scene);
    expect(await run({ prefix: 'a/' })).toEqual({
      startedAt: '1970-01-11T00:00:00.000Z',
      objects: 5,
      sealedBytes: 5067 + 5 * 16,
      counts: { opened: 5, failed: 0, gone: 0, left: 0, shares: 0 },
      reasons: {},
      failures: [],
      recoveryTimeSeconds: { listed: 0, firstOpened: 0, sample: 0, whole: 0 },
      newestAgeSeconds: 0,
    });
    expect(new Set(scene.store.calls.map(({ method }) => method))).toEqual(new Set(['list', 'get', 'read']));
    expect(scene.kms.calls.map(({ action }) => action)).toEqual(Array(5).fill('Decrypt'));
    expect(scene.kms.plaintexts.every(isWiped)).toBe(true);
  });

  test('wipes what it opened', async () => {
    await seal('a', 5000);
    const filled = jest.spyOn(Buffer.prototype, 'fill');
    await run();
    const wiped = (filled.mock.contexts as Buffer[]).filter(isWiped);
    filled.mockRestore();
    expect(wiped.reduce((sum, { length }) => sum + length, 0)).toBeGreaterThanOrEqual(5000);
  });

  test('opens no more than the sample, and tells of all that is there', async () => {
    for (const key of ['a', 'b', 'c', 'd']) await seal(key);
    forgetCalls(scene);
    const report = await run({ sample: { count: 3 } });
    expect(report).toMatchObject({ objects: 4, counts: { opened: 3 } });
    expect(scene.kms.calls).toHaveLength(3);
  });

  test('of nothing opens nothing, and knows no time', async () => {
    const report = await run();
    expect(report).toMatchObject({ objects: 0, counts: { opened: 0 } });
    expect(report.recoveryTimeSeconds).toEqual({ listed: 0, sample: 0 });
    expect(report).not.toHaveProperty('newestAgeSeconds');
  });

  test.each([0, -1, 1.5, NaN])('refuses the concurrency %p', async (concurrency) => {
    await expect(run({ concurrency })).rejects.toThrow(RangeError);
  });
});

test.each([
  [{ opened: 1, failed: 0, gone: 5, left: 0, shares: 0 }, true],
  [{ opened: 0, failed: 0, gone: 5, left: 0, shares: 0 }, false],
  [{ opened: 0, failed: 0, gone: 0, left: 0, shares: 0 }, false],
  [{ opened: 9, failed: 1, gone: 0, left: 0, shares: 0 }, false],
  [{ opened: 9, failed: 0, gone: 0, left: 1, shares: 0 }, false],
])('a drill that came to %j has passed: %p', (counts, isPassed) => {
  expect(isDrillPassed({ counts })).toBe(isPassed);
});

describe('what does not open', () => {
  test('is counted by its reason, and the rest opens', async () => {
    for (const key of ['a', 'b', 'c']) await seal(key);
    scene.store.put(bucket, 'plain', Buffer.from('plain'));
    const { metadata } = await scene.store.head({ bucket, key: 'b' });
    scene.store.put(bucket, 'b', Buffer.alloc(116), { metadata });
    const report = await run();
    expect(report.counts).toEqual({ opened: 2, failed: 2, gone: 0, left: 0, shares: 0 });
    expect(report.reasons).toEqual({ AUTHENTICATION_FAILED: 1, NOT_SEALED: 1 });
    expect(report.failures).toEqual([
      {
        key: 'b',
        code: 'AUTHENTICATION_FAILED',
        message: 'the object could not be authenticated',
        hint: expect.any(String),
      },
      { key: 'plain', code: 'NOT_SEALED', message: expect.any(String), hint: expect.any(String) },
    ]);
  });

  test('is told of a hundred times, and counted every time', async () => {
    for (let index = 0; index < 101; index += 1) scene.store.put(bucket, `${index}`, Buffer.from('plain'));
    const report = await run({ sample: { count: 200 } });
    expect(report.failures).toHaveLength(100);
    expect(report.reasons).toEqual({ NOT_SEALED: 101 });
  });

  test('of a reason that is not ours is told without its message', async () => {
    await seal('a');
    scene.store.before('get', () => {
      throw new TypeError('secret');
    });
    expect((await run()).failures).toEqual([
      { key: 'a', code: 'UNEXPECTED', message: 'TypeError', hint: '' },
    ]);
  });

  test('because it went while it was listed is no failure', async () => {
    await seal('a');
    scene.store.before('get', async () => {
      await scene.store.hide(await scene.store.head({ bucket, key: 'a' }));
    });
    expect((await run()).counts).toEqual({ opened: 0, failed: 0, gone: 1, left: 0, shares: 0 });
  });

  test('because it is a share is no failure, and hides nothing that is marked like one', async () => {
    await seal('b/a.txt', 50, true);
    await share(scene, { recipient: rsaRecipient(scene) });
    expect((await run()).counts).toEqual({ opened: 1, failed: 0, gone: 0, left: 0, shares: 1 });
    const mark = { 'x-amz-crypto-instr-file': '' };
    scene.store.put(bucket, 'b/a.txt.partner', Buffer.from('content'), { metadata: mark });
    expect((await run()).counts).toEqual({ opened: 1, failed: 1, gone: 0, left: 0, shares: 0 });
  });

  test('by another suffix, the own files beside the objects are none of them', async () => {
    await seal('b/a.txt', 50, true);
    const recipient = await kmsRecipient(scene);
    await share(scene, { recipient });
    const report = await run({
      keyring: recipient.keyring as FakeKeyring,
      instructionFileSuffix: '.partner',
    });
    expect(report).toMatchObject({ objects: 1, counts: { opened: 1, failed: 0 } });
  });

  test('at first, since a service throttles, is tried again, and not for ever', async () => {
    await seal('a');
    const throttling = { attempts: 2, wait: () => Promise.resolve() };
    const throttled = new FakeKmsException('ThrottlingException');
    scene.kms.failNext(throttled);
    expect((await run({ throttling })).counts.opened).toBe(1);
    scene.kms.failNext(throttled, throttled);
    expect((await run({ throttling })).reasons).toEqual({ THROTTLED: 1 });
  });
});

describe('time', () => {
  test('that runs out leaves the rest', async () => {
    for (const key of ['a', 'b', 'c']) await seal(key);
    const looks = [true, true, false];
    const report = await run({ hasTimeLeft: () => looks.shift() === true });
    expect(report.counts).toEqual({ opened: 2, failed: 0, gone: 0, left: 1, shares: 0 });
  });

  test('that is cut off in the middle leaves that object, too', async () => {
    for (const key of ['a', 'b']) await seal(key, 3000);
    const stop = new AbortController();
    scene.store.before('read', () => {
      stop.abort();
    });
    expect((await run({ signal: stop.signal })).counts).toEqual({
      opened: 0,
      failed: 0,
      gone: 0,
      left: 2,
      shares: 0,
    });
  });

  /** One object takes a second, the listing five. */
  function takesTime(): void {
    scene.store.after('list', () => {
      now += 5000;
    });
    const { store } = scene;
    const get = store.get.bind(store);
    store.get = async (...args) => {
      now += 1000;
      return get(...args);
    };
  }

  test('to recover: until the first object is open, for the sample, and for all by their number', async () => {
    for (const key of ['a', 'b', 'c', 'd']) await seal(key);
    now += 2 * day;
    takesTime();
    expect(await run({ sample: { count: 2 } })).toMatchObject({
      recoveryTimeSeconds: { listed: 5, firstOpened: 6, sample: 2, whole: 4 },
      newestAgeSeconds: (2 * day) / 1000,
    });
  });

  test('for all follows the bytes where the sample happens to be small', async () => {
    await seal('a', 84);
    scene.store.put(bucket, 'b', Buffer.alloc(900));
    takesTime();
    const report = await run();
    expect(report.counts).toMatchObject({ opened: 1, failed: 1 });
    // Of what has no envelope, an instruction file is looked for twice.
    expect(report.recoveryTimeSeconds).toMatchObject({ sample: 4, whole: 40 });
  });

  test('since the newest object came is told of instruction files, too', async () => {
    await seal('a');
    now += day;
    scene.store.put(bucket, 'a.instruction', Buffer.from('{}'));
    now += 1000;
    expect(await run()).toMatchObject({ objects: 1, newestAgeSeconds: 1 });
  });
});
