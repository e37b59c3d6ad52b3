import { beforeAll, expect, test } from '@jest/globals';
import { Duration } from 'aws-cdk-lib';
import type { Template } from 'aws-cdk-lib/assertions';
import { builtHandlers } from './built-handlers.ts';
import { recoveryTemplates } from './recovery-scene.ts';
import { resourcesOf } from './templates.ts';

let template: Template;
beforeAll(async () => {
  await builtHandlers();
  template = recoveryTemplates({ maxLag: Duration.minutes(30), drillWithinDays: 3 }).recovery;
}, 120_000);

const properties = (name: string): Record<string, unknown> =>
  resourcesOf(template, 'AWS::CloudWatch::Alarm')[`RecoveryAlarms${name}`]?.Properties ?? {};
const ofVault = [{ Name: 'service', Value: 'payroll' }];
const onFirst = {
  ...{ Threshold: 1, EvaluationPeriods: 1, TreatMissingData: 'notBreaching' },
  ComparisonOperator: 'GreaterThanOrEqualToThreshold',
};

test.each([
  ['Failed', 'DrillFailed'],
  ['Incomplete', 'DrillIncomplete'],
])('one drill that reports %s rings', (name, MetricName) => {
  expect(properties(name)).toMatchObject({
    ...onFirst,
    ...{ Namespace: 'Sealdrop', MetricName, Dimensions: ofVault, Statistic: 'Maximum' },
  });
});

test('one drill that ends before it reports rings', () => {
  expect(properties('Crashed')).toMatchObject({
    ...onFirst,
    ...{ Namespace: 'AWS/Lambda', MetricName: 'Errors', Statistic: 'Sum' },
    Dimensions: [{ Name: 'FunctionName', Value: '${RecoveryDrillFunction}' }],
  });
});

test('no drill that opened anything for some days rings: silence is no good sign', () => {
  expect(properties('NothingOpened')).toMatchObject({
    ...{ Namespace: 'Sealdrop', MetricName: 'DrillOpened', Dimensions: ofVault, Statistic: 'Sum' },
    ...{ Period: 86_400, EvaluationPeriods: 3, Threshold: 1, ComparisonOperator: 'LessThanThreshold' },
    TreatMissingData: 'breaching',
  });
});

test('a replica that is too far behind rings, by the word of S3 in this Region', () => {
  expect(properties('Behind')).toMatchObject({
    ...{ Namespace: 'AWS/S3', MetricName: 'ReplicationLatency', Statistic: 'Maximum', Threshold: 1800 },
    ...{ ComparisonOperator: 'GreaterThanThreshold', TreatMissingData: 'notBreaching' },
    Dimensions: [
      { Name: 'DestinationBucket', Value: expect.stringContaining('Replica') },
      { Name: 'RuleId', Value: 'sealed-objects' },
      {
        Name: 'SourceBucket',
        Value: { 'Fn::GetStackOutput': expect.objectContaining({ StackName: 'Vault' }) },
      },
    ],
  });
});
