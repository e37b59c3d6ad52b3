import { expect, test } from '@jest/globals';
import { keyManagementActions } from '../../infra/key-management-actions.ts';

const cryptographic =
  /^kms:(Encrypt|Decrypt|ReEncrypt.*|GenerateDataKey.*|GenerateMac|VerifyMac|Sign|Verify|DeriveSharedSecret)$/;

test('an administrator has no cryptographic action', () => {
  expect(keyManagementActions.filter((action) => cryptographic.test(action))).toEqual([]);
});

test('an administrator hands out no grants, which would let others use the key', () => {
  expect(keyManagementActions).not.toContain('kms:CreateGrant');
});

test('every action is named in full, so that no wildcard takes in what KMS adds later', () => {
  expect(keyManagementActions.filter((action) => !/^kms:[A-Za-z]+$/.test(action))).toEqual([]);
});

test.each([
  'CancelKeyDeletion',
  'DescribeKey',
  'DisableKeyRotation',
  'EnableKey',
  'EnableKeyRotation',
  'GetKeyPolicy',
  'GetKeyRotationStatus',
  'ListResourceTags',
  'PutKeyPolicy',
  'RevokeGrant',
  'RotateKeyOnDemand',
  'ScheduleKeyDeletion',
  'TagResource',
  'UntagResource',
  'UpdateKeyDescription',
])('what CloudFormation and the key administrator need is there: %s', (action) => {
  expect(keyManagementActions).toContain(`kms:${action}`);
});
