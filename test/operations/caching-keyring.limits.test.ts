import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { committingSuite } from '../../envelope/index.ts';
import { CachingKeyring, type CachingKeyringOptions } from '../../operations/caching-keyring.ts';
import { failureOf, isWiped } from '../support/bytes.ts';
import { createWorld } from '../support/world.ts';

const context = { 'sealdrop-vault': 'archive' };

function createScene(options: Partial<CachingKeyringOptions> = {}) {
  const { kms, keyring: inner, keyArn } = createWorld();
  const clock = { now: 5000 };
  const keyring = new CachingKeyring({ keyring: inner, keyId: keyArn, now: () => clock.now, ...options });
  const seal = (bytes = 1) => keyring.generateDataKey(context, committingSuite, undefined, bytes);
  const lastWiped = () => kms.plaintexts.map(isWiped).at(-1);
  return { kms, inner, keyArn, clock, keyring, seal, lastWiped };
}

describe('a data key that is held', () => {
  test.each([
    { maxAgeSeconds: undefined, hitAt: 59_999, missAt: 60_000 },
    { maxAgeSeconds: 1, hitAt: 999, missAt: 1000 },
    { maxAgeSeconds: 86_400, hitAt: 86_399_999, missAt: 86_400_000 },
  ])('is too old after $missAt ms', async ({ maxAgeSeconds, hitAt, missAt }) => {
    const limits = maxAgeSeconds === undefined ? {} : { maxAgeSeconds };
    const { seal, keyring, clock, kms, inner } = createScene({ sealing: limits, opening: limits });
    const { encryptedDataKey } = await inner.generateDataKey(context, committingSuite);
    const start = clock.now;
    for (const [passed, hits] of [
      [0, 0],
      [hitAt, 1],
      [missAt, 1],
    ] as const) {
      clock.now = start + passed;
      await seal();
      await keyring.decryptDataKey(encryptedDataKey);
      expect(keyring.counts).toMatchObject({ sealHits: hits, openHits: hits });
    }
    expect(keyring.counts).toMatchObject({ sealMisses: 2, openMisses: 2, evictions: 2 });
    // The first of them is the test's own.
    expect(kms.plaintexts.map(isWiped)).toEqual([false, true, true, false, false]);
  });

  test('is as old as the call for it', async () => {
    const { seal, inner, clock, keyring, lastWiped } = createScene({ sealing: { maxAgeSeconds: 10 } });
    const generate = inner.generateDataKey.bind(inner);
    for (const [tookMilliseconds, isKept] of [
      [9999, true],
      [10_000, false],
    ] as const) {
      inner.generateDataKey = async (...args) => {
        const key = await generate(...args);
        clock.now += tookMilliseconds;
        return key;
      };
      await seal();
      expect(lastWiped()).toBe(!isKept);
      clock.now += 1;
    }
    expect(keyring.counts).toMatchObject({ sealHits: 0, sealMisses: 2, evictions: 1 });
  });

  test('fails closed: past its limits the caller gets what the keyring throws', async () => {
    const { seal, keyring, clock, kms, keyArn, inner } = createScene({ sealing: { maxMessages: 2 } });
    const { encryptedDataKey } = await inner.generateDataKey(context, committingSuite);
    await seal();
    await keyring.decryptDataKey(encryptedDataKey);
    kms.setState(keyArn, 'Disabled');
    await seal();
    await keyring.decryptDataKey(encryptedDataKey);
    expect((await failureOf(() => seal())).code).toBe('KEY_DISABLED');
    clock.now += 60_000;
    expect((await failureOf(() => keyring.decryptDataKey(encryptedDataKey))).code).toBe('KEY_DISABLED');
    kms.setState(keyArn, 'Enabled');
    await seal();
    await keyring.decryptDataKey(encryptedDataKey);
  });

  test('seals 100 objects where nothing else is said', async () => {
    const { seal, kms } = createScene();
    for (let count = 0; count < 101; count += 1) await seal();
    expect(kms.plaintexts.map(isWiped)).toEqual([true, false]);
  });

  test.each(['sealing', 'opening'] as const)('is one of 100 where nothing else is said: %s', async (side) => {
    const { keyring, inner } = createScene();
    for (let count = 0; count < 101; count += 1) {
      const own = { ...context, count: String(count) };
      if (side === 'sealing') await keyring.generateDataKey(own, committingSuite, undefined, 1);
      else await keyring.decryptDataKey((await inner.generateDataKey(own, committingSuite)).encryptedDataKey);
      expect(keyring.counts.evictions).toBe(count < 100 ? 0 : 1);
    }
  });
});

describe('the options', () => {
  const ranges: [string, number][] = [
    ['sealing.maxAgeSeconds', 86_400],
    ['sealing.maxMessages', 2 ** 32],
    ['sealing.maxBytes', Number.MAX_SAFE_INTEGER],
    ['sealing.capacity', 100_000],
    ['opening.maxAgeSeconds', 86_400],
    ['opening.capacity', 100_000],
  ];

  function set(option: string, value: unknown): CachingKeyring {
    const [side = '', name = ''] = option.split('.');
    const { keyring } = createWorld();
    return new CachingKeyring({ keyring, keyId: 'key', [side]: { [name]: value } });
  }

  test.each(ranges)('takes %s from 1 to %d', async (option, atMost) => {
    for (const value of [1, atMost, undefined]) expect(set(option, value).counts.sealMisses).toBe(0);
    for (const value of [0, -1, 0.5, 1.5, atMost + 1, NaN, Infinity, '1', true]) {
      const failure = await failureOf(() => set(option, value));
      expect(failure).toMatchObject({
        code: 'CONFIGURATION_INVALID',
        message: `${option} is out of its range`,
        hint: `set ${option} to a whole number from 1 to ${atMost}`,
        fields: { option },
      });
    }
  });

  test.each([undefined, '', 7])('do without no key id: %p', async (keyId) => {
    const { keyring } = createWorld();
    const failure = await failureOf(() => new CachingKeyring({ keyring, keyId: keyId as string }));
    expect([failure.code, failure.fields]).toEqual(['CONFIGURATION_INVALID', { option: 'keyId' }]);
    expect(failure.hint).toContain('keyId');
  });
});

describe('the timers', () => {
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  /** By the clock that is there where none is named. */
  function createTimedScene(options: Partial<CachingKeyringOptions> = {}) {
    const world = createWorld();
    return { ...world, caching: new CachingKeyring({ keyring: world.keyring, keyId: 'key', ...options }) };
  }

  test('wipe what is too old, even where nobody asks again', async () => {
    const { caching, keyring, kms } = createTimedScene({ opening: { maxAgeSeconds: 30 } });
    const { encryptedDataKey } = await keyring.generateDataKey(context, committingSuite);
    await caching.generateDataKey(context, committingSuite, undefined, 1);
    await caching.decryptDataKey(encryptedDataKey);
    const wiped = () => kms.plaintexts.slice(1).map(isWiped);
    jest.advanceTimersByTime(29_999);
    expect(wiped()).toEqual([false, false]);
    jest.advanceTimersByTime(1);
    expect(wiped()).toEqual([false, true]);
    jest.advanceTimersByTime(30_000);
    expect(wiped()).toEqual([true, true]);
    expect(caching.counts.evictions).toBe(2);
    expect(jest.getTimerCount()).toBe(0);
  });

  test('look again where they were early', async () => {
    const clock = { now: 0 };
    const { caching, kms } = createTimedScene({ now: () => clock.now });
    await caching.generateDataKey(context, committingSuite, undefined, 1);
    clock.now = 59_000.5;
    jest.advanceTimersByTime(60_000);
    expect(kms.plaintexts.map(isWiped)).toEqual([false]);
    jest.advanceTimersByTime(999);
    clock.now = 60_000;
    expect(kms.plaintexts.map(isWiped)).toEqual([false]);
    jest.advanceTimersByTime(1);
    expect(kms.plaintexts.map(isWiped)).toEqual([true]);
  });

  test('are gone with what they were for', async () => {
    const { caching } = createTimedScene({ sealing: { maxMessages: 2, capacity: 2 } });
    const seal = (team: string) => caching.generateDataKey({ team }, committingSuite, undefined, 1);
    for (const [team, count] of [
      ['a', 1],
      ['a', 0],
      ['b', 1],
      ['c', 2],
      ['d', 2],
    ] as const) {
      await seal(team);
      expect([team, jest.getTimerCount()]).toEqual([team, count]);
    }
    caching.close();
    expect(jest.getTimerCount()).toBe(0);
  });
});

test('a process ends while data keys are held', () => {
  const script = `
    import { createWorld } from './test/support/world.ts';
    import { CachingKeyring } from './operations/caching-keyring.ts';
    import { committingSuite } from './envelope/index.ts';
    const { keyring } = createWorld();
    const caching = new CachingKeyring({ keyring, keyId: 'key', sealing: { maxAgeSeconds: 86400 } });
    await caching.generateDataKey({ team: 'blue' }, committingSuite, undefined, 1);
    await caching.generateDataKey({ team: 'blue' }, committingSuite, undefined, 1);
    console.log(caching.counts.sealHits, caching.counts.evictions);`;
  const { status, stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: new URL('../..', import.meta.url),
    encoding: 'utf8',
    timeout: 30_000,
  });
  expect([status, stdout]).toEqual([0, '1 0\n']);
});

describe('closing', () => {
  test('wipes what is held, and lets everything through from then on', async () => {
    const { keyring, seal, kms } = createScene();
    const { encryptedDataKey } = await seal();
    await keyring.decryptDataKey(encryptedDataKey);
    expect(kms.plaintexts.map(isWiped)).toEqual([false, false]);
    keyring.close();
    expect(kms.plaintexts.map(isWiped)).toEqual([true, true]);
    for (let count = 0; count < 2; count += 1) {
      for (const { plaintext } of [await seal(), await keyring.decryptDataKey(encryptedDataKey)]) {
        expect(isWiped(plaintext)).toBe(false);
        // The caller's own, and nobody else's.
        expect(kms.plaintexts.at(-1) === plaintext || kms.plaintexts.at(-2) === plaintext).toBe(true);
      }
    }
    keyring.close();
    expect(keyring.counts).toEqual({
      sealHits: 0,
      sealMisses: 3,
      openHits: 0,
      openMisses: 3,
      evictions: 2,
    });
  });

  test('keeps nothing that was under way, which those who wait still get', async () => {
    const { keyring, seal, kms, inner } = createScene();
    const { encryptedDataKey } = await inner.generateDataKey(context, committingSuite);
    const open = () => keyring.decryptDataKey(encryptedDataKey);
    const waiting = [seal(), seal(), open(), open()];
    keyring.close();
    // Nobody joins them any more.
    waiting.push(seal(), open());
    const keys = (await Promise.all(waiting)).map(({ plaintext }) => Buffer.from(plaintext).toString('hex'));
    expect(new Set([keys[0], keys[1]]).size).toBe(1);
    expect(new Set([keys[2], keys[3], keys[5]]).size).toBe(1);
    expect(new Set(keys).size).toBe(3);
    // After the test's own: both that were under way, and both that went straight through.
    expect(kms.plaintexts.slice(1).map(isWiped)).toEqual([true, true, false, false]);
    expect(keyring.counts).toMatchObject({ sealMisses: 2, openMisses: 2, evictions: 0 });
  });
});
