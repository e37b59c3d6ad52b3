import { describe, expect, test } from '@jest/globals';
import { committingSuite, SealdropError, type SealdropErrorCode } from '../../envelope/index.ts';
import { CachingKeyring } from '../../operations/caching-keyring.ts';
import { CircuitKeyring } from '../../operations/circuit-keyring.ts';
import { failureOf } from '../support/bytes.ts';
import { createWorld } from '../support/world.ts';

const context = { 'sealdrop-vault': 'archive' };

/** A circuit over a key service that the test takes away; the clock is the test's, too. */
function createScene() {
  const { keyring: inner, kms, keyArn } = createWorld();
  const service = { away: undefined as SealdropErrorCode | undefined, calls: 0, hold: Promise.resolve() };
  const clock = { now: 0 };
  const generate = inner.generateDataKey.bind(inner);
  inner.generateDataKey = async (...args) => {
    service.calls += 1;
    await service.hold;
    if (service.away !== undefined) throw new SealdropError(service.away, `failed ${service.calls}`);
    return generate(...args);
  };
  const keyring = new CircuitKeyring({ keyring: inner, pauseSeconds: 10, now: () => clock.now });
  const seal = () => keyring.generateDataKey(context, committingSuite);
  const codeOf = async () => (await failureOf(() => seal())).code;
  return { kms, keyArn, service, clock, keyring, seal, codeOf };
}

/** Holds every call of the service until it is let go. */
function holdCalls(service: { hold: Promise<void> }): () => void {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  service.hold = promise.then(() => undefined);
  return () => {
    service.hold = Promise.resolve();
    resolve(undefined);
  };
}

describe('while the key service cannot be reached', () => {
  test('only the first call waits for it; the others fail with its error at once', async () => {
    const { service, clock, seal, codeOf } = createScene();
    service.away = 'SERVICE_UNAVAILABLE';
    const first = await failureOf(() => seal());
    for (const now of [0, 1, 9_999]) {
      clock.now = now;
      expect(await failureOf(() => seal())).toBe(first);
    }
    expect(service.calls).toBe(1);
    clock.now = 10_000;
    expect(await codeOf()).toBe('SERVICE_UNAVAILABLE');
    expect(service.calls).toBe(2);
    clock.now = 19_999;
    await codeOf();
    expect(service.calls).toBe(2);
  });

  test('a thousand calls, one after the other, make one call for each pause', async () => {
    const { service, clock, codeOf } = createScene();
    service.away = 'SERVICE_UNAVAILABLE';
    for (let count = 0; count < 1_000; count += 1) {
      expect(await codeOf()).toBe('SERVICE_UNAVAILABLE');
      clock.now += 100;
    }
    expect(service.calls).toBe(10);
  });

  test('those who come while one tries wait for what becomes of it, and fail with it', async () => {
    const { service, clock, seal, codeOf } = createScene();
    service.away = 'SERVICE_UNAVAILABLE';
    await codeOf();
    clock.now = 10_000;
    const letGo = holdCalls(service);
    const waiting = Array.from({ length: 5 }, () => failureOf(() => seal()));
    letGo();
    expect(new Set(await Promise.all(waiting)).size).toBe(1);
    expect(service.calls).toBe(2);
  });

  test('or go on with it, where the service is back', async () => {
    const { service, clock, seal, codeOf } = createScene();
    service.away = 'SERVICE_UNAVAILABLE';
    await codeOf();
    clock.now = 10_000;
    service.away = undefined;
    const letGo = holdCalls(service);
    const waiting = Array.from({ length: 5 }, () => seal());
    await new Promise(setImmediate);
    expect(service.calls).toBe(2);
    letGo();
    expect(await Promise.all(waiting)).toHaveLength(5);
    expect(service.calls).toBe(6);
  });

  test('nobody waits for another any more, once it is back', async () => {
    const { service, clock, seal, codeOf } = createScene();
    service.away = 'SERVICE_UNAVAILABLE';
    await codeOf();
    clock.now = 10_000;
    service.away = undefined;
    await seal();
    const letGo = holdCalls(service);
    const underWay = Array.from({ length: 5 }, () => seal());
    await new Promise(setImmediate);
    expect(service.calls).toBe(7);
    letGo();
    await Promise.all(underWay);
  });

  test('opening fails at once, too', async () => {
    const { service, keyring, codeOf, seal, kms } = createScene();
    const { encryptedDataKey } = await seal();
    service.away = 'SERVICE_UNAVAILABLE';
    await codeOf();
    const callsBefore = kms.calls.length;
    const failure = await failureOf(() => keyring.decryptDataKey(encryptedDataKey));
    expect(failure.code).toBe('SERVICE_UNAVAILABLE');
    expect(kms.calls).toHaveLength(callsBefore);
  });
});

test.each<SealdropErrorCode>(['THROTTLED', 'ACCESS_DENIED', 'KEY_DISABLED', 'KEY_UNAVAILABLE'])(
  'an answer such as %s breaks nothing',
  async (code) => {
    const { service, codeOf } = createScene();
    service.away = code;
    for (const calls of [1, 2, 3]) {
      expect(await codeOf()).toBe(code);
      expect(service.calls).toBe(calls);
    }
  },
);

test('an answer ends the pause that others are told of, whatever it is', async () => {
  const { service, clock, codeOf } = createScene();
  service.away = 'SERVICE_UNAVAILABLE';
  await codeOf();
  clock.now = 10_000;
  service.away = 'ACCESS_DENIED';
  expect([await codeOf(), await codeOf()]).toEqual(['ACCESS_DENIED', 'ACCESS_DENIED']);
});

test('whoever is stopped while it tries leaves that to one other, and to one alone', async () => {
  const { service, clock, codeOf, seal } = createScene();
  service.away = 'SERVICE_UNAVAILABLE';
  await codeOf();
  clock.now = 10_000;
  service.away = 'ABORTED';
  expect(await codeOf()).toBe('ABORTED');
  service.away = 'SERVICE_UNAVAILABLE';
  const failures = await Promise.all(Array.from({ length: 3 }, () => failureOf(() => seal())));
  expect(new Set(failures).size).toBe(1);
  expect(service.calls).toBe(3);
});

test('a cache over it goes on with what it holds, and fails closed past its limits', async () => {
  const { keyring, keyArn, service, clock } = createScene();
  const cache = new CachingKeyring({
    keyring,
    keyId: keyArn,
    sealing: { maxMessages: 3, maxAgeSeconds: 60 },
    now: () => clock.now,
  });
  const seal = () => cache.generateDataKey(context, committingSuite, undefined, 1);
  await seal();
  service.away = 'SERVICE_UNAVAILABLE';
  await seal();
  await seal();
  expect((await failureOf(seal)).code).toBe('SERVICE_UNAVAILABLE');
  clock.now = 10_000;
  service.away = undefined;
  await seal();
  service.away = 'SERVICE_UNAVAILABLE';
  clock.now = 69_999;
  await seal();
  clock.now = 70_000;
  expect((await failureOf(seal)).code).toBe('SERVICE_UNAVAILABLE');
});
