import { describe, expect, test } from '@jest/globals';
import { SealdropError } from '../../envelope/index.ts';
import { rewrapAll, type RewrapAllOptions } from '../../operations/rewrap-all.ts';
import { sealDrop } from '../../operations/seal-drop.ts';
import { failureOf } from '../support/bytes.ts';
import { createWorld, sealedBucket, sealedPrefix, type World } from '../support/world.ts';

const none = { rewrapped: 0, current: 0, 'not-sealed': 0, gone: 0, failed: 0 };

async function worldOf(count: number): Promise<World & { run: RewrapAllOptions }> {
  const world = createWorld();
  for (let index = 0; index < count; index += 1) {
    await sealDrop(world.drop(`file-${index}`, Buffer.from(`content ${index}`)), world.options);
  }
  world.kms.calls.length = 0;
  world.store.calls.length = 0;
  const { store, keyring, options } = world;
  const run = {
    store,
    keyring,
    vault: options.vault,
    bucket: sealedBucket,
    prefix: sealedPrefix,
    concurrency: 3,
    hasTimeLeft: () => true,
  };
  return { ...world, run };
}

describe('a run over a bucket', () => {
  test('rewraps all that is under old material, then finds all of it current', async () => {
    const { kms, keyArn, run } = await worldOf(10);
    kms.rotate(keyArn);
    expect(await rewrapAll(run)).toEqual({
      counts: { ...none, rewrapped: 10 },
      failures: [],
      incomplete: false,
    });
    kms.calls.length = 0;
    expect((await rewrapAll(run)).counts).toEqual({ ...none, current: 10 });
    expect(kms.calls.map(({ action }) => action)).toEqual(['DescribeKey']);
  });

  test('touches nothing outside its prefix', async () => {
    const { kms, keyArn, store, run } = await worldOf(2);
    store.put(sealedBucket, 'elsewhere/file', Buffer.from('plain'));
    store.put(sealedBucket, `${sealedPrefix}plain`, Buffer.from('plain'));
    kms.rotate(keyArn);
    expect((await rewrapAll(run)).counts).toEqual({ ...none, rewrapped: 2, 'not-sealed': 1 });
  });

  test('goes on past failures and reports each with its key', async () => {
    const { kms, keyArn, store, run } = await worldOf(5);
    kms.rotate(keyArn);
    const { metadata } = await store.head({ bucket: sealedBucket, key: `${sealedPrefix}file-1` });
    const damaged = { ...metadata, 'x-amz-3': 'AAAA' };
    store.put(sealedBucket, `${sealedPrefix}file-1`, Buffer.alloc(16), { metadata: damaged });
    const { counts, failures, incomplete } = await rewrapAll(run);
    expect(counts).toEqual({ ...none, rewrapped: 4, failed: 1 });
    expect(failures).toMatchObject([
      { key: `${sealedPrefix}file-1`, error: { code: 'AUTHENTICATION_FAILED' } },
    ]);
    expect(incomplete).toBe(false);
  });

  test('counts what was deleted meanwhile as gone', async () => {
    const { kms, keyArn, store, run } = await worldOf(3);
    kms.rotate(keyArn);
    store.before('head', async (address) => {
      await store.hide(await store.head(address));
    });
    expect((await rewrapAll(run)).counts).toEqual({ ...none, rewrapped: 2, gone: 1 });
  });

  test('counts what was overwritten meanwhile as what it is now, and the newer object stays', async () => {
    const { kms, keyArn, store, run } = await worldOf(3);
    kms.rotate(keyArn);
    store.before('replaceMetadata', ({ bucket, key }) => {
      store.put(bucket, key, Buffer.from('newer'));
    });
    expect((await rewrapAll(run)).counts).toEqual({ ...none, rewrapped: 2, 'not-sealed': 1 });
  });

  test('stops in time, says so, and the next run goes on', async () => {
    const { kms, keyArn, run } = await worldOf(6);
    kms.rotate(keyArn);
    let asked = 0;
    const first = await rewrapAll({ ...run, concurrency: 1, hasTimeLeft: () => (asked += 1) <= 4 });
    expect(first).toMatchObject({ counts: { rewrapped: 4 }, incomplete: true });
    const second = await rewrapAll(run);
    expect(second).toMatchObject({ counts: { current: 4, rewrapped: 2 }, incomplete: false });
  });

  test('that is stopped says that it did not end, and counts no object that it never tried', async () => {
    const { kms, keyArn, store, run } = await worldOf(8);
    kms.rotate(keyArn);
    const controller = new AbortController();
    store.after('replaceMetadata', () => {
      controller.abort();
    });
    const summary = await rewrapAll({ ...run, concurrency: 1, signal: controller.signal });
    expect(summary.incomplete).toBe(true);
    expect(summary.counts.rewrapped).toBe(1);
    expect(summary.counts.failed).toBeLessThanOrEqual(1);
  });

  test('does nothing where there is no time at all', async () => {
    const { run, store } = await worldOf(2);
    expect(await rewrapAll({ ...run, hasTimeLeft: () => false })).toEqual({
      counts: none,
      failures: [],
      incomplete: true,
    });
    expect(store.countOf('head')).toBe(0);
  });

  test.each([1, 2, 7])(
    'never works on more than %i objects at once, and on each once',
    async (concurrency) => {
      const { kms, keyArn, store, run } = await worldOf(12);
      kms.rotate(keyArn);
      let [atOnce, most] = [0, 0];
      const heading = store.head.bind(store);
      store.head = async (address) => {
        most = Math.max(most, (atOnce += 1));
        await new Promise((resolve) => setImmediate(resolve));
        const object = await heading(address);
        atOnce -= 1;
        return object;
      };
      expect((await rewrapAll({ ...run, concurrency })).counts.rewrapped).toBe(12);
      expect(most).toBe(concurrency);
    },
  );

  test.each([0, -1, NaN])('never claims to be complete with a concurrency of %d', async (concurrency) => {
    const { kms, keyArn, run } = await worldOf(2);
    kms.rotate(keyArn);
    const outcome = await rewrapAll({ ...run, concurrency }).catch(() => ({ incomplete: true }));
    expect(outcome.incomplete).toBe(true);
  });

  test('throws what describing the key throws, before it lists', async () => {
    const { kms, keyArn, store, run } = await worldOf(1);
    kms.setState(keyArn, 'Disabled');
    kms.failNext(Object.assign(new Error('no'), { name: 'AccessDeniedException' }));
    expect((await failureOf(() => rewrapAll(run))).code).toBe('ACCESS_DENIED');
    expect(store.countOf('list')).toBe(0);
  });

  test('throws what listing throws, and leaves nothing under way', async () => {
    const { kms, keyArn, store, run } = await worldOf(6);
    kms.rotate(keyArn);
    const [listing, heading] = [store.list.bind(store), store.head.bind(store)];
    store.head = async (address) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      return heading(address);
    };
    store.list = async function* (bucket, prefix) {
      let listed = 0;
      for await (const object of listing(bucket, prefix)) {
        if ((listed += 1) > 3) throw new SealdropError('THROTTLED', 'too fast');
        yield object;
      }
    };
    expect((await failureOf(() => rewrapAll(run))).code).toBe('THROTTLED');
    const callsAtEnd = store.calls.length;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(store.calls).toHaveLength(callsAtEnd);
  });
});
