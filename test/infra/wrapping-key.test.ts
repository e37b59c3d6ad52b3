import { describe, expect, test } from '@jest/globals';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { keyManagementActions } from '../../infra/key-management-actions.ts';
import { WrappingKey, type WrappingKeyProps } from '../../infra/wrapping-key.ts';
import { decide, type Policy, type PolicyRequest } from './policies.ts';
import { only, type Resource } from './templates.ts';

const root = 'arn:${AWS::Partition}:iam::${AWS::AccountId}:root';
const administrator = 'arn:aws:iam::111122223333:role/administrator';
const breakGlass = 'arn:aws:iam::111122223333:role/break-glass';

function keyWith(props: Partial<WrappingKeyProps> = {}): Resource {
  const stack = new Stack(new App(), 'Test');
  const role = (id: string): Role =>
    new Role(stack, id, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  new WrappingKey(stack, 'Wrapping', {
    vaultId: 'payroll',
    requireVaultContext: true,
    sealers: [role('Sealer')],
    openers: [role('Opener')],
    rotators: [role('Rotator')],
    breakGlassArns: [breakGlass],
    ...props,
  });
  return only(Template.fromStack(stack), 'AWS::KMS::Key');
}

function policyOf(key: Resource): Policy {
  return key.Properties['KeyPolicy'] as Policy;
}

describe('the policy of a wrapping key', () => {
  const ofThisVault = { StringEquals: { 'kms:EncryptionContext:sealdrop-vault': 'payroll' } };

  test('holds six statements, and nothing else', () => {
    // GIVEN a key with one principal for each role
    const key = keyWith();

    // THEN its policy is this one
    expect(policyOf(key).Statement).toEqual([
      {
        Sid: 'ManageWithoutUse',
        Effect: 'Allow',
        Principal: { AWS: root },
        Action: [...keyManagementActions],
        Resource: '*',
      },
      {
        Sid: 'Describe',
        Effect: 'Allow',
        Principal: { AWS: ['${Sealer.Arn}', '${Opener.Arn}', '${Rotator.Arn}'] },
        Action: 'kms:DescribeKey',
        Resource: '*',
      },
      {
        Sid: 'Seal',
        Effect: 'Allow',
        Principal: { AWS: '${Sealer.Arn}' },
        Action: 'kms:GenerateDataKey',
        Resource: '*',
        Condition: ofThisVault,
      },
      {
        Sid: 'Open',
        Effect: 'Allow',
        Principal: { AWS: '${Opener.Arn}' },
        Action: 'kms:Decrypt',
        Resource: '*',
        Condition: ofThisVault,
      },
      {
        Sid: 'Rewrap',
        Effect: 'Allow',
        Principal: { AWS: '${Rotator.Arn}' },
        Action: ['kms:ReEncryptFrom', 'kms:ReEncryptTo'],
        Resource: '*',
        Condition: { ...ofThisVault, Bool: { 'kms:ReEncryptOnSameKey': 'true' } },
      },
      {
        Sid: 'OnlyBreakGlassEndsTheKey',
        Effect: 'Deny',
        Principal: { AWS: '*' },
        Action: ['kms:DisableKey', 'kms:ScheduleKeyDeletion'],
        Resource: '*',
        Condition: { ArnNotLike: { 'aws:PrincipalArn': [breakGlass] } },
      },
    ]);
  });

  test('asks for no context where the objects carry none', () => {
    const { Statement } = policyOf(keyWith({ requireVaultContext: false }));

    expect(Statement.map(({ Sid, Condition }) => [Sid, Condition])).toEqual([
      ['ManageWithoutUse', undefined],
      ['Describe', undefined],
      ['Seal', undefined],
      ['Open', undefined],
      ['Rewrap', { Bool: { 'kms:ReEncryptOnSameKey': 'true' } }],
      ['OnlyBreakGlassEndsTheKey', { ArnNotLike: { 'aws:PrincipalArn': [breakGlass] } }],
    ]);
  });

  test.each([
    ['sealers', 'Seal'],
    ['openers', 'Open'],
    ['rotators', 'Rewrap'],
  ] as const)('has no statement for %s where there are none', (role, sid) => {
    expect(policyOf(keyWith({ [role]: [] })).Statement.map(({ Sid }) => Sid)).not.toContain(sid);
  });

  test('names nobody who may use the key where there is nobody', () => {
    const { Statement } = policyOf(keyWith({ sealers: [], openers: [], rotators: [] }));

    expect(Statement.map(({ Sid }) => Sid)).toEqual(['ManageWithoutUse', 'OnlyBreakGlassEndsTheKey']);
  });
});

describe('who may do what with a wrapping key', () => {
  const policy = policyOf(keyWith());
  const inVault = { 'kms:EncryptionContext:sealdrop-vault': 'payroll' };
  const onSameKey = { ...inVault, 'kms:ReEncryptOnSameKey': 'true' };
  const uses = ['GenerateDataKey', 'Decrypt', 'ReEncryptFrom', 'ReEncryptTo'];
  const furtherUses = [
    'Encrypt',
    'GenerateDataKeyWithoutPlaintext',
    'GenerateDataKeyPair',
    'GenerateDataKeyPairWithoutPlaintext',
    'GenerateMac',
    'VerifyMac',
    'Sign',
    'Verify',
    'DeriveSharedSecret',
    'CreateGrant',
    'ImportKeyMaterial',
    'DeleteImportedKeyMaterial',
  ];

  function ask(principal: string, action: string, keys: PolicyRequest['keys'] = {}): string {
    return decide(policy, { principal, action: `kms:${action}`, resource: '*', keys });
  }

  test.each([
    ['${Sealer.Arn}', ['GenerateDataKey']],
    ['${Opener.Arn}', ['Decrypt']],
    ['${Rotator.Arn}', ['ReEncryptFrom', 'ReEncryptTo']],
    [root, []],
    [administrator, []],
    [breakGlass, []],
  ])('%s uses it to %j, and to nothing else', (principal, allowed) => {
    const answers = [...uses, ...furtherUses].filter((use) => ask(principal, use, onSameKey) === 'allow');

    expect(answers).toEqual(allowed);
  });

  test.each([
    ['${Sealer.Arn}', 'GenerateDataKey'],
    ['${Opener.Arn}', 'Decrypt'],
    ['${Rotator.Arn}', 'ReEncryptFrom'],
    ['${Rotator.Arn}', 'ReEncryptTo'],
  ])('%s has no %s for another vault, nor without a vault', (principal, action) => {
    const otherVault = { ...onSameKey, 'kms:EncryptionContext:sealdrop-vault': 'payroll-2' };
    const noVault = { 'kms:ReEncryptOnSameKey': 'true' };

    expect(ask(principal, action, otherVault)).toBe('silent');
    expect(ask(principal, action, noVault)).toBe('silent');
  });

  test.each(['ReEncryptFrom', 'ReEncryptTo'])('the rotator has no %s with another key', (action) => {
    expect(ask('${Rotator.Arn}', action, { ...inVault, 'kms:ReEncryptOnSameKey': 'false' })).toBe('silent');
    expect(ask('${Rotator.Arn}', action, inVault)).toBe('silent');
  });

  test.each(['DisableKey', 'ScheduleKeyDeletion'])(
    '%s is left to the break-glass role, which the account must let do it besides',
    (action) => {
      expect(ask(root, action)).toBe('deny');
      expect(ask(administrator, action)).toBe('deny');
      expect(ask('${Sealer.Arn}', action)).toBe('deny');
      expect(ask(breakGlass, action)).toBe('silent');
    },
  );

  test('nobody ends a key that has no break-glass role', () => {
    const strict = policyOf(keyWith({ breakGlassArns: [] }));

    for (const principal of [root, administrator, breakGlass]) {
      const request = { principal, action: 'kms:ScheduleKeyDeletion', resource: '*' };
      expect(decide(strict, request)).toBe('deny');
    }
  });

  test('the account can always change the policy, so that nobody is locked out', () => {
    expect(ask(root, 'PutKeyPolicy')).toBe('allow');
    expect(ask(root, 'GetKeyPolicy')).toBe('allow');
  });
});

describe('who may do what with the material of a wrapping key that is imported', () => {
  const imported = policyOf(keyWith({ material: 'imported' }));
  const ask = (principal: string, action: string): string =>
    decide(imported, { principal, action: `kms:${action}`, resource: '*' });

  test('the account imports it, and nobody else', () => {
    for (const action of ['GetParametersForImport', 'ImportKeyMaterial']) {
      expect(ask(root, action)).toBe('allow');
      for (const role of ['Sealer', 'Opener', 'Rotator'])
        expect(ask(`\${${role}.Arn}`, action)).toBe('silent');
    }
  });

  test('to delete it is left to the break-glass role: the key would open nothing from then on', () => {
    expect(ask(root, 'DeleteImportedKeyMaterial')).toBe('deny');
    expect(ask(administrator, 'DeleteImportedKeyMaterial')).toBe('deny');
    expect(ask(breakGlass, 'DeleteImportedKeyMaterial')).toBe('silent');
  });

  test('all else is as with any wrapping key', () => {
    const uses = ({ Statement }: Policy): unknown => Statement.slice(1, -1);
    expect(uses(imported)).toEqual(uses(policyOf(keyWith())));
  });
});

describe('a wrapping key', () => {
  test('rotates by itself every year, waits 30 days when deleted, and outlives its stack', () => {
    expect(keyWith()).toMatchObject({
      Properties: { EnableKeyRotation: true, RotationPeriodInDays: 365, PendingWindowInDays: 30 },
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
    });
  });

  test('rotates as often as it is told', () => {
    expect(keyWith({ rotationPeriod: Duration.days(90) }).Properties).toMatchObject({
      RotationPeriodInDays: 90,
    });
  });

  test.each([
    [undefined, false],
    [false, false],
    [true, true],
  ])('with multiRegion %p has MultiRegion %p', (multiRegion, expected) => {
    const key = keyWith(multiRegion === undefined ? {} : { multiRegion });

    expect(key.Properties['MultiRegion']).toBe(expected);
  });

  test('is a symmetric key whose material KMS makes', () => {
    const { Properties } = keyWith();

    expect(Properties['KeySpec'] ?? 'SYMMETRIC_DEFAULT').toBe('SYMMETRIC_DEFAULT');
    expect(Properties['KeyUsage'] ?? 'ENCRYPT_DECRYPT').toBe('ENCRYPT_DECRYPT');
    expect(Properties['Origin'] ?? 'AWS_KMS').toBe('AWS_KMS');
    expect(Properties['BypassPolicyLockoutSafetyCheck'] ?? false).toBe(false);
  });

  test('is one for imported material where that is asked for: nothing rotates it by itself', () => {
    const { Properties } = keyWith({ material: 'imported', multiRegion: true });

    expect(Properties).toMatchObject({ Origin: 'EXTERNAL', MultiRegion: true, PendingWindowInDays: 30 });
    expect(Properties).not.toHaveProperty('EnableKeyRotation');
    expect(Properties).not.toHaveProperty('RotationPeriodInDays');
  });

  test('is known by an alias of its vault', () => {
    // GIVEN
    const stack = new Stack(new App(), 'Test');
    const key = new WrappingKey(stack, 'Wrapping', {
      vaultId: 'payroll',
      requireVaultContext: true,
      sealers: [],
      openers: [],
      rotators: [],
      breakGlassArns: [],
    });

    // THEN
    expect(only(Template.fromStack(stack), 'AWS::KMS::Alias').Properties).toEqual({
      AliasName: 'alias/sealdrop/payroll',
      TargetKeyId: '${WrappingKey.Arn}',
    });
    expect(key.arn).toBe(key.key.keyArn);
  });
});
