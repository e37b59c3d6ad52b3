import {
  GetBucketLifecycleConfigurationCommand,
  GetBucketVersioningCommand,
  S3Client,
  type LifecycleRule,
} from '@aws-sdk/client-s3';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { readAgeRules, readVersioning } from '../../aws/bucket-settings.ts';
import { failureOf } from '../support/bytes.ts';

const client = new S3Client({ region: 'eu-west-1' });
const mock = mockClient(client as unknown as Parameters<typeof mockClient>[0]);

beforeEach(() => {
  mock.reset();
});

const refusal = (name: string): Error => Object.assign(new Error('no'), { name });

describe('versioning', () => {
  test.each([
    ['Enabled', 'on'],
    ['Suspended', 'suspended'],
    [undefined, 'off'],
  ] as const)('that is %s is %s', async (Status, expected) => {
    mock.on(GetBucketVersioningCommand).resolves(Status === undefined ? {} : { Status });
    expect(await readVersioning(client, 'bucket')).toBe(expected);
  });

  test('that may not be read is not known', async () => {
    mock.on(GetBucketVersioningCommand).rejects(refusal('AccessDenied'));
    expect(await readVersioning(client, 'bucket')).toBeUndefined();
  });

  test('of no bucket is a failure', async () => {
    mock.on(GetBucketVersioningCommand).rejects(refusal('NoSuchBucket'));
    expect((await failureOf(() => readVersioning(client, 'bucket'))).code).toBe('BUCKET_NOT_FOUND');
  });
});

describe('rules that go by ages', () => {
  const rulesOf = (...Rules: LifecycleRule[]) => {
    mock.on(GetBucketLifecycleConfigurationCommand).resolves({ Rules });
    return readAgeRules(client, 'bucket', 'a/b/');
  };

  test('are told with what they do, and when', async () => {
    const rule: LifecycleRule = {
      ...{ ID: 'all', Status: 'Enabled', Filter: { Prefix: 'a/' } },
      Expiration: { Days: 30 },
      Transitions: [{ Days: 10, StorageClass: 'GLACIER' }, { Date: new Date() }],
      NoncurrentVersionExpiration: { NoncurrentDays: 7 },
    };
    expect(await rulesOf(rule)).toEqual([
      {
        ...{ id: 'all', prefix: 'a/', expiresAfterDays: 30, noncurrentExpireAfterDays: 7 },
        movesAfterDays: [{ days: 10, storageClass: 'GLACIER' }],
      },
    ]);
  });

  const olderPrefix: object = { Prefix: 'a/' };
  const expires = { Status: 'Enabled', Expiration: { Days: 1 } } as const;

  test.each<[string, LifecycleRule, boolean]>([
    ['is for everything', { ...expires, Filter: {} }, true],
    ['is for some of it', { ...expires, Filter: { Prefix: 'a/b/c/' } }, true],
    ['is for tags, too', { ...expires, Filter: { And: { Prefix: 'a/', Tags: [] } } }, true],
    ['is of the older kind', { ...expires, ...olderPrefix }, true],
    ['is for other keys', { ...expires, Filter: { Prefix: 'c/' } }, false],
    ['is off', { ...expires, Status: 'Disabled', Filter: {} }, false],
    ['ends uploads', { Status: 'Enabled', Filter: {}, AbortIncompleteMultipartUpload: {} }, false],
    ['goes by a date', { Status: 'Enabled', Filter: {}, Expiration: { Date: new Date() } }, false],
  ])('one that %s', async (_, rule, isOne) => {
    expect(await rulesOf(rule)).toHaveLength(isOne ? 1 : 0);
  });

  test.each([
    ['NoSuchLifecycleConfiguration', []],
    ['AccessDenied', undefined],
  ])('%s', async (name, expected) => {
    mock.on(GetBucketLifecycleConfigurationCommand).rejects(refusal(name));
    expect(await readAgeRules(client, 'bucket', '')).toEqual(expected);
  });
});
