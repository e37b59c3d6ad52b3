import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { DefinitionBody, Pass, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { test } from '@jest/globals';
import { RewrapAlarms } from '../../infra/rewrap-alarms.ts';

const stack = new Stack(new App(), 'Stack');
const machine = new StateMachine(stack, 'Machine', {
  definitionBody: DefinitionBody.fromChainable(new Pass(stack, 'Pass')),
});
new RewrapAlarms(stack, 'Alarms', { vaultId: 'payroll', machine });
const template = Template.fromStack(stack);

const onFirst = {
  Threshold: 1,
  EvaluationPeriods: 1,
  ComparisonOperator: 'GreaterThanOrEqualToThreshold',
  TreatMissingData: 'notBreaching',
};

test.each(['RewrapFailed', 'RewrapIncomplete'])('one run that reports %s rings', (MetricName) => {
  template.hasResourceProperties('AWS::CloudWatch::Alarm', {
    Namespace: 'Sealdrop',
    MetricName,
    Dimensions: [{ Name: 'service', Value: 'payroll' }],
    Statistic: 'Maximum',
    ...onFirst,
  });
});

test.each([
  ['fails', 'ExecutionsFailed'],
  ['hangs until it is ended', 'ExecutionsTimedOut'],
])('one run that %s rings, even where it reports nothing', (_, MetricName) => {
  template.hasResourceProperties('AWS::CloudWatch::Alarm', {
    Namespace: 'AWS/States',
    MetricName,
    Statistic: 'Sum',
    ...onFirst,
  });
});
