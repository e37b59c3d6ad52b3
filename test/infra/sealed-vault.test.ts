import { beforeAll, describe, expect, test } from '@jest/globals';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { ConfigurationError } from '../../infra/configuration-error.ts';
import type { SealedVaultProps } from '../../infra/sealed-vault-props.ts';
import { SealedVault } from '../../infra/sealed-vault.ts';
import { builtHandlers } from './built-handlers.ts';
import { decide, permissionsOf, type Policy } from './policies.ts';
import { named, only, resourcesOf } from './templates.ts';

function vaultWith(props: Partial<SealedVaultProps> = {}): Template {
  const stack = new Stack(new App({ context: { 'aws:cdk:disable-asset-staging': true } }), 'Test');
  new SealedVault(stack, 'Vault', { vaultId: 'payroll', ...props });
  return Template.fromStack(stack);
}

function variablesOf(vault: Template): Record<string, string> {
  const { Environment } = named(vault, 'AWS::Lambda::Function', 'VaultSealFunction').Properties as {
    Environment: { Variables: Record<string, string> };
  };
  return Environment.Variables;
}

let template: Template;

beforeAll(async () => {
  await builtHandlers();
  template = vaultWith();
}, 120_000);

describe('from drop to seal function', () => {
  test('S3 tells the queue of every created object, as soon as the queue lets it', () => {
    const notifications = only(template, 'Custom::S3BucketNotifications');

    expect(notifications.Properties).toMatchObject({
      BucketName: '${VaultIntakeBucket}',
      NotificationConfiguration: {
        QueueConfigurations: [{ Events: ['s3:ObjectCreated:*'], QueueArn: '${VaultDropsQueue.Arn}' }],
      },
    });
    expect(notifications.DependsOn).toEqual(
      expect.arrayContaining([expect.stringMatching(/^VaultDropsQueuePolicy/)]),
    );
  });

  test('the queue takes messages from S3 for this one bucket', () => {
    const policy = named(template, 'AWS::SQS::QueuePolicy', 'VaultDropsQueuePolicy').Properties[
      'PolicyDocument'
    ] as Policy;
    const ask = (principal: string, bucketArn: string): string =>
      decide(policy, {
        principal,
        action: 'sqs:SendMessage',
        resource: '${VaultDropsQueue.Arn}',
        keys: { 'aws:SourceArn': bucketArn, 'aws:SecureTransport': 'true' },
      });

    expect(ask('s3.amazonaws.com', '${VaultIntakeBucket.Arn}')).toBe('allow');
    expect(ask('s3.amazonaws.com', 'arn:aws:s3:::another-bucket')).toBe('silent');
    expect(ask('sns.amazonaws.com', '${VaultIntakeBucket.Arn}')).toBe('silent');
  });

  test('the function takes small batches, answers for each message, and is held to a few copies', () => {
    const { Properties } = only(template, 'AWS::Lambda::EventSourceMapping');

    expect(Properties).toMatchObject({
      EventSourceArn: '${VaultDropsQueue.Arn}',
      FunctionName: '${VaultSealFunction}',
      BatchSize: 5,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 10 },
    });
    expect(Properties['Enabled'] ?? true).toBe(true);
  });

  test('function, queue and dead-letter queue agree on how often sealing is tried', () => {
    const patient = vaultWith({ maxReceives: 9 });
    const queue = named(patient, 'AWS::SQS::Queue', 'VaultDropsQueue').Properties;
    const { Environment } = named(patient, 'AWS::Lambda::Function', 'VaultSealFunction').Properties as {
      Environment: { Variables: Record<string, string> };
    };

    expect(queue['RedrivePolicy']).toMatchObject({ maxReceiveCount: 9 });
    expect(Environment.Variables).toMatchObject({
      SEALDROP_MAX_RECEIVES: '9',
      SEALDROP_QUEUE_URL: '${VaultDropsQueue}',
      SEALDROP_DEAD_LETTER_QUEUE_URL: '${VaultDropsDeadLetters}',
    });
  });
});

describe('a vault', () => {
  test('binds to the object, deletes what was sealed, rewraps daily, unless it is told otherwise', () => {
    expect(named(template, 'AWS::Lambda::Function', 'VaultSealFunction').Properties).toMatchObject({
      Environment: { Variables: { SEALDROP_BINDING: 'object', SEALDROP_HANDOVER: 'delete' } },
    });
    expect(only(template, 'AWS::Scheduler::Schedule').Properties['ScheduleExpression']).toBe('rate(1 day)');
    expect(named(template, 'AWS::S3::Bucket', 'VaultIntakeBucket').Properties).toMatchObject({
      LifecycleConfiguration: { Rules: [{ NoncurrentVersionExpiration: { NoncurrentDays: 7 } }] },
    });
    expect(named(template, 'AWS::KMS::Key', 'VaultWrappingKey').Properties).toMatchObject({
      MultiRegion: false,
      RotationPeriodInDays: 365,
    });
  });

  test('hands every prop on', () => {
    // WHEN
    const other = vaultWith({
      binding: 'none',
      multiRegion: true,
      rotationPeriod: Duration.days(180),
      breakGlassArns: ['arn:aws:iam::111122223333:role/break-glass'],
      openerArns: ['arn:aws:iam::111122223333:role/payroll'],
      handover: 'tag',
      expireSourceAfter: Duration.days(2),
      rewrapSchedule: ScheduleExpression.rate(Duration.hours(1)),
      rewrapRequestsPerSecond: 40,
      rewrapWorkers: 4,
      toleratedFailurePercentage: 1,
      maxConcurrency: 3,
    });

    // THEN
    const key = named(other, 'AWS::KMS::Key', 'VaultWrappingKey').Properties;
    const { Statement } = key['KeyPolicy'] as Policy;
    expect(key).toMatchObject({ MultiRegion: true, RotationPeriodInDays: 180 });
    expect(JSON.stringify(Statement)).not.toContain('kms:EncryptionContext');
    expect(Statement.find(({ Effect }) => Effect === 'Deny')?.Condition).toEqual({
      ArnNotLike: { 'aws:PrincipalArn': ['arn:aws:iam::111122223333:role/break-glass'] },
    });
    expect(named(other, 'AWS::IAM::Role', 'VaultRolesOpener').Properties).toMatchObject({
      AssumeRolePolicyDocument: {
        Statement: [{ Principal: { AWS: 'arn:aws:iam::111122223333:role/payroll' } }],
      },
    });
    expect(permissionsOf(other, 'VaultRolesSealer')['${VaultIntakeBucket.Arn}/*']).toEqual(
      expect.arrayContaining(['s3:PutObjectVersionTagging']),
    );
    for (const name of ['VaultSealFunction', 'VaultRewrapFunction']) {
      expect(named(other, 'AWS::Lambda::Function', name).Properties).toMatchObject({
        Environment: {
          Variables: { SEALDROP_VAULT_ID: 'payroll', SEALDROP_BINDING: 'none' },
        },
      });
    }
    expect(named(other, 'AWS::S3::Bucket', 'VaultIntakeBucket').Properties).toMatchObject({
      LifecycleConfiguration: { Rules: [{ NoncurrentVersionExpiration: { NoncurrentDays: 2 } }] },
    });
    expect(only(other, 'AWS::Scheduler::Schedule').Properties['ScheduleExpression']).toBe('rate(1 hour)');
    expect(named(other, 'AWS::Lambda::Function', 'VaultRewrapFunction').Properties).toMatchObject({
      Environment: { Variables: { SEALDROP_REQUESTS_PER_SECOND: '40', SEALDROP_WORKERS: '4' } },
    });
    expect(named(other, 'AWS::Lambda::Function', 'VaultRewrapReportFunction').Properties).toMatchObject({
      Environment: { Variables: { SEALDROP_TOLERATED_FAILURE_PERCENTAGE: '1' } },
    });
    expect(only(other, 'AWS::StepFunctions::StateMachine').Properties['DefinitionString']).toMatch(
      /"MaxConcurrency":4,.*"ToleratedFailurePercentage":1,/,
    );
    expect(only(other, 'AWS::Lambda::EventSourceMapping').Properties['ScalingConfig']).toEqual({
      MaximumConcurrency: 3,
    });
  });

  test('runs each function in its own role, with the wrapping key and the sealed bucket', () => {
    for (const [name, role] of [
      ['VaultSealFunction', 'VaultRolesSealer'],
      ['VaultRewrapFunction', 'VaultRolesRotator'],
    ] as const) {
      expect(named(template, 'AWS::Lambda::Function', name).Properties).toMatchObject({
        Role: `\${${role}.Arn}`,
        Environment: {
          Variables: {
            SEALDROP_KEY_ARN: '${VaultWrappingKey.Arn}',
            SEALDROP_SEALED_BUCKET: '${VaultSealedBucket}',
          },
        },
      });
    }
    expect(only(template, 'AWS::Scheduler::Schedule').Properties).toMatchObject({
      Target: { Arn: '${VaultRewrapRunsMachine}' },
    });
  });

  test.each([
    { rewrapRequestsPerSecond: 2.5, rewrapWorkers: 20, workers: '3' },
    { rewrapRequestsPerSecond: 20, rewrapWorkers: 20, workers: '20' },
    { rewrapRequestsPerSecond: 100, workers: '20' },
    { workers: '20' },
  ])('has no more workers than requests a second: %j', ({ workers, ...props }) => {
    const { Properties } = named(vaultWith(props), 'AWS::Lambda::Function', 'VaultRewrapFunction');
    expect(Properties).toMatchObject({ Environment: { Variables: { SEALDROP_WORKERS: workers } } });
  });

  test('lets runs read the inventories in a bucket that is named, and nothing else in it', () => {
    const stack = new Stack(new App({ context: { 'aws:cdk:disable-asset-staging': true } }), 'Test');
    const inventories = Bucket.fromBucketName(stack, 'Inventories', 'inventories');
    new SealedVault(stack, 'Vault', { vaultId: 'payroll', inventoryBuckets: [inventories] });
    expect(permissionsOf(Template.fromStack(stack), 'VaultRewrapRunsRole')).toMatchObject({
      'arn:${AWS::Partition}:s3:::inventories/*': ['s3:GetObject'],
    });
  });

  test('is whole before the schedule fires for the first time, at once', () => {
    expect(only(template, 'AWS::Scheduler::Schedule').DependsOn).toEqual(
      expect.arrayContaining([expect.stringMatching(/^VaultRewrapRunsRoleOwnRuns/)]),
    );
  });

  test.each(['Payroll', '', 'pay roll', 'a'.repeat(64)])(
    'refuses the id %p, which its functions would not take',
    (vaultId) => {
      expect(() => vaultWith({ vaultId })).toThrow(ConfigurationError);
    },
  );

  test('keeps trying for four days while a service is away, for two weeks at most', () => {
    const secondsOf = (props: Partial<SealedVaultProps>) =>
      variablesOf(vaultWith(props))['SEALDROP_KEEP_TRYING_SECONDS'];
    expect(secondsOf({})).toBe('345600');
    expect(secondsOf({ keepTryingFor: Duration.days(14) })).toBe('1209600');
    expect(() => vaultWith({ keepTryingFor: Duration.days(15) })).toThrow(ConfigurationError);
  });

  test.each([
    [{}, 'none'],
    [{ binding: 'object' as const }, 'none'],
    [{ binding: 'vault' as const }, '{"maxAgeSeconds":300,"maxMessages":1000,"maxBytes":68719476704}'],
    [
      { binding: 'none' as const, dataKeyCache: { maxAgeSeconds: 5, maxBytes: 7 } },
      '{"maxAgeSeconds":5,"maxMessages":1000,"maxBytes":7}',
    ],
    [{ binding: 'vault' as const, dataKeyCache: 'none' as const }, 'none'],
  ])('with %j tells its seal function to share data keys so: %s', (props, expected) => {
    expect(variablesOf(vaultWith(props))['SEALDROP_DATA_KEY_CACHE']).toBe(expected);
  });

  test('watches the queue and what the function tells of it', () => {
    const alarms = resourcesOf(template, 'AWS::CloudWatch::Alarm');
    expect(alarms['VaultSealAlarmsNotTried']?.Properties['Dimensions']).toEqual([
      { Name: 'QueueName', Value: '${VaultDropsQueue.QueueName}' },
    ]);
    expect(alarms['VaultSealAlarmsTriedInVain']?.Properties['Dimensions']).toEqual([
      { Name: 'service', Value: 'payroll' },
    ]);
  });

  test('lives beside another one in a stack', () => {
    // GIVEN
    const stack = new Stack(new App({ context: { 'aws:cdk:disable-asset-staging': true } }), 'Test');
    new SealedVault(stack, 'First', { vaultId: 'payroll' });
    new SealedVault(stack, 'Second', { vaultId: 'payroll-intake' });

    // THEN
    const aliases = Object.values(resourcesOf(Template.fromStack(stack), 'AWS::KMS::Alias')).map(
      ({ Properties }) => Properties['AliasName'],
    );
    expect(new Set(aliases).size).toBe(4);
  });
});
