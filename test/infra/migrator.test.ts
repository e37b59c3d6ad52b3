import { describe, expect, test } from '@jest/globals';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { ConfigurationError } from '../../infra/configuration-error.ts';
import { Migrator, type MigrationProps } from '../../infra/migrator.ts';
import { decide, type Policy, type PolicyRequest } from './policies.ts';
import { only } from './templates.ts';

const wrappingKeyArn = 'arn:aws:kms:eu-west-1:111122223333:key/wrapping';
const otherKeyArn = 'arn:aws:kms:eu-west-1:111122223333:key/other';
const foreignKeyArn = 'arn:aws:kms:eu-west-1:111122223333:key/foreign';
const ada = 'arn:aws:iam::111122223333:role/ada';
const ofVault = { StringEquals: { 'kms:EncryptionContext:sealdrop-vault': 'payroll' } };

function templateWith(toKeyArns: readonly string[], more: Partial<MigrationProps> = {}): Template {
  const stack = new Stack(new App(), 'Test');
  const migrator = new Migrator(stack, 'Migrator', {
    vaultId: 'payroll',
    principalArns: [ada],
    toKeyArns,
    ...more,
  });
  migrator.grantSealed(new Bucket(stack, 'Sealed'));
  migrator.grantKeys(wrappingKeyArn, toKeyArns, ofVault);
  return Template.fromStack(stack);
}

const template = templateWith([otherKeyArn]);
const policyOf = (from: Template): Policy =>
  only(from, 'AWS::IAM::Policy').Properties['PolicyDocument'] as Policy;

function ask(request: Omit<PolicyRequest, 'principal'>, policy = policyOf(template)): string {
  return decide(policy, { principal: 'migrator', ...request });
}

describe('the migrator', () => {
  const context = { 'kms:EncryptionContext:sealdrop-vault': 'payroll' };

  test('may re-encrypt to a key that is named, for its vault alone', () => {
    const request = { action: 'kms:ReEncryptTo', resource: otherKeyArn };
    expect(ask({ ...request, keys: context })).toBe('allow');
    expect(ask({ ...request, keys: { 'kms:EncryptionContext:sealdrop-vault': 'other' } })).toBe('silent');
    expect(ask(request)).toBe('silent');
  });

  test('may not re-encrypt to any other key, even where its policy lets it', () => {
    expect(ask({ action: 'kms:ReEncryptTo', resource: foreignKeyArn, keys: context })).toBe('deny');
    const alone = policyOf(templateWith([]));
    expect(ask({ action: 'kms:ReEncryptTo', resource: otherKeyArn, keys: context }, alone)).toBe('deny');
  });

  test('is left to the policy of the wrapping key where that is concerned', () => {
    for (const action of ['kms:ReEncryptFrom', 'kms:ReEncryptTo']) {
      expect(ask({ action, resource: wrappingKeyArn, keys: context })).toBe('silent');
    }
  });

  test.each(['kms:Decrypt', 'kms:GenerateDataKey', 'kms:Encrypt', 'kms:ReEncryptFrom', 'kms:CreateGrant'])(
    'has no %s with a key that is named',
    (action) => {
      expect(ask({ action, resource: otherKeyArn, keys: context })).toBe('silent');
    },
  );

  test('copies within the sealed bucket, and sees what there is to do', () => {
    const object = '${Sealed.Arn}/a';
    for (const action of ['s3:GetObject', 's3:PutObject', 's3:PutObjectTagging']) {
      expect(ask({ action, resource: object })).toBe('allow');
    }
    for (const action of ['s3:ListBucket', 's3:ListBucketVersions', 's3:GetLifecycleConfiguration']) {
      expect(ask({ action, resource: '${Sealed.Arn}' })).toBe('allow');
    }
    for (const action of ['s3:DeleteObject', 's3:DeleteObjectVersion', 's3:BypassGovernanceRetention']) {
      expect(ask({ action, resource: object })).toBe('silent');
    }
    expect(ask({ action: 's3:PutBucketPolicy', resource: '${Sealed.Arn}' })).toBe('silent');
  });

  test('places legal holds, and releases none', () => {
    const request = { action: 's3:PutObjectLegalHold', resource: '${Sealed.Arn}/a' };
    expect(ask({ ...request, keys: { 's3:object-lock-legal-hold': 'ON' } })).toBe('allow');
    expect(ask({ ...request, keys: { 's3:object-lock-legal-hold': 'OFF' } })).toBe('silent');
  });

  test('is taken by those who are named, for an hour', () => {
    expect(only(template, 'AWS::IAM::Role').Properties).toMatchObject({
      MaxSessionDuration: 3600,
      AssumeRolePolicyDocument: {
        Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: ada } }],
      },
    });
  });

  test('is not made where nobody may assume it', () => {
    const stack = new Stack(new App(), 'Test');
    expect(
      () => new Migrator(stack, 'Migrator', { vaultId: 'payroll', principalArns: [], toKeyArns: [] }),
    ).toThrow(ConfigurationError);
  });

  test('takes away shares of the suffixes that are named, and destroys no version', () => {
    const shares = policyOf(templateWith([], { shareSuffixes: ['.partner', '.audit'] }));
    const deleting = (key: string, action = 's3:DeleteObject') =>
      ask({ action, resource: `\${Sealed.Arn}/${key}` }, shares);
    expect([deleting('a.pdf.partner'), deleting('a/b.audit')]).toEqual(['allow', 'allow']);
    for (const key of ['a.pdf', 'a.pdf.instruction', 'a.partner.pdf', 'partner', 'a.partners']) {
      expect([key, deleting(key)]).toEqual([key, 'silent']);
    }
    expect(deleting('a.pdf.partner', 's3:DeleteObjectVersion')).toBe('silent');
  });

  test.each(['.instruction', '.INSTRUCTION', '*', '.*', '', '.', 'partner', '.a/b', '.a.b'])(
    'is not made for the suffix "%s"',
    (suffix) => {
      expect(() => templateWith([], { shareSuffixes: [suffix] })).toThrow(ConfigurationError);
    },
  );

  test('says of itself whether it opens data keys', () => {
    const described = (from: Template): unknown => only(from, 'AWS::IAM::Role').Properties['Description'];
    expect(described(template)).toMatch(/can neither make nor open them$/);
    expect(described(templateWith([], { sharesWithRsaKeys: true }))).toMatch(/opens them to share with RSA/);
  });
});
