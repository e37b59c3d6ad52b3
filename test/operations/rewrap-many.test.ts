import { describe, expect, test } from '@jest/globals';
import { SealdropError } from '../../envelope/index.ts';
import type { ObjectAddress } from '../../operations/object-store.ts';
import { noCounts, rewrapMany, type RewrapManyOptions } from '../../operations/rewrap-many.ts';
import { sealDrop } from '../../operations/seal-drop.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { FakeKmsException } from '../support/fake-kms.ts';
import { createWorld, type World } from '../support/world.ts';

interface ManyWorld extends World {
  readonly addresses: readonly ObjectAddress[];
  readonly clock: FakeClock;
  /** Rewraps all of them to the newest material. */
  readonly run: (options?: Partial<RewrapManyOptions>) => ReturnType<typeof rewrapMany>;
}

/** A world with sealed objects under old material. */
async function worldOf(count: number): Promise<ManyWorld> {
  const world = createWorld();
  const { store, keyring, options, kms } = world;
  const names = Array.from({ length: count }, (_, index) => `file-${String(index).padStart(2, '0')}`);
  for (const name of names) await sealDrop(world.drop(name, Buffer.from(name)), options);
  kms.rotate(world.keyArn);
  const clock = new FakeClock();
  const addresses = names.map(world.sealedAt);
  const run: ManyWorld['run'] = async (more = {}) => {
    const current = await keyring.currentWrapping();
    kms.calls.length = 0;
    store.calls.length = 0;
    const { vault } = options;
    const throttling = { wait: clock.wait, random: () => 1 };
    return rewrapMany(addresses, { store, keyring, vault, current, concurrency: 3, throttling, ...more });
  };
  return { ...world, addresses, clock, run };
}

const keysOf = (addresses: readonly ObjectAddress[]) => addresses.map(({ key }) => key);
const throttled = (count: number) =>
  Array.from({ length: count }, () => new FakeKmsException('ThrottlingException'));

describe('rewrapping a number of objects', () => {
  test('rewraps all that is under old material, then finds all of it current, without a call to KMS', async () => {
    const { kms, run } = await worldOf(10);
    expect(await run()).toEqual({ counts: { ...noCounts(), rewrapped: 10 }, failures: [], left: [] });
    expect(kms.calls).toHaveLength(10);
    expect(await run()).toEqual({ counts: { ...noCounts(), current: 10 }, failures: [], left: [] });
    expect(kms.calls).toEqual([]);
  });

  test('takes one HEAD, one ReEncrypt and one copy for each', async () => {
    const { kms, store, run } = await worldOf(4);
    await run();
    expect(kms.calls.map(({ action }) => action)).toEqual(Array(4).fill('ReEncrypt'));
    expect([store.countOf('head'), store.countOf('copy'), store.calls.length]).toEqual([4, 4, 8]);
  });

  test('plans all, and does nothing, in a dry run', async () => {
    const { kms, store, run } = await worldOf(4);
    expect((await run({ dryRun: true })).counts).toEqual({ ...noCounts(), planned: 4 });
    expect([kms.calls, store.countOf('copy')]).toEqual([[], 0]);
  });

  test('goes on past failures, and tells of each its key, its code and why', async () => {
    const { store, run, addresses } = await worldOf(5);
    const [, damaged = { bucket: '', key: '' }] = addresses;
    const { metadata } = await store.head(damaged);
    store.put(damaged.bucket, damaged.key, Buffer.alloc(16), {
      metadata: { ...metadata, 'x-amz-3': 'AAAA' },
    });
    const { counts, failures } = await run();
    expect(counts).toEqual({ ...noCounts(), rewrapped: 4, failed: 1 });
    expect(failures).toMatchObject([{ key: damaged.key, code: 'AUTHENTICATION_FAILED' }]);
    expect(failures[0]?.message).toContain('InvalidCiphertextException');
  });

  test('does not repeat what an error says that is none of its own', async () => {
    const { store, run } = await worldOf(2);
    store.before('head', () => {
      throw new TypeError('the plaintext is 42');
    });
    store.before('head', () => {
      // eslint-disable-next-line @typescript-eslint/only-throw-error -- what is thrown may be anything
      throw 'the plaintext is 43';
    });
    const { counts, failures } = await run();
    expect(counts.failed).toBe(2);
    expect(failures).toMatchObject([
      { code: 'UNEXPECTED', message: 'TypeError' },
      { code: 'UNEXPECTED', message: 'not an error' },
    ]);
  });

  test('counts what is gone, not sealed, archived', async () => {
    const { store, run, addresses } = await worldOf(4);
    const [gone, plain, archived] = addresses;
    if (gone === undefined || plain === undefined || archived === undefined) throw new Error('too few');
    await store.hide(await store.head(gone));
    store.put(plain.bucket, plain.key, Buffer.from('plain'));
    const { metadata } = await store.head(archived);
    store.put(archived.bucket, archived.key, Buffer.alloc(16), { metadata, facts: { isArchived: true } });
    expect((await run()).counts).toEqual({
      ...noCounts(),
      ...{ rewrapped: 1, gone: 1, 'not-sealed': 1, archived: 1 },
    });
  });

  test('counts what was deleted meanwhile as gone, and does not bring it back', async () => {
    const { store, run } = await worldOf(3);
    for (const method of ['head', 'copy'] as const) {
      store.before(method, async ({ bucket, key }) => {
        await store.hide(await store.head({ bucket, key }));
      });
    }
    expect((await run()).counts).toEqual({ ...noCounts(), rewrapped: 1, gone: 2 });
  });

  test('counts what was overwritten meanwhile as what it is now, and the newer object stays', async () => {
    const { store, run } = await worldOf(3);
    store.before('copy', ({ bucket, key }) => {
      store.put(bucket, key, Buffer.from('newer'));
    });
    expect((await run()).counts).toEqual({ ...noCounts(), rewrapped: 2, 'not-sealed': 1 });
  });

  test('leaves what time does not suffice for, and the next run takes it up', async () => {
    const { run, addresses } = await worldOf(6);
    let asked = 0;
    const first = await run({ concurrency: 1, hasTimeLeft: () => (asked += 1) <= 4 });
    expect(first).toEqual({
      counts: { ...noCounts(), rewrapped: 4 },
      failures: [],
      left: keysOf(addresses.slice(4)),
    });
    expect((await run()).counts).toEqual({ ...noCounts(), current: 4, rewrapped: 2 });
  });

  test('leaves all where there is no time at all, and asks nobody', async () => {
    const { run, store, addresses } = await worldOf(2);
    expect((await run({ hasTimeLeft: () => false })).left).toEqual(keysOf(addresses));
    expect(store.calls).toEqual([]);
  });

  test('leaves what is not done when it is stopped, what was under way too', async () => {
    const { store, run, addresses } = await worldOf(8);
    const controller = new AbortController();
    store.after('copy', () => {
      controller.abort();
    });
    const report = await run({ concurrency: 1, signal: controller.signal });
    expect(report).toEqual({
      counts: { ...noCounts(), rewrapped: 1 },
      failures: [],
      left: keysOf(addresses.slice(1)),
    });
    store.before('copy', () => {
      throw new SealdropError('ABORTED', 'stopped');
    });
    expect((await run({ concurrency: 1 })).left).toEqual(keysOf(addresses.slice(1, 2)));
  });

  test('keeps up for a while what is throttled, and succeeds', async () => {
    const { kms, run, clock } = await worldOf(3);
    const running = run({ concurrency: 1 });
    // Not earlier: what the run wraps with is asked for before it.
    await Promise.resolve();
    kms.failNext(...throttled(7));
    await clock.run();
    expect((await running).counts).toEqual({ ...noCounts(), rewrapped: 3 });
    expect(clock.waits).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 20_000]);
  });

  test('gives up what is throttled for too long, tells so, and goes on with the next', async () => {
    const { kms, run, clock, addresses } = await worldOf(2);
    const running = run({ concurrency: 1 });
    await Promise.resolve();
    kms.failNext(...throttled(12));
    await clock.run();
    const { counts, failures } = await running;
    expect(counts).toEqual({ ...noCounts(), rewrapped: 1, failed: 1 });
    expect(failures).toMatchObject([{ key: addresses[0]?.key, code: 'THROTTLED' }]);
  });

  test('leaves what it waits for when it is stopped', async () => {
    const { kms, run, clock, addresses } = await worldOf(2);
    const controller = new AbortController();
    const running = run({ concurrency: 1, signal: controller.signal });
    await Promise.resolve();
    kms.failNext(...throttled(1));
    await clock.run(100);
    controller.abort();
    expect(await running).toEqual({ counts: noCounts(), failures: [], left: keysOf(addresses) });
  });

  test.each([1, 2, 7])('never works on more than %i at once, and on each once', async (concurrency) => {
    const { store, run } = await worldOf(12);
    let [atOnce, most] = [0, 0];
    const heading = store.head.bind(store);
    store.head = async (address) => {
      most = Math.max(most, (atOnce += 1));
      await new Promise((resolve) => setImmediate(resolve));
      const object = await heading(address);
      atOnce -= 1;
      return object;
    };
    expect((await run({ concurrency })).counts.rewrapped).toBe(12);
    expect([most, store.countOf('copy')]).toEqual([concurrency, 12]);
  });

  test.each([0, -1, 1.5, NaN, Infinity])(
    'refuses a concurrency of %d before anything is asked',
    async (concurrency) => {
      const { store, run } = await worldOf(2);
      await expect(run({ concurrency })).rejects.toThrow(RangeError);
      expect(store.calls).toEqual([]);
    },
  );

  test('of none is a report of nothing', async () => {
    const { run } = await worldOf(0);
    expect(await run()).toEqual({ counts: noCounts(), failures: [], left: [] });
  });
});
