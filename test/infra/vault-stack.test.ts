import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Template } from 'aws-cdk-lib/assertions';
import { builtHandlers } from './built-handlers.ts';
import { permissionsOf, type Policy } from './policies.ts';
import { environment, synthesize } from './project-stacks.ts';
import { named, only, plain } from './templates.ts';

const breakGlass = 'arn:aws:iam::111122223333:role/break-glass';
const otherKey = 'arn:aws:kms:eu-west-1:111122223333:key/other';
let template: Template;

beforeAll(async () => {
  await builtHandlers();
  template = synthesize(
    environment('dev', {
      vaultId: 'payroll',
      binding: 'vault',
      multiRegion: true,
      rotationPeriodDays: 100,
      breakGlassRoleArns: [breakGlass],
      openerArns: ['arn:aws:iam::111122223333:role/payroll'],
      handover: 'tag',
      expireSourceAfterDays: 11,
      expireNoncurrentAfterDays: 12,
      migration: {
        principalArns: [breakGlass],
        toKeyArns: [otherKey],
        sharesWithRsaKeys: true,
        shareSuffixes: ['.partner'],
      },
      rewrapSchedule: 'cron(0 3 * * ? *)',
      rewrapRequestsPerSecond: 7,
      maxReceives: 4,
      keepTryingHours: 5,
      dataKeyCache: { maxMessages: 6 },
    }),
  ).vaultTemplate;
}, 120_000);

test('what the environment says is what is deployed', () => {
  const key = named(template, 'AWS::KMS::Key', 'VaultWrappingKey').Properties;
  expect(key).toMatchObject({ MultiRegion: true, RotationPeriodInDays: 100 });
  expect((key['KeyPolicy'] as Policy).Statement.find(({ Effect }) => Effect === 'Deny')?.Condition).toEqual({
    ArnNotLike: { 'aws:PrincipalArn': [breakGlass] },
  });
  expect(named(template, 'AWS::IAM::Role', 'VaultRolesOpener').Properties).toMatchObject({
    AssumeRolePolicyDocument: {
      Statement: [{ Principal: { AWS: 'arn:aws:iam::111122223333:role/payroll' } }],
    },
  });
  expect(named(template, 'AWS::Lambda::Function', 'VaultSealFunction').Properties).toMatchObject({
    Environment: {
      Variables: {
        SEALDROP_VAULT_ID: 'payroll',
        SEALDROP_BINDING: 'vault',
        SEALDROP_HANDOVER: 'tag',
        SEALDROP_MAX_RECEIVES: '4',
        SEALDROP_KEEP_TRYING_SECONDS: '18000',
        SEALDROP_DATA_KEY_CACHE: '{"maxAgeSeconds":300,"maxMessages":6,"maxBytes":68719476704}',
      },
    },
  });
  expect(named(template, 'AWS::S3::Bucket', 'VaultIntakeBucket').Properties).toMatchObject({
    LifecycleConfiguration: { Rules: [{ NoncurrentVersionExpiration: { NoncurrentDays: 11 } }] },
  });
  expect(
    JSON.stringify(
      named(template, 'AWS::S3::Bucket', 'VaultSealedBucket').Properties['LifecycleConfiguration'],
    ),
  ).toContain('"NoncurrentDays":12');
  expect(JSON.stringify(named(template, 'AWS::IAM::Policy', 'VaultMigratorRoleDefaultPolicy'))).toContain(
    otherKey,
  );
  expect(named(template, 'AWS::IAM::Role', 'VaultMigratorRole').Properties).toMatchObject({
    AssumeRolePolicyDocument: { Statement: [{ Principal: { AWS: breakGlass } }] },
  });
  template.hasOutput('MigratorRoleArn', {});
  expect(named(template, 'AWS::Lambda::Function', 'VaultRewrapFunction').Properties).toMatchObject({
    Environment: { Variables: { SEALDROP_REQUESTS_PER_SECOND: '7', SEALDROP_WORKERS: '7' } },
  });
  expect(only(template, 'AWS::Scheduler::Schedule').Properties['ScheduleExpression']).toBe(
    'cron(0 3 * * ? *)',
  );
});

test('the outputs are what a caller needs', () => {
  const outputs = Object.fromEntries(
    Object.entries(template.findOutputs('*'))
      .filter(([name]) => !name.startsWith('Exports'))
      .map(([name, output]) => [name, plain(output['Value'])]),
  );

  expect(outputs).toEqual({
    VaultId: 'payroll',
    IntakeBucketName: '${VaultIntakeBucket}',
    SealedBucketName: '${VaultSealedBucket}',
    WrappingKeyArn: '${VaultWrappingKey.Arn}',
    MigratorRoleArn: '${VaultMigratorRole.Arn}',
    OpenerRoleArn: '${VaultRolesOpener.Arn}',
    QueueUrl: '${VaultDropsQueue}',
    DeadLetterQueueUrl: '${VaultDropsDeadLetters}',
    SealFunctionName: '${VaultSealFunction}',
    RewrapFunctionName: '${VaultRewrapFunction}',
    RewrapMachineArn: '${VaultRewrapRunsMachine}',
    ReportBucketName: '${VaultReportsBucket}',
  });
});

test('an environment that keeps every version, and moves nowhere, deploys no rule and no role for it', () => {
  const other = synthesize(environment('dev', { expireNoncurrentAfterDays: 'none' })).vaultTemplate;
  expect(
    JSON.stringify(named(other, 'AWS::S3::Bucket', 'VaultSealedBucket').Properties['LifecycleConfiguration']),
  ).not.toContain('Noncurrent');
  expect(other.findOutputs('MigratorRoleArn')).toEqual({});
});

describe('an environment on existing keys', () => {
  const arn = 'arn:aws:kms:eu-west-1:444455556666:key/00000000-0000-4000-8000-000000000001';
  const bucketKey = 'arn:aws:kms:eu-west-1:444455556666:key/00000000-0000-4000-8000-000000000002';
  const place = { account: '111122223333', region: 'eu-west-1' };

  /** The outputs of a stack that are policies, as objects. */
  function requiredIn(found: Template): Record<string, Policy> {
    return Object.fromEntries(
      Object.entries(found.findOutputs('*'))
        .filter(([name]) => name.startsWith('Required'))
        .map(([name, { Value }]) => [name, JSON.parse(plain(Value) as string) as Policy]),
    );
  }

  test('tells the owners of the keys what to add to their policies', () => {
    const choice = { wrappingKey: { arn }, sealedEncryption: { keyArn: bucketKey } };
    const found = synthesize(environment('dev', { ...place, ...choice })).vaultTemplate;
    const required = requiredIn(found);

    expect(Object.keys(required)).toEqual(['RequiredWrappingKeyPolicy', 'RequiredSealedKeyPolicy']);
    const principals = (policy: Policy | undefined): unknown =>
      policy?.Statement.map(({ Action, Principal }) => [Action, Principal?.['AWS']]);
    expect(principals(required['RequiredWrappingKeyPolicy'])).toEqual([
      ['kms:DescribeKey', ['${VaultRolesSealer.Arn}', '${VaultRolesOpener.Arn}', '${VaultRolesRotator.Arn}']],
      ['kms:GenerateDataKey', '${VaultRolesSealer.Arn}'],
      ['kms:Decrypt', '${VaultRolesOpener.Arn}'],
      [['kms:ReEncryptFrom', 'kms:ReEncryptTo'], '${VaultRolesRotator.Arn}'],
      ['kms:DescribeKey', '${VaultRewrapRunsRole.Arn}'],
    ]);
    expect(principals(required['RequiredSealedKeyPolicy'])).toEqual([
      [
        ['kms:GenerateDataKey', 'kms:Decrypt'],
        ['${VaultRolesSealer.Arn}', '${VaultRolesRotator.Arn}'],
      ],
      ['kms:Decrypt', ['${VaultRolesOpener.Arn}', 'arn:${AWS::Partition}:iam::111122223333:root']],
    ]);
    found.resourceCountIs('AWS::Events::Rule', 0);
    for (const handler of ['Seal', 'Rewrap']) {
      expect(named(found, 'AWS::Lambda::Function', `Vault${handler}Function`).Properties).toMatchObject({
        Environment: { Variables: { SEALDROP_KEY_ARN: arn } },
      });
    }
    expect(permissionsOf(found, 'VaultRewrapRunsRole')[arn]).toEqual(['kms:DescribeKey']);
  });

  test('has its run describe the key of an alias, and no other', () => {
    const alias = `arn:aws:kms:eu-west-1:111122223333:alias/vault`;
    const found = synthesize(environment('dev', { ...place, wrappingKey: { alias } })).vaultTemplate;

    expect(permissionsOf(found, 'VaultRewrapRunsRole')['arn:aws:kms:eu-west-1:111122223333:key/*']).toEqual([
      'kms:DescribeKey if {"ForAnyValue:StringEquals":{"kms:ResourceAliases":"alias/vault"}}',
    ]);
    expect(JSON.stringify(only(found, 'AWS::StepFunctions::StateMachine'))).toContain(alias);
    expect(Object.keys(requiredIn(found))).toEqual(['RequiredWrappingKeyPolicy']);
  });

  test.each(['intakeEncryption', 'sealedEncryption'])('cannot have the wrapping key as %s', (bucket) => {
    const choice = { wrappingKey: { arn }, [bucket]: { keyArn: arn } };
    expect(() => synthesize(environment('dev', { ...place, ...choice }))).toThrow(/the wrapping key itself/);
  });
});

test('an environment with imported material says how to begin the import', () => {
  const found = synthesize(environment('dev', { wrappingKey: { material: 'imported' } })).vaultTemplate;

  expect(plain(found.findOutputs('WrappingKeyImport')['WrappingKeyImport']?.['Value'])).toBe(
    'aws kms get-parameters-for-import --key-id ${VaultWrappingKey.Arn} ' +
      '--wrapping-algorithm RSAES_OAEP_SHA_256 --wrapping-key-spec RSA_4096',
  );
});
