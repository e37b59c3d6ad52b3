import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  Metric,
  TreatMissingData,
  type IMetric,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';

/** Whose runs are watched. */
export interface RewrapAlarmsProps {
  readonly vaultId: string;
  readonly machine: StateMachine;
}

const period = Duration.hours(1);

/** Rings where a rewrap run left objects in their old wrapping. They still open; the runs need a look. */
export class RewrapAlarms extends Construct {
  constructor(scope: Construct, id: string, { vaultId, machine }: RewrapAlarmsProps) {
    super(scope, id);
    const alarm = (name: string, metric: IMetric, alarmDescription: string): void => {
      new Alarm(this, name, {
        alarmDescription,
        metric,
        threshold: 1,
        evaluationPeriods: 1,
        comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        treatMissingData: TreatMissingData.NOT_BREACHING,
      });
    };
    const told = (metricName: string): Metric =>
      new Metric({
        namespace: 'Sealdrop',
        metricName,
        dimensionsMap: { service: vaultId },
        statistic: 'Maximum',
        period,
      });
    alarm('Failed', told('RewrapFailed'), 'Objects could not be rewrapped: read the summary of the run.');
    alarm('Incomplete', told('RewrapIncomplete'), 'A rewrap run ended before it had seen every object.');
    // What cannot even report is seen by nobody else.
    alarm('RunFailed', machine.metricFailed({ period }), 'A rewrap run failed: see its execution.');
    alarm(
      'RunTimedOut',
      machine.metricTimedOut({ period }),
      'A rewrap run hung, and was ended: see its execution.',
    );
  }
}
