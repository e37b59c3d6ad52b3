import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { test } from '@jest/globals';
import { RewrapAlarms } from '../../infra/rewrap-alarms.ts';

test.each(['RewrapFailed', 'RewrapIncomplete'])('one run that reports %s rings', (MetricName) => {
  const stack = new Stack(new App(), 'Stack');
  new RewrapAlarms(stack, 'Alarms', { vaultId: 'payroll' });
  Template.fromStack(stack).hasResourceProperties('AWS::CloudWatch::Alarm', {
    Namespace: 'Sealdrop',
    MetricName,
    Dimensions: [{ Name: 'service', Value: 'payroll' }],
    Statistic: 'Maximum',
    Threshold: 1,
    EvaluationPeriods: 1,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    TreatMissingData: 'notBreaching',
  });
});
