import { beforeAll, expect, test } from '@jest/globals';
import type { Template } from 'aws-cdk-lib/assertions';
import { builtHandlers } from './built-handlers.ts';
import type { Policy } from './policies.ts';
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
