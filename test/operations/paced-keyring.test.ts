import { expect, jest, test } from '@jest/globals';
import { committingSuite } from '../../envelope/index.ts';
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

test('data keys are made and opened, one after the other', async () => {
  const { clock, kms, paced } = await pacedWorld(10);
  const making = paced.generateDataKey(context, committingSuite);
  const makingAnother = paced.generateDataKey(context, committingSuite);
  await clock.run(99);
  expect(kms.calls).toHaveLength(1);
  const { plaintext, encryptedDataKey } = await making;
  const opening = paced.decryptDataKey(encryptedDataKey);
  await clock.run(100);
  expect(kms.calls).toHaveLength(2);
  await makingAnother;
  await clock.run();
  expect((await opening).plaintext).toEqual(plaintext);
});

test('all that is asked reaches the keyring', async () => {
  const { keyring, encryptedDataKey } = await pacedWorld(1000);
  const asked = {
    generateDataKey: jest.spyOn(keyring, 'generateDataKey'),
    decryptDataKey: jest.spyOn(keyring, 'decryptDataKey'),
    rewrapDataKey: jest.spyOn(keyring, 'rewrapDataKey'),
    currentWrapping: jest.spyOn(keyring, 'currentWrapping'),
  };
  const paced = new PacedKeyring(keyring, new RequestPace({ perSecond: 1000 }));
  const { signal } = new AbortController();
  const generating = [context, committingSuite, signal, 17] as const;
  await paced.generateDataKey(...generating);
  await paced.decryptDataKey(encryptedDataKey, signal);
  const rewrapping = [encryptedDataKey, context, signal, { keyArn: 'noted' }] as const;
  await paced.rewrapDataKey(...rewrapping);
  await paced.currentWrapping(signal);
  expect(asked.generateDataKey.mock.calls).toEqual([generating]);
  expect(asked.decryptDataKey.mock.calls).toEqual([[encryptedDataKey, signal]]);
  expect(asked.rewrapDataKey.mock.calls).toEqual([rewrapping]);
  expect(asked.currentWrapping.mock.calls).toEqual([[signal]]);
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
  const stopped = AbortSignal.abort();
  for (const call of [
    () => paced.generateDataKey(context, committingSuite, stopped),
    () => paced.decryptDataKey(encryptedDataKey, stopped),
    () => paced.rewrapDataKey(encryptedDataKey, context, stopped),
  ]) {
    expect((await failureOf(call)).code).toBe('ABORTED');
  }
  expect(kms.calls).toEqual([]);
});
