import { beforeAll, describe, expect, test } from '@jest/globals';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { SealedVault } from '../../infra/sealed-vault.ts';
import { builtHandlers } from './built-handlers.ts';
import { decide, permissionsOf, type Policy } from './policies.ts';
import { named, resourcesOf } from './templates.ts';

let template: Template;

beforeAll(async () => {
  await builtHandlers();
  const stack = new Stack(new App({ context: { 'aws:cdk:disable-asset-staging': true } }), 'Test');
  new SealedVault(stack, 'Vault', { vaultId: 'payroll' });
  template = Template.fromStack(stack);
}, 120_000);

describe('what the roles of a vault may do, in all', () => {
  test('the sealer', () => {
    expect(permissionsOf(template, 'VaultRolesSealer')).toEqual({
      '${VaultIntakeBucket.Arn}': ['s3:ListBucket', 's3:ListBucketVersions'],
      '${VaultIntakeBucket.Arn}/*': [
        's3:DeleteObject',
        's3:GetObject',
        's3:GetObjectTagging',
        's3:GetObjectVersion',
        's3:GetObjectVersionTagging',
      ],
      '${VaultSealedBucket.Arn}': ['s3:ListBucket'],
      '${VaultSealedBucket.Arn}/*': [
        's3:AbortMultipartUpload',
        's3:GetObject',
        's3:GetObjectVersion',
        's3:PutObject',
        's3:PutObjectTagging',
      ],
      '${VaultDropsQueue.Arn}': [
        'sqs:ChangeMessageVisibility',
        'sqs:DeleteMessage',
        'sqs:GetQueueAttributes',
        'sqs:GetQueueUrl',
        'sqs:ReceiveMessage',
        'sqs:SendMessage',
      ],
      '${VaultDropsDeadLetters.Arn}': ['sqs:GetQueueAttributes', 'sqs:GetQueueUrl', 'sqs:SendMessage'],
      '${VaultSealLog.Arn}': ['logs:CreateLogStream', 'logs:PutLogEvents'],
    });
  });

  test('the rotator', () => {
    expect(permissionsOf(template, 'VaultRolesRotator')).toEqual({
      '${VaultSealedBucket.Arn}': ['s3:ListBucket'],
      '${VaultSealedBucket.Arn}/*': [
        's3:AbortMultipartUpload',
        's3:GetObject',
        's3:GetObjectAnnotation',
        's3:GetObjectLegalHold',
        's3:GetObjectRetention',
        's3:GetObjectTagging',
        's3:GetObjectVersion',
        's3:GetObjectVersionAnnotation',
        's3:GetObjectVersionTagging',
        's3:PutObject',
        's3:PutObjectAnnotation',
        's3:PutObjectLegalHold if {"StringEquals":{"s3:object-lock-legal-hold":"ON"}}',
        's3:PutObjectRetention',
        's3:PutObjectTagging',
      ],
      '${VaultRewrapLog.Arn}': ['logs:CreateLogStream', 'logs:PutLogEvents'],
    });
  });

  test('the reporter', () => {
    expect(permissionsOf(template, 'VaultRolesReporter')).toEqual({
      '${VaultReportsBucket.Arn}': ['s3:ListBucket'],
      '${VaultReportsBucket.Arn}/*': ['s3:GetObject'],
      '${VaultReportsBucket.Arn}/runs/*/summary.json': ['s3:PutObject'],
      '${VaultRewrapReportLog.Arn}': ['logs:CreateLogStream', 'logs:PutLogEvents'],
    });
  });

  test('the opener', () => {
    expect(permissionsOf(template, 'VaultRolesOpener')).toEqual({
      '${VaultSealedBucket.Arn}': ['s3:ListBucket'],
      '${VaultSealedBucket.Arn}/*': [
        's3:GetObject',
        's3:GetObjectTagging',
        's3:GetObjectVersion',
        's3:GetObjectVersionTagging',
      ],
    });
  });

  test('with the keys: each its own, the sealer besides with what S3 encrypts drops with', () => {
    const keys = resourcesOf(template, 'AWS::KMS::Key');
    const usesOf = (key: string, principal: string): unknown =>
      (keys[key]?.Properties['KeyPolicy'] as Policy).Statement.filter(({ Principal }) =>
        Object.values(Principal ?? {})
          .flat()
          .includes(principal),
      ).flatMap(({ Action }) => Action);

    expect(usesOf('VaultWrappingKey', '${VaultRolesSealer.Arn}')).toEqual([
      'kms:DescribeKey',
      'kms:GenerateDataKey',
    ]);
    expect(usesOf('VaultWrappingKey', '${VaultRolesOpener.Arn}')).toEqual(['kms:DescribeKey', 'kms:Decrypt']);
    expect(usesOf('VaultWrappingKey', '${VaultRolesRotator.Arn}')).toEqual([
      'kms:DescribeKey',
      'kms:ReEncryptFrom',
      'kms:ReEncryptTo',
    ]);
    expect(usesOf('VaultWrappingKey', '${VaultRolesReporter.Arn}')).toEqual([]);
    expect(usesOf('VaultIntakeKey', '${VaultRolesSealer.Arn}')).toEqual(['kms:Decrypt']);
    expect(usesOf('VaultIntakeKey', '${VaultRolesOpener.Arn}')).toEqual([]);
    expect(usesOf('VaultIntakeKey', '${VaultRolesRotator.Arn}')).toEqual([]);
  });

  test('only sealer and rotator put objects in the sealed bucket', () => {
    const policy = named(template, 'AWS::S3::BucketPolicy', 'VaultSealedBucketPolicy').Properties[
      'PolicyDocument'
    ] as Policy;
    const ask = (principal: string): string =>
      decide(policy, {
        principal,
        action: 's3:PutObject',
        resource: '${VaultSealedBucket.Arn}/key',
        keys: { 'aws:SecureTransport': 'true', 's3:TlsVersion': '1.3' },
      });

    expect(ask('${VaultRolesSealer.Arn}')).toBe('silent');
    expect(ask('${VaultRolesRotator.Arn}')).toBe('silent');
    expect(ask('${VaultRolesOpener.Arn}')).toBe('deny');
    expect(ask('arn:aws:iam::111122223333:role/administrator')).toBe('deny');
  });

  test('a migrator, where one is asked for: the key and the bucket let it in', () => {
    const stack = new Stack(new App({ context: { 'aws:cdk:disable-asset-staging': true } }), 'Test');
    const toKeyArns = ['arn:aws:kms:eu-west-1:111122223333:key/other'];
    new SealedVault(stack, 'Vault', {
      vaultId: 'payroll',
      migration: { principalArns: ['arn:aws:iam::111122223333:role/ada'], toKeyArns },
    });
    const moving = Template.fromStack(stack);
    const principal = '${VaultMigratorRole.Arn}';
    const keyPolicy = named(moving, 'AWS::KMS::Key', 'VaultWrappingKey').Properties['KeyPolicy'] as Policy;
    const askKey = (action: string, keys: Record<string, string>): string =>
      decide(keyPolicy, { principal, action, resource: 'key', keys });
    const context = { 'kms:EncryptionContext:sealdrop-vault': 'payroll' };
    for (const action of ['kms:ReEncryptFrom', 'kms:ReEncryptTo']) {
      expect(askKey(action, context)).toBe('allow');
      expect(askKey(action, { 'kms:EncryptionContext:sealdrop-vault': 'other' })).toBe('silent');
    }
    expect(askKey('kms:DescribeKey', {})).toBe('allow');
    for (const action of ['kms:Decrypt', 'kms:GenerateDataKey', 'kms:Encrypt', 'kms:CreateGrant']) {
      expect(askKey(action, context)).toBe('silent');
    }
    const bucketPolicy = named(moving, 'AWS::S3::BucketPolicy', 'VaultSealedBucketPolicy').Properties[
      'PolicyDocument'
    ] as Policy;
    expect(
      decide(bucketPolicy, {
        principal,
        action: 's3:PutObject',
        resource: '${VaultSealedBucket.Arn}/key',
        keys: { 'aws:SecureTransport': 'true', 's3:TlsVersion': '1.3' },
      }),
    ).toBe('silent');
    const { Statement } = named(moving, 'AWS::IAM::Policy', 'VaultMigratorRoleDefaultPolicy').Properties[
      'PolicyDocument'
    ] as Policy;
    expect(Statement).toContainEqual({
      Sid: 'ToNamedKeysOnly',
      Effect: 'Deny',
      Action: 'kms:ReEncryptTo',
      NotResource: ['${VaultWrappingKey.Arn}', ...toKeyArns],
    });
  });

  test('a migrator that shares with RSA keys opens data keys of its vault, and makes none', () => {
    const stack = new Stack(new App({ context: { 'aws:cdk:disable-asset-staging': true } }), 'Test');
    const migration = {
      ...{ principalArns: ['arn:aws:iam::111122223333:role/ada'], toKeyArns: [] },
      sharesWithRsaKeys: true,
    };
    new SealedVault(stack, 'Vault', { vaultId: 'payroll', migration });
    const key = named(Template.fromStack(stack), 'AWS::KMS::Key', 'VaultWrappingKey');
    const ask = (action: string, vaultId: string): string =>
      decide(key.Properties['KeyPolicy'] as Policy, {
        ...{ principal: '${VaultMigratorRole.Arn}', action, resource: 'key' },
        keys: { 'kms:EncryptionContext:sealdrop-vault': vaultId },
      });
    expect([ask('kms:Decrypt', 'payroll'), ask('kms:Decrypt', 'other')]).toEqual(['allow', 'silent']);
    expect(ask('kms:GenerateDataKey', 'payroll')).toBe('silent');
  });

  test('no role but these, those that run and start rewrapping, and that of CDK for notifications', () => {
    expect(Object.keys(resourcesOf(template, 'AWS::IAM::Role')).sort()).toEqual([
      expect.stringMatching(/^BucketNotificationsHandler/),
      'VaultRewrapRunsRole',
      'VaultRewrapTriggersEventsStarter',
      'VaultRewrapTriggersSchedulerStarter',
      'VaultRolesOpener',
      'VaultRolesReporter',
      'VaultRolesRotator',
      'VaultRolesSealer',
    ]);
  });
});
