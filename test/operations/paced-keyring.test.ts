import { expect, test } from '@jest/globals';
import { committingSuite, SealdropError } from '../../envelope/index.ts';
import { PacedKeyring } from '../../operations/paced-keyring.ts';
import { RequestPace } from '../../operations/request-pace.ts';
import { failureOf } from '../support/bytes.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { createWorld } from '../support/world.ts';

const context = { 'aws:x-amz-cek-alg': '115' };

async function pacedWorld(perSecond: number) {
  const { keyring, kms, keyArn } = createWorld();
  const clock = new FakeClock();
  const pace = new RequestPace({ perSecond, now: clock.now, wait: clock.wait });
  const { encryptedDataKey } = await keyring.generateDataKey(context, committingSuite);
  kms.calls.length = 0;
  return { clock, pace, kms, keyArn, keyring, encryptedDataKey, paced: new PacedKeyring(keyring, pace) };
}

test('rewrapping keeps to the pace, and comes to what the keyring answers', async () => {
  const { clock, kms, encryptedDataKey, paced, keyring } = await pacedWorld(2);
  const all = Promise.all([1, 2, 3].map(() => paced.rewrapDataKey(encryptedDataKey, context)));
  await clock.run(0);
  expect(kms.calls).toHaveLength(1);
  await clock.run(999);
  expect(kms.calls).toHaveLength(2);
  await clock.run();
  for (const { wrapping } of await all) expect(wrapping).toEqual(await keyring.currentWrapping());
});

test('all that is asked reaches the keyring', async () => {
  const { pace, keyring, encryptedDataKey } = await pacedWorld(2);
  const asked: unknown[] = [];
  const rewrapDataKey: typeof keyring.rewrapDataKey = (...request) => {
    asked.push(request);
    return keyring.rewrapDataKey(...request);
  };
  const currentWrapping: typeof keyring.currentWrapping = (...request) => {
    asked.push(request);
    return keyring.currentWrapping(...request);
  };
  const paced = new PacedKeyring({ rewrapDataKey, currentWrapping }, pace);
  const { signal } = new AbortController();
  await paced.rewrapDataKey(encryptedDataKey, context, signal, { keyArn: 'noted' });
  await paced.currentWrapping(signal);
  expect(asked).toEqual([[encryptedDataKey, context, signal, { keyArn: 'noted' }], [signal]]);
});

test('asking for the current wrapping waits for no turn', async () => {
  const { keyArn, paced, encryptedDataKey, clock } = await pacedWorld(0.001);
  await paced.rewrapDataKey(encryptedDataKey, context);
  expect((await paced.currentWrapping()).keyArn).toBe(keyArn);
  expect(clock.waits).toEqual([]);
});

test('what the keyring throws is thrown, and a throttled one slows down', async () => {
  const { kms, pace, paced, encryptedDataKey } = await pacedWorld(100);
  kms.failNext(Object.assign(new Error('no'), { name: 'ThrottlingException' }));
  expect((await failureOf(() => paced.rewrapDataKey(encryptedDataKey, context))).code).toBe('THROTTLED');
  expect(pace.perSecond).toBe(50);
});

test('nothing is sent for whom it was stopped', async () => {
  const { kms, paced, encryptedDataKey } = await pacedWorld(100);
  const rewrapping = paced.rewrapDataKey(encryptedDataKey, context, AbortSignal.abort());
  expect(await failureOf(() => rewrapping)).toBeInstanceOf(SealdropError);
  expect(kms.calls).toEqual([]);
});
