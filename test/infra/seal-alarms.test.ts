import { expect, test } from '@jest/globals';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { SealAlarms } from '../../infra/seal-alarms.ts';
import { functionTimeout } from '../../infra/vault-function.ts';
import { named } from './templates.ts';

const stack = new Stack(new App(), 'Stack');
new SealAlarms(stack, 'Alarms', { vaultId: 'payroll', queue: new Queue(stack, 'Drops') });
const template = Template.fromStack(stack);

const onHalfAnHour = {
  Threshold: 1800,
  EvaluationPeriods: 1,
  Period: 300,
  Statistic: 'Maximum',
  ComparisonOperator: 'GreaterThanOrEqualToThreshold',
  TreatMissingData: 'notBreaching',
};

test('a drop that nobody works on for half an hour rings', () => {
  expect(named(template, 'AWS::CloudWatch::Alarm', 'AlarmsNotTried').Properties).toMatchObject({
    Namespace: 'AWS/SQS',
    MetricName: 'ApproximateAgeOfOldestMessage',
    Dimensions: [{ Name: 'QueueName', Value: '${Drops.QueueName}' }],
    ...onHalfAnHour,
  });
});

test('a drop that is tried in vain for half an hour rings', () => {
  expect(named(template, 'AWS::CloudWatch::Alarm', 'AlarmsTriedInVain').Properties).toMatchObject({
    Namespace: 'Sealdrop',
    MetricName: 'WaitedSeconds',
    Dimensions: [{ Name: 'service', Value: 'payroll' }],
    ...onHalfAnHour,
  });
});

test('work that takes as long as a function may run does not ring', () => {
  expect(onHalfAnHour.Threshold).toBeGreaterThan(functionTimeout.toSeconds());
});
