import { beforeAll, describe, expect, test } from '@jest/globals';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { ArnPrincipal } from 'aws-cdk-lib/aws-iam';
import { ReplicaKey } from '../../infra/replica-key.ts';
import { builtHandlers } from './built-handlers.ts';
import { decide, type Policy } from './policies.ts';
import { recoveryTemplates } from './recovery-scene.ts';
import { only } from './templates.ts';

const root = 'arn:${AWS::Partition}:iam::111122223333:root';
const breakGlass = 'arn:aws:iam::111122223333:role/break-glass';
let template: Template;
let policy: Policy;
beforeAll(async () => {
  await builtHandlers();
  template = recoveryTemplates({ breakGlassArns: [breakGlass] }).recovery;
  policy = only(template, 'AWS::KMS::ReplicaKey').Properties['KeyPolicy'] as Policy;
}, 120_000);

const ask = (principal: string, action: string, keys: Record<string, string> = {}): string =>
  decide(policy, { principal, action, resource: '*', keys });
const ours = { 'kms:EncryptionContext:sealdrop-vault': 'payroll' };
const openers = ['${RecoveryRolesOpener.Arn}', '${RecoveryRolesDrill.Arn}'];

test('it replicates the key of the vault, outlives its stack, and has the alias of the vault here', () => {
  const key = only(template, 'AWS::KMS::ReplicaKey');
  expect(key).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
  expect(key.Properties).toMatchObject({
    PendingWindowInDays: 30,
    PrimaryKeyArn: {
      'Fn::GetStackOutput': {
        StackName: 'Vault',
        Region: 'eu-west-1',
        OutputName: expect.stringContaining('VaultWrappingKey'),
      },
    },
  });
  expect(only(template, 'AWS::KMS::Alias').Properties).toEqual({
    AliasName: 'alias/sealdrop/payroll',
    TargetKeyId: '${RecoveryKey.KeyId}',
  });
});

describe('its policy', () => {
  test.each(openers)('lets %s open, with the context of the vault', (opener) => {
    expect(ask(opener, 'kms:Decrypt', ours)).toBe('allow');
    expect(ask(opener, 'kms:DescribeKey')).toBe('allow');
    expect(ask(opener, 'kms:Decrypt')).toBe('silent');
    expect(ask(opener, 'kms:Decrypt', { ...ours, 'kms:EncryptionContext:sealdrop-vault': 'other' })).toBe(
      'silent',
    );
  });

  test.each([...openers, root, breakGlass, '${VaultRolesSealer.Arn}'])(
    'lets %s make, rewrap and hand on nothing',
    (principal) => {
      for (const action of [
        ...['kms:GenerateDataKey', 'kms:Encrypt', 'kms:ReEncryptFrom', 'kms:ReEncryptTo', 'kms:CreateGrant'],
      ]) {
        expect(ask(principal, action, ours)).toBe('silent');
      }
    },
  );

  test('lets the account manage the key, promote it, and not use it', () => {
    for (const action of ['kms:PutKeyPolicy', 'kms:UpdatePrimaryRegion', 'kms:EnableKey']) {
      expect(ask(root, action)).toBe('allow');
    }
    expect(ask(root, 'kms:Decrypt', ours)).toBe('silent');
  });

  test.each(['kms:DisableKey', 'kms:ScheduleKeyDeletion'])('leaves %s to the break-glass role', (action) => {
    expect(ask(root, action)).toBe('deny');
    expect(ask(breakGlass, action)).not.toBe('deny');
  });
});

describe('with imported material, which is imported in each Region', () => {
  const withMaterial = (material: 'kms' | 'imported'): Policy => {
    const wrappingKey = { material };
    const places = { key: { multiRegion: true, wrappingKey } };
    const { recovery } = recoveryTemplates({ breakGlassArns: [breakGlass] }, places);
    return only(recovery, 'AWS::KMS::ReplicaKey').Properties['KeyPolicy'] as Policy;
  };
  const imported = ['kms:GetParametersForImport', 'kms:ImportKeyMaterial'];

  test.each(imported)('its policy lets the account %s, as that of the primary does', (action) => {
    const request = { principal: root, action, resource: '*' };
    expect(decide(withMaterial('imported'), request)).toBe('allow');
    expect(decide(withMaterial('kms'), request)).toBe('silent');
  });

  test('its policy leaves it to the break-glass role to delete it', () => {
    const deleting = { action: 'kms:DeleteImportedKeyMaterial', resource: '*' };
    expect(decide(withMaterial('imported'), { ...deleting, principal: root })).toBe('deny');
    expect(decide(withMaterial('imported'), { ...deleting, principal: breakGlass })).not.toBe('deny');
  });
});

test('with the binding none no context is asked for, which no object has; nobody ends it where nobody is named', () => {
  const stack = new Stack(new App(), 'Test');
  new ReplicaKey(stack, 'Key', {
    vaultId: 'payroll',
    requireVaultContext: false,
    wrappingKeyArn: 'arn:aws:kms:eu-west-1:111122223333:key/mrk-1',
    openers: [new ArnPrincipal('arn:aws:iam::111122223333:role/opener')],
    material: 'kms',
    breakGlassArns: [],
  });
  const { Properties } = only(Template.fromStack(stack), 'AWS::KMS::ReplicaKey');
  const own = Properties['KeyPolicy'] as Policy;
  const say = (principal: string, action: string): string =>
    decide(own, { principal, action, resource: '*' });
  expect(Properties['PrimaryKeyArn']).toBe('arn:aws:kms:eu-west-1:111122223333:key/mrk-1');
  expect(say('arn:aws:iam::111122223333:role/opener', 'kms:Decrypt')).toBe('allow');
  expect(say(breakGlass, 'kms:DisableKey')).toBe('deny');
});
