import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { alarmAt } from './alarm-at.ts';
import { replicationMetric, type ReplicatedBuckets } from './replication.ts';
import { vaultMetric } from './vault-metric.ts';

/** What is watched, and when it rings. */
export interface DrillAlarmsProps extends ReplicatedBuckets {
  readonly vaultId: string;
  readonly drillFunction: IFunction;
  /** How far the replica may be behind. */
  readonly maxLag: Duration;
  /** How many days may pass without a drill that opened something: 1 to 7, the most that CloudWatch looks back. */
  readonly drillWithinDays: number;
}

/** Rings in the second Region where it would be of no use, or nobody knows whether it would. */
export class DrillAlarms extends Construct {
  constructor(scope: Construct, id: string, props: DrillAlarmsProps) {
    super(scope, id);
    const { vaultId, drillFunction, maxLag, drillWithinDays } = props;
    const hour = Duration.hours(1);
    alarmAt(this, 'Failed', {
      metric: vaultMetric(vaultId, 'DrillFailed', 'Maximum', hour),
      alarmDescription: "Sealed objects did not open in the second Region: see the drill's log.",
    });
    alarmAt(this, 'Incomplete', {
      metric: vaultMetric(vaultId, 'DrillIncomplete', 'Maximum', hour),
      alarmDescription: 'A drill did not get to all of its sample: take a smaller one.',
    });
    alarmAt(this, 'Crashed', {
      metric: drillFunction.metricErrors({ period: hour }),
      alarmDescription: 'A drill ended before it could report: see its log.',
    });
    new Alarm(this, 'NothingOpened', {
      alarmDescription: 'No drill opened anything: it did not run, or the replica is empty.',
      metric: vaultMetric(vaultId, 'DrillOpened', 'Sum', Duration.days(1)),
      threshold: 1,
      evaluationPeriods: drillWithinDays,
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      treatMissingData: TreatMissingData.BREACHING,
    });
    new Alarm(this, 'Behind', {
      alarmDescription: 'The replica is too far behind: what was sealed since would be lost with the Region.',
      metric: replicationMetric('ReplicationLatency', 'Maximum', props),
      threshold: maxLag.toSeconds(),
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      // S3 tells nothing where nothing is replicated.
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }
}
