import { beforeAll, describe, expect, test } from '@jest/globals';
import { Template } from 'aws-cdk-lib/assertions';
import { chooseEnvironment, type Environment } from '../../infra/environments.ts';
import { builtHandlers } from './built-handlers.ts';
import { synthesize } from './project-stacks.ts';
import { only, plain, resourcesOf } from './templates.ts';

const settings = {
  production: true,
  vaultId: 'payroll',
  multiRegion: true,
  ...{ account: '111122223333', region: 'eu-west-1' },
  breakGlassRoleArns: ['arn:aws:iam::111122223333:role/break-glass'],
  recovery: {
    ...{ region: 'eu-central-1', drillSchedule: 'cron(0 4 * * ? *)', drillSample: 20 },
    ...{ drillWithinDays: 1, maxLagMinutes: 60 },
  },
};
const chosen: Environment = chooseEnvironment('prod', { prod: settings });
beforeAll(builtHandlers, 120_000);

describe('an environment with a second Region', () => {
  test('is deployed in an order in which each stack finds what it needs', () => {
    const { app, vault, replica, recovery, trail } = synthesize(chosen);
    const assembly = app.synth();
    expect(vault.dependencies).toContain(replica);
    expect(recovery?.dependencies).toEqual(expect.arrayContaining([vault, replica]));
    expect(replica?.dependencies).toEqual([]);
    const regions = [replica, vault, trail, recovery].map(
      (stack) => assembly.getStackByName(stack?.stackName ?? '').environment.region,
    );
    expect(regions).toEqual(['eu-central-1', 'eu-west-1', 'eu-west-1', 'eu-central-1']);
    for (const stack of [replica, recovery]) {
      expect(stack?.terminationProtection).toBe(true);
      expect(stack?.tags.tagValues()).toEqual({ 'sealdrop:environment': 'prod' });
    }
  });

  test('has the drill that it asks for', () => {
    const { recovery } = synthesize(chosen);
    if (recovery === undefined) throw new Error('there is no stack of the second Region');
    const template = Template.fromStack(recovery);
    expect(only(template, 'AWS::Scheduler::Schedule').Properties['ScheduleExpression']).toBe(
      'cron(0 4 * * ? *)',
    );
    expect(only(template, 'AWS::Lambda::Function').Properties).toMatchObject({
      Environment: { Variables: { SEALDROP_SAMPLE: '20' } },
    });
    const alarms = resourcesOf(template, 'AWS::CloudWatch::Alarm');
    expect(alarms['RecoveryAlarmsBehind']?.Properties['Threshold']).toBe(3600);
    expect(alarms['RecoveryAlarmsNothingOpened']?.Properties['EvaluationPeriods']).toBe(1);
    expect(JSON.stringify(only(template, 'AWS::KMS::ReplicaKey'))).toContain('role/break-glass');
    expect(Object.keys(template.findOutputs('*')).sort()).toEqual([
      'DrillFunctionName',
      'RecoveryOpenerRoleArn',
      'ReplicaKeyArn',
    ]);
  });

  test('on an existing key asks its owner for what the replica must allow', () => {
    const { breakGlassRoleArns: _, multiRegion: __, ...others } = settings;
    const arn = 'arn:aws:kms:eu-west-1:111122223333:key/mrk-1234567890abcdef1234567890abcdef';
    const { recovery } = synthesize(chooseEnvironment('prod', { prod: { ...others, wrappingKey: { arn } } }));
    if (recovery === undefined) throw new Error('there is no stack of the second Region');
    const outputs = Template.fromStack(recovery).findOutputs('*');
    expect(recovery.dependencies.map(({ stackName }) => stackName)).toContain('Sealdrop-prod-Vault');
    expect(outputs['ReplicaKeyArn']?.['Value']).toBe(arn.replace('eu-west-1', 'eu-central-1'));
    const policy = JSON.stringify(outputs['RequiredReplicaKeyPolicy']);
    expect(policy.match(/kms:\w+/g)).toEqual(['kms:DescribeKey', 'kms:Decrypt', 'kms:EncryptionContext']);
    expect(policy.match(/RecoveryRoles(Opener|Drill)/g)).toHaveLength(4);
  });

  test('on imported material says how to begin the import there', () => {
    const wrappingKey = { material: 'imported' };
    const { recovery } = synthesize(chooseEnvironment('prod', { prod: { ...settings, wrappingKey } }));
    if (recovery === undefined) throw new Error('there is no stack of the second Region');
    const { ReplicaKeyImport } = Template.fromStack(recovery).findOutputs('*');
    expect(plain(ReplicaKeyImport?.['Value'])).toBe(
      'aws kms get-parameters-for-import --key-id ${RecoveryKey.Arn} ' +
        '--wrapping-algorithm RSAES_OAEP_SHA_256 --wrapping-key-spec RSA_4096 --region eu-central-1',
    );
  });

  test('has its replicas watched by the trail', () => {
    const { trailTemplate, replica } = synthesize(chosen);
    const name = replica === undefined ? '' : (Template.fromStack(replica).toJSON() as object);
    const [, bucketName = ''] = /"BucketName":"([^"]+)"/.exec(JSON.stringify(name)) ?? [];
    expect(bucketName).not.toBe('');
    expect(JSON.stringify(only(trailTemplate, 'AWS::CloudTrail::Trail'))).toContain(`:s3:::${bucketName}/`);
  });
});

test('an environment without one has none of its stacks', () => {
  const { replica, recovery } = synthesize({ ...chosen, recovery: undefined });
  expect([replica, recovery]).toEqual([undefined, undefined]);
});
