import { describe, expect, test } from '@jest/globals';
import {
  dataKeyCacheMost,
  limitsOutOfRange,
  readDrillSettings,
  readReportSettings,
  readRewrapSettings,
  readSealSettings,
  toEnvironment,
  type DataKeyCacheLimits,
  type DrillSettings,
  type ReportSettings,
  type RewrapSettings,
  type SealSettings,
} from '../../lambda/settings.ts';
import { CachingKeyring } from '../../operations/caching-keyring.ts';
import { failureOf } from '../support/bytes.ts';
import { createWorld } from '../support/world.ts';

const seal: SealSettings = {
  vaultId: 'archive-1',
  binding: 'object',
  keyArn: 'arn:aws:kms:eu-west-1:111122223333:key/1',
  sealedBucket: 'sealed',
  sealedPrefix: 'in/ü',
  handover: 'delete',
  queueUrl: 'https://sqs.eu-west-1.amazonaws.com/111122223333/drops',
  deadLetterQueueUrl: 'https://sqs.eu-west-1.amazonaws.com/111122223333/dead-letters',
  maxReceives: 5,
  keepTryingSeconds: 345_600,
  dataKeyCache: { maxAgeSeconds: 60, maxMessages: 100, maxBytes: 4096 },
};
const rewrap: RewrapSettings = {
  vaultId: 'archive-1',
  binding: 'vault',
  keyArn: seal.keyArn,
  sealedBucket: 'sealed',
  sealedPrefix: '',
  concurrency: 25,
  workers: 20,
  requestsPerSecond: 0.5,
};
const report: ReportSettings = {
  vaultId: 'archive-1',
  reportBucket: 'reports',
  toleratedFailurePercentage: 2.5,
};

const limits: DataKeyCacheLimits = { maxAgeSeconds: 60, maxMessages: 100, maxBytes: 4096 };
const outOfRange = [
  ...[0, -1, 0.5, 86_401, '60', null].map((maxAgeSeconds) => ({ ...limits, maxAgeSeconds })),
  // More objects under one data key than the format is safe for.
  ...[0, -1, 1.5, 2 ** 32 + 1, true].map((maxMessages) => ({ ...limits, maxMessages })),
  ...[0, -1, 1.5, 2 ** 53].map((maxBytes) => ({ ...limits, maxBytes })),
];

describe('the limits of the cache of data keys', () => {
  test.each<[Partial<DataKeyCacheLimits>, string[]]>([
    [{}, []],
    [{ maxAgeSeconds: 1, maxMessages: 1, maxBytes: 1 }, []],
    [dataKeyCacheMost, []],
    [{ maxMessages: 2 ** 32 + 1 }, ['maxMessages']],
    [{ maxAgeSeconds: 0, maxMessages: 0, maxBytes: 0 }, ['maxAgeSeconds', 'maxMessages', 'maxBytes']],
    [{ maxAgeSeconds: 86_401, maxBytes: NaN }, ['maxAgeSeconds', 'maxBytes']],
  ])('%j: %j are out of their ranges', (asked, expected) => {
    expect(limitsOutOfRange(asked)).toEqual(expected);
  });

  test('are those of the caching keyring', () => {
    const { keyring } = createWorld();
    const make = (sealing: DataKeyCacheLimits) => new CachingKeyring({ keyring, keyId: 'key', sealing });
    expect(make(dataKeyCacheMost).counts.sealMisses).toBe(0);
    expect(() => make({ ...dataKeyCacheMost, maxMessages: dataKeyCacheMost.maxMessages + 1 })).toThrow();
  });

  test('may be left out altogether', () => {
    const environment = toEnvironment({ ...seal, dataKeyCache: 'none' });
    expect(environment['SEALDROP_DATA_KEY_CACHE']).toBe('none');
    expect(readSealSettings(environment).dataKeyCache).toBe('none');
  });
});
const drill: DrillSettings = {
  ...{
    vaultId: 'archive-1',
    binding: 'none',
    keyArn: seal.keyArn,
    sealedBucket: 'replica',
    sealedPrefix: '',
  },
  ...{ concurrency: 8, sample: 100 },
};

describe('settings', () => {
  test('of the seal function are read back from its environment', () => {
    expect(readSealSettings(toEnvironment(seal))).toEqual(seal);
  });

  test('of the rewrap function are read back from its environment', () => {
    expect(readRewrapSettings(toEnvironment(rewrap))).toEqual(rewrap);
  });

  test('of the report function are read back from its environment', () => {
    expect(readReportSettings(toEnvironment(report))).toEqual(report);
  });

  test('of the drill function are read back from its environment', () => {
    expect(readDrillSettings(toEnvironment(drill))).toEqual(drill);
  });

  test.each(['0', '10001', '1%', ''])(
    'of the drill function with the sample "%s" are refused',
    async (sample) => {
      const environment = { ...toEnvironment(drill), SEALDROP_SAMPLE: sample };
      const failure = await failureOf(() => readDrillSettings(environment));
      expect(failure.fields).toEqual({ variables: ['SEALDROP_SAMPLE'] });
    },
  );

  test('are all named by the package, and are texts', () => {
    const environment = {
      ...toEnvironment(seal),
      ...toEnvironment(rewrap),
      ...toEnvironment(report),
      ...toEnvironment(drill),
    };
    for (const [name, value] of Object.entries(environment)) {
      expect(name).toMatch(/^SEALDROP_[A-Z_]+$/);
      expect(typeof value).toBe('string');
    }
  });

  test('pass over other variables', () => {
    const environment = { ...toEnvironment(seal), PATH: '/bin', SEALDROP_OTHER: 'x' };
    expect(readSealSettings(environment)).toEqual(seal);
  });

  test('that are all missing are named, all of them', async () => {
    const failure = await failureOf(() => readSealSettings({}));
    expect(failure.code).toBe('SETTINGS_INVALID');
    expect(failure.fields['variables']).toEqual(
      Object.keys(toEnvironment(seal)).filter((name) => name !== 'SEALDROP_SEALED_PREFIX'),
    );
  });

  test('may name the key by an alias', () => {
    const keyArn = 'arn:aws:kms:eu-west-1:111122223333:alias/vault';
    expect(readSealSettings(toEnvironment({ ...seal, keyArn })).keyArn).toBe(keyArn);
  });

  test.each([
    ['SEALDROP_VAULT_ID', ''],
    ['SEALDROP_VAULT_ID', 'Archive'],
    ['SEALDROP_VAULT_ID', '-archive'],
    ['SEALDROP_VAULT_ID', 'a'.repeat(64)],
    ['SEALDROP_VAULT_ID', 'tresór'],
    ['SEALDROP_BINDING', 'bucket'],
    ['SEALDROP_KEY_ARN', 'alias/vault'],
    ['SEALDROP_KEY_ARN', 'arn:aws:s3:::bucket'],
    ['SEALDROP_KEY_ARN', 'arn:aws:kms:eu-west-1:111122223333:key/'],
    ['SEALDROP_SEALED_BUCKET', 'ab'],
    ['SEALDROP_HANDOVER', 'destroy'],
    ['SEALDROP_QUEUE_URL', 'drops'],
    ['SEALDROP_DEAD_LETTER_QUEUE_URL', ''],
    ['SEALDROP_MAX_RECEIVES', '0'],
    ['SEALDROP_MAX_RECEIVES', ''],
    ['SEALDROP_MAX_RECEIVES', '2.5'],
    ['SEALDROP_MAX_RECEIVES', 'many'],
    ['SEALDROP_MAX_RECEIVES', '1001'],
    ['SEALDROP_KEEP_TRYING_SECONDS', '-1'],
    ['SEALDROP_KEEP_TRYING_SECONDS', '1.5'],
    ['SEALDROP_KEEP_TRYING_SECONDS', '1209601'],
    ['SEALDROP_DATA_KEY_CACHE', ''],
    ['SEALDROP_DATA_KEY_CACHE', 'on'],
    ['SEALDROP_DATA_KEY_CACHE', '{}'],
    ['SEALDROP_DATA_KEY_CACHE', '{"maxAgeSeconds":60'],
    ['SEALDROP_DATA_KEY_CACHE', '{"maxAgeSeconds":60,"maxMessages":100}'],
    ['SEALDROP_DATA_KEY_CACHE', '{"maxAgeSeconds":60,"maxMessages":100,"maxBytes":1,"capacity":2}'],
    ...outOfRange.map((limits) => ['SEALDROP_DATA_KEY_CACHE', JSON.stringify(limits)] as const),
  ])('with %s="%s" are refused, and only that one is named', async (name, value) => {
    const failure = await failureOf(() => readSealSettings({ ...toEnvironment(seal), [name]: value }));
    expect(failure.code).toBe('SETTINGS_INVALID');
    expect(failure.fields).toEqual({ variables: [name] });
    expect(failure.message).toBe(`missing or malformed: ${name}`);
  });

  test.each([
    ...['0', '-1', 'NaN', '1001'].map((value) => ['SEALDROP_CONCURRENCY', value] as const),
    ...['0', '2.5', '1001', ''].map((value) => ['SEALDROP_WORKERS', value] as const),
    ...['0', '-1', 'fast', '1000001'].map((value) => ['SEALDROP_REQUESTS_PER_SECOND', value] as const),
  ])('of the rewrap function with %s="%s" are refused', async (name, value) => {
    const environment = { ...toEnvironment(rewrap), [name]: value };
    expect((await failureOf(() => readRewrapSettings(environment))).fields).toEqual({ variables: [name] });
  });

  test.each([
    ['SEALDROP_VAULT_ID', 'Archive'],
    ['SEALDROP_REPORT_BUCKET', 'ab'],
    ['SEALDROP_TOLERATED_FAILURE_PERCENTAGE', '-1'],
    ['SEALDROP_TOLERATED_FAILURE_PERCENTAGE', '100.5'],
  ])('of the report function with %s="%s" are refused', async (name, value) => {
    const environment = { ...toEnvironment(report), [name]: value };
    expect((await failureOf(() => readReportSettings(environment))).fields).toEqual({ variables: [name] });
  });
});
