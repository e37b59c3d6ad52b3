import { describe, expect, test } from '@jest/globals';
import { chooseEnvironment } from '../../infra/environments.ts';
import { refusalOf } from './refusals.ts';

const least = { production: false, vaultId: 'payroll' };
const breakGlass = 'arn:aws:iam::111122223333:role/break-glass';

describe('a malformed environment', () => {
  const wholeNumbers = [
    ['rotationPeriodDays', 89, 2561],
    ['expireSourceAfterDays', 0, 1.5],
    ['maxReceives', 0, 101],
    ['keepTryingHours', -1, 337],
    ['logRetentionDays', 0, 36_501],
  ] as const;

  test.each([
    ['account', '11112222333'],
    ['account', 111122223333],
    ['region', 'Ireland'],
    ['region', 'eu-west'],
    ['production', 'yes'],
    ['production', undefined],
    ['vaultId', undefined],
    ['vaultId', 'Payroll'],
    ['vaultId', ''],
    ['vaultId', 'a'.repeat(64)],
    ['binding', 'key'],
    ['multiRegion', 'true'],
    ['handover', 'destroy'],
    ['rewrapSchedule', 'daily'],
    ['rewrapSchedule', 'rate()'],
    ['rewrapRequestsPerSecond', 0],
    ['rewrapRequestsPerSecond', 100_001],
    ['rewrapRequestsPerSecond', '5'],
    ['breakGlassRoleArns', breakGlass],
    ['openerArns', 'arn:aws:iam::111122223333:role/payroll'],
    ...wholeNumbers.flatMap(([field, ...values]) => [...values, '5'].map((value) => [field, value] as const)),
  ])('is refused by the name of its field: %s %j', (field, value) => {
    const refusal = refusalOf(() => chooseEnvironment('dev', { dev: { ...least, [field]: value } }));

    expect(refusal.message).toMatch(new RegExp(`^the environment "dev" is malformed: ${field}: .+`));
    expect(refusal.hint).toBe('correct context.environments.dev in cdk.json');
  });

  test.each([
    ['openerArns', '*'],
    ['openerArns', 'arn:aws:iam::111122223333:root'],
    ['openerArns', 'arn:aws:iam::111122223333:role/*'],
    ['openerArns', 'arn:aws:iam::111122223333:role/payroll-*'],
    ['openerArns', 'arn:aws:iam::*:role/payroll'],
    ['openerArns', 'arn:aws:s3:::bucket'],
    ['breakGlassRoleArns', '*'],
    ['breakGlassRoleArns', 'arn:aws:iam::111122223333:root'],
    ['breakGlassRoleArns', 'arn:aws:iam::111122223333:role/*'],
    ['breakGlassRoleArns', 'arn:aws:iam::111122223333:role/**'],
    ['breakGlassRoleArns', 'arn:aws:iam::111122223333:role/ops/*'],
    ['breakGlassRoleArns', 'arn:aws:iam::*:role/break-glass'],
  ])('is refused where %s names %p, which is nobody or everybody', (field, arn) => {
    expect(
      refusalOf(() => chooseEnvironment('dev', { dev: { ...least, [field]: [breakGlass, arn] } })).message,
    ).toMatch(`the environment "dev" is malformed: ${field}.1: must be the ARN of a role or user`);
  });

  test.each([
    [{ principalArns: [], toKeyArns: [] }, 'migration.principalArns'],
    [{ principalArns: ['*'], toKeyArns: [] }, 'migration.principalArns.0'],
    [{ principalArns: [breakGlass], toKeyArns: ['*'] }, 'migration.toKeyArns.0'],
    [
      { principalArns: [breakGlass], toKeyArns: ['arn:aws:kms:eu-west-1:111122223333:alias/vault'] },
      'migration.toKeyArns.0',
    ],
    [
      { principalArns: [breakGlass], toKeyArns: ['arn:aws:kms:eu-west-1:111122223333:key/*'] },
      'migration.toKeyArns.0',
    ],
    [{ principalArns: [breakGlass], shareSuffixes: ['.instruction'] }, 'migration.shareSuffixes.0'],
    [{ principalArns: [breakGlass], shareSuffixes: ['*'] }, 'migration.shareSuffixes.0'],
  ])('is refused for the migration %j', (migration, path) => {
    expect(refusalOf(() => chooseEnvironment('dev', { dev: { ...least, migration } })).message).toContain(
      `malformed: ${path}: `,
    );
  });

  test.each([
    ['wrappingKey', 'arn:aws:kms:eu-west-1:111122223333:key/1', 'wrappingKey: '],
    ['wrappingKey', { key: 'alias/vault' }, 'wrappingKey: Unrecognized key'],
    ['wrappingKey', { arn: 7 }, 'wrappingKey.arn: '],
    ['wrappingKey', { material: 'cloudhsm' }, 'wrappingKey.material: '],
    ['sealedEncryption', 'kms-managed', 'sealedEncryption: must be "s3", "aws/s3", "kms", or '],
    [
      'sealedEncryption',
      { keyArn: 'alias/bucket' },
      'sealedEncryption.keyArn: must be the ARN of a KMS key, not of an alias',
    ],
    [
      'intakeEncryption',
      { keyArn: 'arn:aws:kms:eu-west-1:111122223333:alias/aws/s3' },
      'intakeEncryption.keyArn: must be the ARN of a KMS key, not of an alias',
    ],
    ['intakeEncryption', null, 'intakeEncryption: must be '],
  ])('is refused for the %s %j', (field, value, message) => {
    expect(
      refusalOf(() => chooseEnvironment('dev', { dev: { ...least, [field]: value } })).message,
    ).toContain(`malformed: ${message}`);
  });

  test.each([
    [{ maxAgeSeconds: 0 }, 'dataKeyCache.maxAgeSeconds'],
    [{ maxAgeSeconds: 86_401 }, 'dataKeyCache.maxAgeSeconds'],
    [{ maxMessages: 0 }, 'dataKeyCache.maxMessages'],
    // More objects under one data key than the format is safe for.
    [{ maxMessages: 2 ** 32 + 1 }, 'dataKeyCache.maxMessages'],
    [{ maxBytes: 0 }, 'dataKeyCache.maxBytes'],
    [{ maxBytes: 0.5 }, 'dataKeyCache.maxBytes'],
    [{ maxAge: 60 }, 'dataKeyCache'],
    ['off', 'dataKeyCache'],
    [true, 'dataKeyCache'],
  ])('is refused for the cache of data keys %j', (dataKeyCache, path) => {
    const refusal = refusalOf(() => chooseEnvironment('dev', { dev: { ...least, dataKeyCache } }));
    expect(refusal.message).toContain(`malformed: ${path}: `);
    expect(refusal.hint).toBe('correct context.environments.dev in cdk.json');
  });

  test.each(['none', {}, { maxAgeSeconds: 1 }, { maxMessages: 2 ** 32 }])(
    'may share data keys so: %j',
    (dataKeyCache) => {
      expect(chooseEnvironment('dev', { dev: { ...least, dataKeyCache } }).dataKeyCache).toEqual(
        dataKeyCache,
      );
    },
  );

  test.each([0, -1, 1.5, 'never'])('is refused where versions expire after %p days', (days) => {
    const settings = { ...least, expireNoncurrentAfterDays: days };
    expect(refusalOf(() => chooseEnvironment('dev', { dev: settings })).message).toContain(
      'malformed: expireNoncurrentAfterDays: ',
    );
  });

  test('may name a break-glass role whose end IAM Identity Center makes up', () => {
    const arn = 'arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_BreakGlass_*';

    expect(
      chooseEnvironment('dev', { dev: { ...least, breakGlassRoleArns: [arn] } }).breakGlassRoleArns,
    ).toEqual([arn]);
  });

  test('is refused for a field that nobody knows, so that a typing error changes nothing silently', () => {
    expect(
      refusalOf(() => chooseEnvironment('dev', { dev: { ...least, breakGlassRolesArns: [breakGlass] } }))
        .message,
    ).toBe('the environment "dev" is malformed: dev: Unrecognized key: "breakGlassRolesArns"');
  });

  test('is refused with all its faults at once', () => {
    expect(refusalOf(() => chooseEnvironment('dev', { dev: {} })).message).toMatch(
      /production: .*; vaultId: /,
    );
  });

  test.each([[null], ['dev'], [[]], [7]])('is refused where it is %j', (value) => {
    expect(refusalOf(() => chooseEnvironment('dev', { dev: value })).message).toMatch(
      'the environment "dev" is malformed: dev: ',
    );
  });
});
