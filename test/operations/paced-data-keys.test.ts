import { expect, test } from '@jest/globals';
import { committingSuite } from '../../envelope/index.ts';
import { PacedDataKeys } from '../../operations/paced-data-keys.ts';
import { RequestPace } from '../../operations/request-pace.ts';
import { failureOf } from '../support/bytes.ts';
import { FakeKeyring } from '../support/fake-keyring.ts';
import { FakeKms } from '../support/fake-kms.ts';

const kms = new FakeKms();
const keyring = new FakeKeyring(kms, kms.createKey());
const context = { 'aws:x-amz-cek-alg': '115' };

test('data keys are made and opened, one after the other', async () => {
  const waits: number[] = [];
  const wait = (milliseconds: number): Promise<void> => {
    waits.push(milliseconds);
    return Promise.resolve();
  };
  const paced = new PacedDataKeys(keyring, new RequestPace({ perSecond: 10, now: () => 0, wait }));
  const { plaintext, encryptedDataKey } = await paced.generateDataKey(context, committingSuite);
  expect((await paced.decryptDataKey(encryptedDataKey)).plaintext).toEqual(plaintext);
  expect(waits).toEqual([100]);
});

test('nothing is asked when the work was stopped', async () => {
  const paced = new PacedDataKeys(keyring, new RequestPace({ perSecond: 10 }));
  const before = kms.calls.length;
  const failure = await failureOf(() => paced.generateDataKey(context, committingSuite, AbortSignal.abort()));
  expect([failure.code, kms.calls.length]).toEqual(['ABORTED', before]);
});
