import { describe, expect, test } from '@jest/globals';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { IntakeBucket } from '../../infra/intake-bucket.ts';
import { keyManagementActions } from '../../infra/key-management-actions.ts';
import { decide, type Policy } from './policies.ts';
import { only } from './templates.ts';

const root = 'arn:${AWS::Partition}:iam::${AWS::AccountId}:root';

function intakeOf(vaultId: string): Template {
  const stack = new Stack(new App(), 'Test');
  new IntakeBucket(stack, 'Intake', {
    vaultId,
    sealer: new Role(stack, 'Sealer', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') }),
    expireSourceAfter: Duration.days(3),
  });
  return Template.fromStack(stack);
}

const template = intakeOf('payroll');

describe('an intake bucket', () => {
  const bucket = only(template, 'AWS::S3::Bucket');

  test('keeps every version, so that each event reads its own', () => {
    expect(bucket.Properties['VersioningConfiguration']).toEqual({ Status: 'Enabled' });
  });

  test('is encrypted with its own key, through a bucket key', () => {
    expect(bucket.Properties['BucketEncryption']).toEqual({
      ServerSideEncryptionConfiguration: [
        {
          BucketKeyEnabled: true,
          ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: '${IntakeKey.Arn}' },
        },
      ],
    });
  });

  test('expires versions that were handed over, lone delete markers and unfinished uploads', () => {
    expect(bucket.Properties['LifecycleConfiguration']).toEqual({
      Rules: [
        {
          Id: 'expire-handed-over-versions',
          Status: 'Enabled',
          NoncurrentVersionExpiration: { NoncurrentDays: 3 },
          ExpiredObjectDeleteMarker: true,
          AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
        },
      ],
    });
  });

  test('is closed to the public, has no access control lists, and outlives its stack', () => {
    expect(bucket).toMatchObject({
      Properties: {
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
      },
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
    });
  });

  test('has no name of its own, which another stack could have taken', () => {
    expect(bucket.Properties).not.toHaveProperty('BucketName');
  });

  test.each([
    ['plain HTTP', { 'aws:SecureTransport': 'false' }, 'deny'],
    ['TLS 1.1', { 'aws:SecureTransport': 'true', 's3:TlsVersion': '1.1' }, 'deny'],
    ['TLS 1.2', { 'aws:SecureTransport': 'true', 's3:TlsVersion': '1.2' }, 'silent'],
  ])('answers %s with: %p %s', (_transport, keys, expected) => {
    const policy = only(template, 'AWS::S3::BucketPolicy').Properties['PolicyDocument'] as Policy;

    for (const resource of ['${IntakeBucket.Arn}', '${IntakeBucket.Arn}/a/key']) {
      expect(decide(policy, { principal: root, action: 's3:GetObject', resource, keys })).toBe(expected);
    }
  });
});

describe('the key of an intake bucket', () => {
  const key = only(template, 'AWS::KMS::Key');
  const policy = key.Properties['KeyPolicy'] as Policy;
  const throughS3 = { StringEquals: { 'kms:ViaService': 's3.${AWS::Region}.${AWS::URLSuffix}' } };

  test('rotates, waits 30 days when deleted, and outlives its stack', () => {
    expect(key).toMatchObject({
      Properties: { EnableKeyRotation: true, PendingWindowInDays: 30 },
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
    });
  });

  test('has a policy of three statements: it is used through S3 only', () => {
    expect(policy.Statement).toEqual([
      {
        Sid: 'ManageWithoutUse',
        Effect: 'Allow',
        Principal: { AWS: root },
        Action: [...keyManagementActions],
        Resource: '*',
      },
      {
        Sid: 'WriteThroughS3',
        Effect: 'Allow',
        Principal: { AWS: root },
        Action: ['kms:GenerateDataKey', 'kms:Decrypt'],
        Resource: '*',
        Condition: throughS3,
      },
      {
        Sid: 'ReadThroughS3',
        Effect: 'Allow',
        Principal: { AWS: '${Sealer.Arn}' },
        Action: 'kms:Decrypt',
        Resource: '*',
        Condition: throughS3,
      },
    ]);
  });

  test.each(['kms:Decrypt', 'kms:GenerateDataKey'])('nobody has %s of it but through S3', (action) => {
    for (const principal of [root, '${Sealer.Arn}']) {
      for (const keys of [{}, { 'kms:ViaService': 'dynamodb.${AWS::Region}.${AWS::URLSuffix}' }]) {
        expect(decide(policy, { principal, action, resource: '*', keys })).toBe('silent');
      }
    }
  });

  test.each([['a'], ['a-intake'], ['a-b']])(
    'the vault %p gets aliases that no other vault can have',
    (id) => {
      const alias = (vaultId: string): unknown =>
        only(intakeOf(vaultId), 'AWS::KMS::Alias').Properties['AliasName'];

      expect(alias(id)).toBe(`alias/sealdrop/${id}/intake`);
      expect(alias(id)).not.toMatch(/^alias\/sealdrop\/[a-z0-9-]*$/);
    },
  );
});
