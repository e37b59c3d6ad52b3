import { beforeAll, describe, expect, test } from '@jest/globals';
import { builtHandlers } from './built-handlers.ts';
import { recoveryTemplates } from './recovery-scene.ts';
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
