import { beforeAll, describe, expect, test } from '@jest/globals';
import { builtHandlers } from './built-handlers.ts';
import { recoveryTemplates } from './recovery-scene.ts';
import { decide, permissionsOf, type Policy } from './policies.ts';
import { refusalOf } from './refusals.ts';
import { named, only, resourcesOf } from './templates.ts';

beforeAll(builtHandlers, 120_000);

describe('the second Region of a vault', () => {
  test('has a drill that knows its own bucket and key alone, once a day', () => {
    const { recovery } = recoveryTemplates();
    const { Properties } = named(recovery, 'AWS::Lambda::Function', 'RecoveryDrillFunction');
    expect(Properties).toMatchObject({
      Role: '${RecoveryRolesDrill.Arn}',
      Timeout: 900,
      Environment: {
        Variables: {
          SEALDROP_VAULT_ID: 'payroll',
          SEALDROP_BINDING: 'object',
          SEALDROP_KEY_ARN: '${RecoveryKey.Arn}',
          SEALDROP_SEALED_BUCKET: expect.stringContaining('Replica'),
          SEALDROP_SAMPLE: '100',
        },
      },
    });
    expect(only(recovery, 'AWS::Scheduler::Schedule').Properties['ScheduleExpression']).toBe('rate(1 day)');
  });

  test('holds what binding and sample it is given', () => {
    const { recovery } = recoveryTemplates({ binding: 'none', drillSample: 7 });
    const { Properties } = only(recovery, 'AWS::Lambda::Function');
    expect(Properties).toMatchObject({
      Environment: { Variables: { SEALDROP_BINDING: 'none', SEALDROP_SAMPLE: '7' } },
    });
    expect(JSON.stringify(only(recovery, 'AWS::KMS::ReplicaKey'))).not.toContain('EncryptionContext');
  });

  test('takes no custom resource in either Region', () => {
    const { vault, recovery, replica } = recoveryTemplates();
    for (const template of [vault, recovery, replica]) {
      const types = Object.values(template.toJSON()['Resources'] as Record<string, { Type: string }>);
      expect(types.filter(({ Type }) => Type.startsWith('Custom::CrossRegion'))).toEqual([]);
    }
    expect(Object.keys(resourcesOf(recovery, 'AWS::Lambda::Function'))).toEqual(['RecoveryDrillFunction']);
  });

  test('uses the replica that the owner of an existing key made', () => {
    const id = 'mrk-1234567890abcdef1234567890abcdef';
    const arn = `arn:aws:kms:eu-west-1:999999999999:key/${id}`;
    const there = `arn:aws:kms:eu-central-1:999999999999:key/${id}`;
    const { recovery } = recoveryTemplates({}, { key: { wrappingKey: { arn } } });
    expect(resourcesOf(recovery, 'AWS::KMS::ReplicaKey')).toEqual({});
    expect(only(recovery, 'AWS::Lambda::Function').Properties).toMatchObject({
      Environment: { Variables: { SEALDROP_KEY_ARN: there } },
    });
    expect(permissionsOf(recovery, 'RecoveryRolesOpener')[there]).toEqual([
      'kms:Decrypt if {"StringEquals":{"kms:EncryptionContext:sealdrop-vault":"payroll"}}',
      'kms:DescribeKey',
    ]);
    const { Properties } = named(recovery, 'AWS::IAM::Policy', 'RecoveryRolesDrillDefaultPolicy');
    const ask = (action: string, keys: Record<string, string>): string =>
      decide(Properties['PolicyDocument'] as Policy, {
        ...{ principal: 'drill', action, resource: there },
        keys: { 'aws:RequestedRegion': 'eu-central-1', ...keys },
      });
    const ours = { 'kms:EncryptionContext:sealdrop-vault': 'payroll' };
    expect(ask('kms:Decrypt', ours)).toBe('allow');
    expect(ask('kms:DescribeKey', {})).toBe('allow');
    expect(ask('kms:Decrypt', { 'kms:EncryptionContext:sealdrop-vault': 'other' })).toBe('silent');
    expect(ask('kms:Decrypt', { ...ours, 'aws:RequestedRegion': 'eu-west-1' })).toBe('deny');
    for (const action of ['kms:GenerateDataKey', 'kms:ReEncryptFrom', 'kms:ReEncryptTo']) {
      expect(ask(action, ours)).toBe('silent');
    }
  });

  test.each([
    [{ arn: 'arn:aws:kms:eu-west-1:111122223333:key/12345678-1234-1234-1234-123456789012' }],
    [{ alias: 'alias/mrk-payroll' }],
    [{ alias: 'arn:aws:kms:eu-west-1:111122223333:alias/mrk-payroll' }],
  ])('is refused with the existing key %j, which may be in one Region alone', (wrappingKey) => {
    expect(refusalOf(() => recoveryTemplates({}, { key: { wrappingKey } }))).toMatchObject({
      message: 'the vault payroll has a replica, and a wrapping key that cannot be there',
      hint: 'name a multi-Region key (mrk-…) by its own ARN',
    });
  });

  test('leaves it to the policy of an existing replica who may end it', () => {
    const arn = 'arn:aws:kms:eu-west-1:111122223333:key/mrk-1234567890abcdef1234567890abcdef';
    const breakGlassArns = ['arn:aws:iam::111122223333:role/break-glass'];
    const { hint } = refusalOf(() =>
      recoveryTemplates({ breakGlassArns }, { key: { wrappingKey: { arn } } }),
    );
    expect(hint).toContain('leave out the break-glass principals');
  });

  test.each([0, 8, 1.5])('is refused with drillWithinDays %p', (drillWithinDays) => {
    expect(() => recoveryTemplates({ drillWithinDays })).toThrow(
      expect.objectContaining({ name: 'ConfigurationError' }),
    );
  });

  test('is refused in the Region of the vault', () => {
    const place = { account: '111122223333', region: 'eu-west-1' };
    expect(() => recoveryTemplates({}, { vault: place, second: place })).toThrow('both in eu-west-1');
  });
});
