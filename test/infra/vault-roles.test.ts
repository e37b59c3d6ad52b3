import { describe, expect, test } from '@jest/globals';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Handover } from '../../operations/handover.ts';
import { VaultRoles } from '../../infra/vault-roles.ts';
import { permissionsOf } from './policies.ts';
import { named } from './templates.ts';

function rolesWith(handover: Handover, openerArns: readonly string[] = []): Template {
  const stack = new Stack(new App(), 'Test');
  const roles = new VaultRoles(stack, 'Roles', { openerArns });
  roles.grantIntake(new Bucket(stack, 'Intake'), handover);
  roles.grantSealed(new Bucket(stack, 'Sealed'));
  roles.grantReports(new Bucket(stack, 'Reports'));
  return Template.fromStack(stack);
}

/** What reading dropped files takes, and no more. */
const readIntake = [
  's3:GetObject',
  's3:GetObjectTagging',
  's3:GetObjectVersion',
  's3:GetObjectVersionTagging',
];

const sealerOnSealed = {
  '${Sealed.Arn}': ['s3:ListBucket'],
  '${Sealed.Arn}/*': [
    's3:AbortMultipartUpload',
    's3:GetObject',
    's3:GetObjectVersion',
    's3:PutObject',
    's3:PutObjectTagging',
  ],
};

describe('the sealer', () => {
  test.each<[Handover, string[]]>([
    ['keep', readIntake],
    ['tag', [...readIntake, 's3:PutObjectTagging', 's3:PutObjectVersionTagging']],
    ['delete', ['s3:DeleteObject', ...readIntake]],
  ])('with the handover %p does this in the buckets, and nothing else', (handover, onObjects) => {
    expect(permissionsOf(rolesWith(handover), 'RolesSealer')).toEqual({
      '${Intake.Arn}': ['s3:ListBucket', 's3:ListBucketVersions'],
      '${Intake.Arn}/*': onObjects,
      ...sealerOnSealed,
    });
  });
});

test('the rotator does this in the sealed bucket, and nothing else', () => {
  expect(permissionsOf(rolesWith('delete'), 'RolesRotator')).toEqual({
    '${Sealed.Arn}': ['s3:ListBucket'],
    '${Sealed.Arn}/*': [
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
  });
});

test('the reporter reads what runs left, writes their summaries, and does nothing else', () => {
  expect(permissionsOf(rolesWith('delete'), 'RolesReporter')).toEqual({
    '${Reports.Arn}': ['s3:ListBucket'],
    '${Reports.Arn}/*': ['s3:GetObject'],
    '${Reports.Arn}/runs/*/summary.json': ['s3:PutObject'],
  });
});

test('the opener reads the sealed bucket, and does nothing else', () => {
  expect(permissionsOf(rolesWith('delete'), 'RolesOpener')).toEqual({
    '${Sealed.Arn}': ['s3:ListBucket'],
    '${Sealed.Arn}/*': [
      's3:GetObject',
      's3:GetObjectTagging',
      's3:GetObjectVersion',
      's3:GetObjectVersionTagging',
    ],
  });
});

describe.each(['RolesSealer', 'RolesRotator', 'RolesOpener', 'RolesReporter'])('the role %s', (role) => {
  const granted = Object.values(permissionsOf(rolesWith('delete'), role)).flat();

  test.each([
    's3:BypassGovernanceRetention',
    's3:DeleteBucketPolicy',
    's3:DeleteObjectVersion',
    's3:PutBucketPolicy',
    's3:PutBucketVersioning',
    's3:PutLifecycleConfiguration',
    's3:PutObjectAcl',
    's3:PutReplicationConfiguration',
  ])('has no %s', (action) => {
    expect(granted).not.toContain(action);
  });

  test('has no wildcard in an action, and no key action beside those of the key policy', () => {
    expect(granted.filter((action) => action.includes('*') || action.startsWith('kms:'))).toEqual([]);
  });

  test('has no managed or inline policies, and no name of its own', () => {
    const { Properties } = named(rolesWith('delete'), 'AWS::IAM::Role', role);

    expect(Object.keys(Properties).sort()).toEqual(['AssumeRolePolicyDocument', 'Description']);
  });
});

describe('who takes which role', () => {
  const trustOf = (template: Template, role: string): unknown =>
    (
      named(template, 'AWS::IAM::Role', role).Properties['AssumeRolePolicyDocument'] as {
        Statement: unknown[];
      }
    ).Statement;

  test.each(['RolesSealer', 'RolesRotator', 'RolesReporter'])('%s: Lambda alone', (role) => {
    expect(trustOf(rolesWith('delete'), role)).toEqual([
      { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } },
    ]);
  });

  test('the opener: whom the IAM policies of the account let, where nobody is named', () => {
    expect(trustOf(rolesWith('delete'), 'RolesOpener')).toEqual([
      {
        Effect: 'Allow',
        Action: 'sts:AssumeRole',
        Principal: { AWS: 'arn:${AWS::Partition}:iam::${AWS::AccountId}:root' },
      },
    ]);
  });

  test('the opener: those who are named, and not the rest of the account', () => {
    const openers = ['arn:aws:iam::111122223333:role/payroll', 'arn:aws:iam::444455556666:role/auditor'];

    expect(trustOf(rolesWith('delete', openers), 'RolesOpener')).toEqual(
      openers.map((arn) => ({ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: arn } })),
    );
  });
});
