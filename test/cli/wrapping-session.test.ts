import { KMSClient } from '@aws-sdk/client-kms';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { openWrapping, type WrappingFlags } from '../../cli/wrapping-session.ts';
import { committingSuite } from '../../envelope/index.ts';
import { failureOf, thrownBy } from '../support/bytes.ts';
import { FakeKms, FakeKmsException } from '../support/fake-kms.ts';
import { mockKms } from '../support/mock-kms.ts';

const context = { 'aws:x-amz-cek-alg': '115' };
const { signal } = new AbortController();
let kms: FakeKms;
let [old, next] = ['', ''];

beforeEach(() => {
  kms = new FakeKms();
  [old, next] = [kms.createKey(), kms.createKey()];
  kms.setAlias('alias/old', old);
  kms.setAlias('alias/next', next);
});

function opened(flags: Partial<WrappingFlags> = {}): ReturnType<typeof openWrapping> {
  const client = new KMSClient({ region: 'eu-west-1' });
  mockKms(client, kms);
  return openWrapping({ key: 'alias/old', requestsPerSecond: 1000, ...flags }, client, signal);
}

describe('the wrapping', () => {
  test('is the newest of the key; KMS was asked for a description alone', async () => {
    const keyMaterialId = kms.rotate(old);
    const { current, keysAsked } = await opened();
    expect([current, keysAsked]).toEqual([{ keyArn: old, keyMaterialId }, 1]);
    expect(kms.calls.map(({ action }) => action)).toEqual(['DescribeKey']);
  });

  test('is that of another key, which data keys of the others move to', async () => {
    const { keyring } = await opened();
    const { encryptedDataKey } = await keyring.generateDataKey(context, committingSuite);
    const moving = await opened({ toKey: 'alias/next' });
    expect([moving.current.keyArn, moving.keysAsked]).toEqual([next, 2]);
    kms.calls.length = 0;
    const noted = { keyArn: old };
    const { wrapping } = await moving.keyring.rewrapDataKey(encryptedDataKey, context, signal, noted);
    expect(wrapping.keyArn).toBe(next);
    // The key that the object records is asked first, though an alias was typed.
    expect(kms.calls).toHaveLength(1);
  });

  test('of a reseal is that of the other key, too', async () => {
    const { keyring } = await opened({ toKey: 'alias/next', acceptKey: ['alias/old', old] });
    const { encryptedDataKey } = await keyring.generateDataKey(context, committingSuite);
    expect((await keyring.decryptDataKey(encryptedDataKey)).wrapping?.keyArn).toBe(next);
  });
});

describe('a key', () => {
  test('that was not named is used wrongly', async () => {
    expect(await thrownBy(() => opened({ key: '' }))).toMatchObject({ name: 'UsageError' });
  });

  test.each([
    [{ key: 'alias/none' }, 'KEY_NOT_FOUND'],
    [{ toKey: 'alias/none' }, 'KEY_NOT_FOUND'],
    [{ acceptKey: ['alias/none'] }, 'KEY_NOT_FOUND'],
    [{ key: 'alias/aws/s3' }, 'KEY_NOT_CUSTOMER_MANAGED'],
  ])('%j: %s', async (flags, code) => {
    expect((await failureOf(() => opened(flags))).code).toBe(code);
  });

  test('that is disabled cannot wrap', async () => {
    kms.setState(old, 'Disabled');
    expect((await failureOf(() => opened())).code).toBe('KEY_DISABLED');
  });

  test('that may not be described is accepted by its name', async () => {
    const describe = kms.describeKey.bind(kms);
    kms.describeKey = (input) => {
      if (input.KeyId === 'alias/old') throw new FakeKmsException('AccessDeniedException');
      return describe(input);
    };
    expect((await opened({ toKey: 'alias/next' })).keysAsked).toBe(2);
  });

  test('that must wrap has to be described', async () => {
    kms.failNext(new FakeKmsException('AccessDeniedException'));
    expect((await failureOf(() => opened())).code).toBe('ACCESS_DENIED');
  });
});
