import { beforeAll, describe, expect, test } from '@jest/globals';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { ReplicaBucket } from '../../infra/replica-bucket.ts';
import { SealedVault } from '../../infra/sealed-vault.ts';
import { builtHandlers } from './built-handlers.ts';
import { permissionsOf } from './policies.ts';
import { recoveryTemplates } from './recovery-scene.ts';
import { named, only } from './templates.ts';

let vault: Template;
let replicaName = '';
beforeAll(async () => {
  await builtHandlers();
  const templates = recoveryTemplates();
  vault = templates.vault;
  replicaName = String(only(templates.replica, 'AWS::S3::Bucket').Properties['BucketName']);
}, 120_000);

test('every object is replicated, with delete markers, metrics and S3’s promise of a time', () => {
  const { Properties } = named(vault, 'AWS::S3::Bucket', 'VaultSealedBucket');
  expect(Properties['ReplicationConfiguration']).toEqual({
    Role: '${VaultReplicationRole.Arn}',
    Rules: [
      {
        ...{ Id: 'sealed-objects', Priority: 1, Status: 'Enabled', Filter: { Prefix: '' } },
        DeleteMarkerReplication: { Status: 'Enabled' },
        Destination: {
          Bucket: `arn:\${AWS::Partition}:s3:::${replicaName}`,
          Metrics: { Status: 'Enabled', EventThreshold: { Minutes: 15 } },
          ReplicationTime: { Status: 'Enabled', Time: { Minutes: 15 } },
        },
      },
    ],
  });
});

describe('the replication role', () => {
  test('reads what is to be replicated, writes it to the replica, and does nothing else', () => {
    expect(permissionsOf(vault, 'VaultReplicationRole')).toEqual({
      '${VaultSealedBucket.Arn}': ['s3:GetReplicationConfiguration', 's3:ListBucket'],
      '${VaultSealedBucket.Arn}/*': [
        's3:GetObjectVersionAcl',
        's3:GetObjectVersionForReplication',
        's3:GetObjectVersionTagging',
      ],
      [`arn:\${AWS::Partition}:s3:::${replicaName}/*`]: [
        's3:ReplicateDelete',
        's3:ReplicateObject',
        's3:ReplicateTags',
      ],
    });
  });

  test.each(['kms:', 's3:GetObject"', 's3:PutObject', 's3:DeleteObject', 's3:ObjectOwnerOverride'])(
    'has no %s',
    (action) => {
      expect(JSON.stringify(permissionsOf(vault, 'VaultReplicationRole'))).not.toContain(action);
    },
  );

  test('is of no use with the wrapping key, whose policy does not name it', () => {
    const { Properties } = named(vault, 'AWS::KMS::Key', 'VaultWrappingKey');
    expect(JSON.stringify(Properties['KeyPolicy'])).not.toContain('Replication');
  });

  test('is taken by S3 alone', () => {
    const { Properties } = named(vault, 'AWS::IAM::Role', 'VaultReplicationRole');
    expect(Properties['AssumeRolePolicyDocument']).toMatchObject({
      Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 's3.amazonaws.com' } }],
    });
    expect(Properties).not.toHaveProperty('ManagedPolicyArns');
  });
});

test('one operation that failed rings, in the Region of the source', () => {
  expect(named(vault, 'AWS::CloudWatch::Alarm', 'VaultReplicationFailed').Properties).toMatchObject({
    Namespace: 'AWS/S3',
    MetricName: 'OperationsFailedReplication',
    Dimensions: [
      { Name: 'DestinationBucket', Value: replicaName },
      { Name: 'RuleId', Value: 'sealed-objects' },
      { Name: 'SourceBucket', Value: '${VaultSealedBucket}' },
    ],
    ...{ Statistic: 'Sum', Threshold: 1, TreatMissingData: 'notBreaching' },
  });
});

test('a vault without a replica replicates nothing', () => {
  const stack = new Stack(new App(), 'Test');
  new SealedVault(stack, 'Vault', { vaultId: 'payroll' });
  const { Properties } = named(Template.fromStack(stack), 'AWS::S3::Bucket', 'VaultSealedBucket');
  expect(Properties).not.toHaveProperty('ReplicationConfiguration');
});

test.each([
  ['whose key cannot be in another Region', {}, 'multiRegion'],
  [
    'whose bucket has a key that is not there',
    { multiRegion: true, sealedEncryption: 'kms' },
    'sealedEncryption',
  ],
] as const)('a vault %s is refused', (_, props, hint) => {
  const app = new App();
  const env = { account: '111122223333', region: 'eu-west-1' };
  const replica = new ReplicaBucket(
    new Stack(app, 'Replica', { env: { ...env, region: 'eu-central-1' } }),
    'Replica',
  );
  const stack = new Stack(app, 'Vault', { env });
  expect(() => new SealedVault(stack, 'Vault', { vaultId: 'payroll', replica, ...props })).toThrow(
    expect.objectContaining({ name: 'ConfigurationError', hint: expect.stringContaining(hint) }),
  );
});
