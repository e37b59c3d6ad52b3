import { Alarm, ComparisonOperator, TreatMissingData, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';

/** When an alarm rings, and what it says. */
export interface AlarmAtProps {
  readonly metric: IMetric;
  /**
   * Rings where the metric comes to this in one period.
   * @defaultValue 1
   */
  readonly threshold?: number;
  readonly alarmDescription: string;
}

/** An alarm that rings at the first period in which something happened, and is silent where nothing did. */
export function alarmAt(
  scope: Construct,
  id: string,
  { metric, threshold = 1, alarmDescription }: AlarmAtProps,
): Alarm {
  return new Alarm(scope, id, {
    ...{ metric, threshold, alarmDescription },
    evaluationPeriods: 1,
    comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  });
}
