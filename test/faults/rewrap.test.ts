import { describe, expect, test } from '@jest/globals';
import { SealdropError, type RewrappingKeyring } from '../../envelope/index.ts';
import type { ObjectAddress } from '../../operations/object-store.ts';
import { openToBuffer } from '../../operations/open-object.ts';
import { PacedKeyring } from '../../operations/paced-keyring.ts';
import { RequestPace } from '../../operations/request-pace.ts';
import { noCounts, rewrapMany, type RewrapManyOptions } from '../../operations/rewrap-many.ts';
import { sealContent, type SealContentOptions } from '../../operations/seal-content.ts';
import { allowing, inFile, onObject } from '../operations/rewrap-scene.ts';
import { contentFrom, createScene, type Scene } from '../operations/scene.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { FakeKeyring } from '../support/fake-keyring.ts';
import { FakeKmsException } from '../support/fake-kms.ts';

interface Vaultful extends Scene {
  readonly addresses: readonly ObjectAddress[];
  readonly otherKeyArn: string;
  /** Wraps with the other key, and opens what either wrapped. */
  readonly other: FakeKeyring;
  readonly clock: FakeClock;
  readonly run: (options?: Partial<RewrapManyOptions>) => ReturnType<typeof rewrapMany>;
}

const count = 12;

/** A vault of objects under one key, that are to move to another. */
async function vaultOf(how: Partial<SealContentOptions> = {}): Promise<Vaultful> {
  const scene = createScene();
  const { kms, keyArn, store, vault, sealing } = scene;
  const addresses = Array.from({ length: count }, (_, index) => ({
    bucket: 'sealed',
    key: `object-${index}`,
  }));
  for (const at of addresses) {
    await sealContent(contentFrom(Buffer.from(at.key)), at, { absent: true }, { ...sealing, ...how });
  }
  const otherKeyArn = kms.createKey();
  const other = new FakeKeyring(kms, otherKeyArn, [keyArn]);
  const clock = new FakeClock();
  const run: Vaultful['run'] = async (options = {}) => {
    const current = await other.currentWrapping();
    const throttling = { wait: clock.wait };
    return rewrapMany(addresses, {
      ...{ store, vault, keyring: other, current, concurrency: 3, throttling },
      ...options,
    });
  };
  return { ...scene, addresses, otherKeyArn, other, clock, run };
}

/** What opens with one key alone, whatever became of the other. */
async function openedBy(world: Vaultful, keyArn: string): Promise<string[]> {
  const keyring = new FakeKeyring(world.kms, keyArn);
  const opened: string[] = [];
  for (const at of world.addresses) {
    const opening = openToBuffer(at, { ...world.reading, ...allowing, keyring });
    const content = await opening.then(
      (found) => found.content.toString(),
      () => undefined,
    );
    if (content !== undefined) {
      expect(content).toBe(at.key);
      opened.push(at.key);
    }
  }
  return opened;
}

/** Each object opens: those that the report tells of failed or left by the old key, all others by the new one. */
async function expectAsReported(
  world: Vaultful,
  { failures, left }: Awaited<ReturnType<typeof rewrapMany>>,
): Promise<void> {
  const inOld = [...failures.map(({ key }) => key), ...left].sort();
  const rest = world.addresses.map(({ key }) => key).filter((key) => !inOld.includes(key));
  world.kms.setState(world.keyArn, 'Enabled');
  expect(await openedBy(world, world.otherKeyArn)).toEqual(rest);
  const byOld = await openedBy(world, world.keyArn);
  for (const key of inOld) expect(byOld).toContain(key);
}

describe.each([...onObject, ...inFile])('a run over objects of %s', (_, how) => {
  test('with another one at once moves all, once or twice, and leaves none in between', async () => {
    const world = await vaultOf(how);
    const reports = await Promise.all([world.run(), world.run(), world.run({ concurrency: 1 })]);
    for (const { failures, left } of reports) expect([failures, left]).toEqual([[], []]);
    expect(await openedBy(world, world.otherKeyArn)).toHaveLength(count);
    expect((await world.run()).counts).toEqual({ ...noCounts(), current: count });
  });

  test('towards one key with another one towards the first leaves every object openable', async () => {
    const world = await vaultOf(how);
    const { kms, keyArn, otherKeyArn } = world;
    kms.rotate(keyArn);
    const back = new FakeKeyring(kms, keyArn, [otherKeyArn]);
    const current = await back.currentWrapping();
    const reports = await Promise.all([world.run(), world.run({ keyring: back, current })]);
    for (const { failures } of reports) expect(failures).toEqual([]);
    const opened = [...(await openedBy(world, keyArn)), ...(await openedBy(world, otherKeyArn))];
    expect(new Set(opened).size).toBe(count);
    // The last one to run is right: that is why a key is retired only after all others have ended.
    expect((await world.run()).failures).toEqual([]);
    expect(await openedBy(world, otherKeyArn)).toHaveLength(count);
  });

  test.each([
    ['the old key', 'keyArn', 'KEY_DISABLED'],
    ['the new key', 'otherKeyArn', 'KEY_DISABLED'],
  ] as const)('whose key is disabled midway tells the rest: %s', async (__, which, code) => {
    const world = await vaultOf(how);
    let asked = 0;
    const keyring: Pick<RewrappingKeyring, 'rewrapDataKey'> = {
      rewrapDataKey: (...request) => {
        asked += 1;
        if (asked === 6) world.kms.setState(world[which], 'Disabled');
        return world.other.rewrapDataKey(...request);
      },
    };
    const report = await world.run({ keyring, concurrency: 1 });
    expect(report.counts).toEqual({ ...noCounts(), rewrapped: 5, failed: count - 5 });
    expect(new Set(report.failures.map((failure) => failure.code))).toEqual(new Set([code]));
    world.kms.setState(world.otherKeyArn, 'Enabled');
    await expectAsReported(world, report);
    expect((await world.run()).counts).toEqual({ ...noCounts(), current: 5, rewrapped: count - 5 });
  });

  test('that KMS throttles for a minute comes to its end, at its pace', async () => {
    const world = await vaultOf(how);
    const { clock } = world;
    const pace = new RequestPace({ perSecond: 10, now: clock.now, wait: clock.wait });
    const sent: number[] = [];
    const other: RewrappingKeyring = world.other;
    const throttling: RewrappingKeyring = {
      generateDataKey: (...request) => other.generateDataKey(...request),
      decryptDataKey: (...request) => other.decryptDataKey(...request),
      currentWrapping: () => other.currentWrapping(),
      rewrapDataKey: (...request) => {
        sent.push(clock.now());
        if (clock.now() < 60_000) world.kms.failNext(new FakeKmsException('ThrottlingException'));
        return other.rewrapDataKey(...request);
      },
    };
    for (const chance of [0, 0.5, 0.999]) {
      const running = world.run({
        keyring: new PacedKeyring(throttling, pace),
        throttling: { wait: clock.wait, random: () => chance },
      });
      await clock.run();
      const report = await running;
      expect(report.failures).toEqual([]);
      await expectAsReported(world, report);
    }
    const busiest = Math.max(
      ...sent.map((from) => sent.filter((at) => at >= from && at < from + 999.999).length),
    );
    expect(busiest).toBeLessThanOrEqual(10);
  });

  test('to a key whose policy does not let it wrap changes nothing, and says so', async () => {
    const world = await vaultOf(how);
    const { store } = world;
    const keyring = {
      rewrapDataKey: () => Promise.reject(new SealdropError('ACCESS_DENIED', 'kms:ReEncrypt was denied')),
    };
    const before = await Promise.all(world.addresses.map((at) => store.head(at)));
    const report = await world.run({ keyring });
    expect(report.counts).toEqual({ ...noCounts(), failed: count });
    expect(report.failures.map(({ code, message }) => [code, message])).toEqual(
      Array(count).fill(['ACCESS_DENIED', 'kms:ReEncrypt was denied']),
    );
    expect(await Promise.all(world.addresses.map((at) => store.head(at)))).toEqual(before);
    expect(await openedBy(world, world.keyArn)).toHaveLength(count);
  });

  test.each(['head', 'get', 'copy', 'write'] as const)(
    'over versions of which some may not be asked for by %s tells which, and moves the rest',
    async (method) => {
      const world = await vaultOf(how);
      const denied = world.addresses.slice(2, 5).map(({ key }) => key);
      const { store } = world;
      const asking = (store[method] as (...args: unknown[]) => Promise<unknown>).bind(store);
      const refusing = (...args: unknown[]): Promise<unknown> => {
        const { key } = (method === 'copy' ? args[1] : args[0]) as { key?: string; address?: ObjectAddress };
        const name = key ?? (args[1] as { address: ObjectAddress }).address.key;
        return denied.includes(name.replace('.instruction', ''))
          ? Promise.reject(new SealdropError('ACCESS_DENIED', 'no'))
          : asking(...args);
      };
      Object.assign(store, { [method]: refusing });
      const report = await world.run();
      Object.assign(store, { [method]: asking });
      const isAsked = method === 'head' || (method === 'copy') !== (how.instructionFiles === true);
      const isOfFile = method === 'get' || method === 'write';
      const isMet = isOfFile ? how.instructionFiles === true : isAsked;
      expect(report.failures.map(({ key, code }) => [key, code]).sort()).toEqual(
        isMet ? denied.map((key) => [key, 'ACCESS_DENIED']) : [],
      );
      await expectAsReported(world, report);
    },
  );

  test('that dies anywhere is gone on with by the next', async () => {
    for (const method of ['head', 'get', 'copy', 'write'] as const) {
      for (const when of ['before', 'after'] as const) {
        const world = await vaultOf(how);
        const stop = new AbortController();
        for (let skipped = 0; skipped < 4; skipped += 1) world.store[when](method, () => undefined);
        world.store[when](method, () => {
          stop.abort();
          throw new SealdropError('ABORTED', 'killed');
        });
        const report = await world.run({ signal: stop.signal, concurrency: 2 });
        // What it counted is moved; of what it left one may be moved as well, since nobody was told any more.
        world.store.forgetHooks();
        expect(report.failures).toEqual([]);
        const moved = await openedBy(world, world.otherKeyArn);
        const notMoved = await openedBy(world, world.keyArn);
        expect(new Set([...moved, ...notMoved]).size).toBe(count);
        const next = await world.run();
        expect(next.counts).toEqual({
          ...noCounts(),
          current: moved.length,
          rewrapped: count - moved.length,
        });
        expect(await openedBy(world, world.otherKeyArn)).toHaveLength(count);
      }
    }
  });
});
