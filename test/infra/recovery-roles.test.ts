import { describe, expect, test } from '@jest/globals';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { RecoveryRoles } from '../../infra/recovery-roles.ts';
import { decide, permissionsOf, type Policy } from './policies.ts';
import { named } from './templates.ts';

const stack = new Stack(new App(), 'Test', { env: { account: '111122223333', region: 'eu-central-1' } });
new RecoveryRoles(stack, 'Roles', {
  vaultId: 'payroll',
  replicaArn: new Bucket(stack, 'Replica').bucketArn,
  sealedArn: 'arn:aws:s3:::sealed',
  openerArns: ['arn:aws:iam::111122223333:role/payroll'],
});
const template = Template.fromStack(stack);
const drillPolicy = named(template, 'AWS::IAM::Policy', 'RolesDrillDefaultPolicy').Properties[
  'PolicyDocument'
] as Policy;

test('the opener reads the replica, compares it with its source, and does nothing else', () => {
  expect(permissionsOf(template, 'RolesOpener')).toEqual({
    '${Replica.Arn}': ['s3:ListBucket', 's3:ListBucketVersions'],
    'arn:aws:s3:::sealed': ['s3:ListBucketVersions'],
    '${Replica.Arn}/*': [
      's3:GetObject',
      's3:GetObjectTagging',
      's3:GetObjectVersion',
      's3:GetObjectVersionTagging',
    ],
  });
});

test('the opener is taken by those who are named', () => {
  const { Properties } = named(template, 'AWS::IAM::Role', 'RolesOpener');
  expect(Properties['AssumeRolePolicyDocument']).toMatchObject({
    Statement: [{ Principal: { AWS: 'arn:aws:iam::111122223333:role/payroll' } }],
  });
});

describe('the drill', () => {
  const ask = (action: string, resource: string, region = 'eu-central-1'): string =>
    decide(drillPolicy, { principal: 'drill', action, resource, keys: { 'aws:RequestedRegion': region } });

  test('reads the replica in its Region', () => {
    expect(ask('s3:ListBucket', '${Replica.Arn}')).toBe('allow');
    expect(ask('s3:GetObject', '${Replica.Arn}/key')).toBe('allow');
    expect(ask('s3:GetObjectVersion', '${Replica.Arn}/key')).toBe('allow');
  });

  test.each(['s3:PutObject', 's3:DeleteObject', 's3:GetObjectTagging', 'kms:Decrypt', 'kms:GenerateDataKey'])(
    'has no %s of its own',
    (action) => {
      expect(ask(action, '${Replica.Arn}/key')).toBe('silent');
    },
  );

  test.each(['s3:GetObject', 'kms:Decrypt', 'kms:DescribeKey', 'sts:GetCallerIdentity', 'anything:AtAll'])(
    'is denied %s in every other Region',
    (action) => {
      expect(ask(action, '${Replica.Arn}/key', 'eu-west-1')).toBe('deny');
      expect(ask(action, 'arn:aws:kms:eu-west-1:111122223333:key/mrk-1', 'us-east-1')).toBe('deny');
    },
  );

  test('is taken by Lambda alone', () => {
    const { Properties } = named(template, 'AWS::IAM::Role', 'RolesDrill');
    expect(Properties['AssumeRolePolicyDocument']).toMatchObject({
      Statement: [{ Principal: { Service: 'lambda.amazonaws.com' } }],
    });
  });
});
