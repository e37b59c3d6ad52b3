import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';

/** Whose runs are watched. */
export interface RewrapAlarmsProps {
  readonly vaultId: string;
}

/** Rings where a rewrap run left objects in their old wrapping. They still open; the runs need a look. */
export class RewrapAlarms extends Construct {
  constructor(scope: Construct, id: string, { vaultId }: RewrapAlarmsProps) {
    super(scope, id);
    const alarm = (name: string, metricName: string, alarmDescription: string): void => {
      new Alarm(this, name, {
        alarmDescription,
        metric: new Metric({
          namespace: 'Sealdrop',
          metricName,
          dimensionsMap: { service: vaultId },
          statistic: 'Maximum',
          period: Duration.hours(1),
        }),
        threshold: 1,
        evaluationPeriods: 1,
        comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        treatMissingData: TreatMissingData.NOT_BREACHING,
      });
    };
    alarm('Failed', 'RewrapFailed', 'Objects could not be rewrapped: read the log of the rewrap function.');
    alarm('Incomplete', 'RewrapIncomplete', 'A rewrap run ended before it had seen every object.');
  }
}
