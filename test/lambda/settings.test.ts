import { describe, expect, test } from '@jest/globals';
import {
  readDrillSettings,
  readReportSettings,
  readRewrapSettings,
  readSealSettings,
  toEnvironment,
  type DrillSettings,
  type ReportSettings,
  type RewrapSettings,
  type SealSettings,
} from '../../lambda/settings.ts';
import { failureOf } from '../support/bytes.ts';

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

  test.each([
    ['SEALDROP_VAULT_ID', ''],
    ['SEALDROP_VAULT_ID', 'Archive'],
    ['SEALDROP_VAULT_ID', '-archive'],
    ['SEALDROP_VAULT_ID', 'a'.repeat(64)],
    ['SEALDROP_VAULT_ID', 'tresór'],
    ['SEALDROP_BINDING', 'bucket'],
    ['SEALDROP_KEY_ARN', 'alias/vault'],
    ['SEALDROP_SEALED_BUCKET', 'ab'],
    ['SEALDROP_HANDOVER', 'destroy'],
    ['SEALDROP_QUEUE_URL', 'drops'],
    ['SEALDROP_DEAD_LETTER_QUEUE_URL', ''],
    ['SEALDROP_MAX_RECEIVES', '0'],
    ['SEALDROP_MAX_RECEIVES', ''],
    ['SEALDROP_MAX_RECEIVES', '2.5'],
    ['SEALDROP_MAX_RECEIVES', 'many'],
    ['SEALDROP_MAX_RECEIVES', '1001'],
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
