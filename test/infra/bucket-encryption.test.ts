import { describe, expect, test } from '@jest/globals';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  assertNotWrappingKey,
  bucketEncryption,
  type BucketEncryptionChoice,
  type ChosenBucketEncryption,
} from '../../infra/bucket-encryption.ts';
import { SealedBucket } from '../../infra/sealed-bucket.ts';
import { keyManagementActions } from '../../infra/key-management-actions.ts';
import { decide, permissionsOf, type Policy } from './policies.ts';
import { refusalOf } from './refusals.ts';
import { only, plain } from './templates.ts';

const keyArn = 'arn:aws:kms:eu-west-1:444455556666:key/00000000-0000-4000-8000-000000000001';
const throughS3 = { 'kms:ViaService': 's3.eu-west-1.${AWS::URLSuffix}' };

function roleIn(stack: Stack, id: string): Role {
  return new Role(stack, id, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
}

function newStack(): Stack {
  return new Stack(new App(), 'Test', { env: { account: '111122223333', region: 'eu-west-1' } });
}

function chosen(
  choice: BucketEncryptionChoice,
): ChosenBucketEncryption & { template: Template; required: Policy } {
  const stack = newStack();
  const encryption = bucketEncryption(stack, {
    choice,
    description: 'of a bucket',
    alias: 'alias/bucket',
    writers: [roleIn(stack, 'Writer')],
    readers: [roleIn(stack, 'Reader')],
  });
  const required = plain(stack.resolve(encryption.requiredKeyPolicy)) as Policy;
  return { ...encryption, template: Template.fromStack(stack), required };
}

describe('what a bucket is encrypted with', () => {
  test.each([
    ['s3', { SSEAlgorithm: 'AES256' }, undefined],
    ['aws/s3', { SSEAlgorithm: 'aws:kms' }, true],
    ['kms', { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: '${SealedKey.Arn}' }, true],
    [{ keyArn }, { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: keyArn }, true],
  ] as const)('with %j is %j', (encryption, byDefault, BucketKeyEnabled) => {
    const stack = newStack();
    new SealedBucket(stack, 'Sealed', { vaultId: 'payroll', writers: [], readers: [], encryption });

    expect(only(Template.fromStack(stack), 'AWS::S3::Bucket').Properties['BucketEncryption']).toEqual({
      ServerSideEncryptionConfiguration: [
        {
          ServerSideEncryptionByDefault: byDefault,
          ...(BucketKeyEnabled === undefined ? {} : { BucketKeyEnabled }),
        },
      ],
    });
  });

  test.each(['s3', 'aws/s3'] as const)('%s needs no key and no permission', (choice) => {
    const { template, key, requiredKeyPolicy } = chosen(choice);

    template.resourceCountIs('AWS::KMS::Key', 0);
    template.resourceCountIs('AWS::IAM::Policy', 0);
    expect([key, requiredKeyPolicy]).toEqual([undefined, undefined]);
  });
});

describe('a key that is made for a bucket', () => {
  const { template, requiredKeyPolicy } = chosen('kms');
  const key = only(template, 'AWS::KMS::Key');
  const policy = key.Properties['KeyPolicy'] as Policy;
  const ask = (principal: string, action: string, keys: Record<string, string>): string =>
    decide(policy, { principal, action, resource: '*', keys });

  test('rotates, waits 30 days when deleted, has an alias, and outlives its stack', () => {
    expect(key).toMatchObject({
      Properties: { EnableKeyRotation: true, PendingWindowInDays: 30, Description: 'of a bucket' },
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
    });
    expect(only(template, 'AWS::KMS::Alias').Properties['AliasName']).toBe('alias/bucket');
    expect(requiredKeyPolicy).toBeUndefined();
  });

  test.each([
    ['${Writer.Arn}', ['kms:GenerateDataKey', 'kms:Decrypt']],
    ['${Reader.Arn}', ['kms:Decrypt']],
    ['arn:${AWS::Partition}:iam::111122223333:root', []],
  ])('is for %s to do %j with it, through S3', (principal, allowed) => {
    const uses = [
      'kms:GenerateDataKey',
      'kms:Decrypt',
      'kms:Encrypt',
      'kms:ReEncryptFrom',
      'kms:CreateGrant',
    ];

    expect(uses.filter((action) => ask(principal, action, throughS3) === 'allow')).toEqual(allowed);
    for (const elsewhere of [{}, { 'kms:ViaService': 's3.us-east-1.${AWS::URLSuffix}' }]) {
      expect(uses.filter((action) => ask(principal, action, elsewhere) === 'allow')).toEqual([]);
    }
  });

  test('is managed by the account, which does not use it', () => {
    expect(policy.Statement[0]).toMatchObject({ Sid: 'ManageWithoutUse', Action: [...keyManagementActions] });
  });
});

describe('an existing key of a bucket', () => {
  const { template, required } = chosen({ keyArn });
  const through = JSON.stringify({ StringEquals: throughS3 });

  test('is used by the roles through S3, by their own policies', () => {
    template.resourceCountIs('AWS::KMS::Key', 0);
    expect(permissionsOf(template, 'Writer')).toEqual({
      [keyArn]: [`kms:Decrypt if ${through}`, `kms:GenerateDataKey if ${through}`],
    });
    expect(permissionsOf(template, 'Reader')).toEqual({ [keyArn]: [`kms:Decrypt if ${through}`] });
  });

  test('has an owner who adds the same to its policy', () => {
    const allow = { Effect: 'Allow', Resource: '*', Condition: { StringEquals: throughS3 } };

    expect(required.Statement).toEqual([
      {
        ...{ ...allow, Principal: { AWS: '${Writer.Arn}' } },
        Action: ['kms:GenerateDataKey', 'kms:Decrypt'],
      },
      { ...allow, Principal: { AWS: '${Reader.Arn}' }, Action: 'kms:Decrypt' },
    ]);
  });

  test.each([
    ['alias/aws/s3', /not the ARN of a KMS key/],
    ['arn:aws:kms:eu-west-1:111122223333:alias/aws/s3', /AWS managed key/],
    ['arn:aws:kms:us-east-1:111122223333:key/1', /in us-east-1/],
  ])('is refused as %s', (arn, message) => {
    expect(refusalOf(() => chosen({ keyArn: arn })).message).toMatch(message);
  });
});

describe('the wrapping key', () => {
  const replica = (region: string): string => `arn:aws:kms:${region}:111122223333:key/mrk-1`;

  test.each([
    [keyArn, keyArn],
    [replica('eu-west-1'), replica('us-east-1')],
  ])('%s encrypts no bucket, which would be as good as to open data keys', (bucketKey, wrappingKey) => {
    const refusal = refusalOf(() => {
      assertNotWrappingKey({ keyArn: bucketKey }, wrappingKey);
    });

    expect(refusal.message).toContain(wrappingKey);
    expect(refusal.hint).toContain('another key');
  });

  test.each([undefined, 's3', 'aws/s3', 'kms', { keyArn: `${keyArn}2` }] as const)('is not %j', (choice) => {
    expect(() => {
      assertNotWrappingKey(choice, keyArn);
    }).not.toThrow();
  });
});
