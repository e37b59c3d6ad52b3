import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  Metric,
  TreatMissingData,
  type IMetric,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

/** Whose drops are watched. */
export interface SealAlarmsProps {
  readonly vaultId: string;
  /** The queue of drops that are still to be sealed. */
  readonly queue: Queue;
}

/** Twice as long as the longest try takes. */
const threshold = Duration.minutes(30);

/**
 * Rings where drops wait to be sealed. It takes two alarms: SQS counts the age of a message only while that was
 * received up to three times, so it tells of drops that nobody works on; the function tells of those that it tries
 * in vain, from the time that each was first sent.
 *
 * Source: Amazon SQS Developer Guide, "Available CloudWatch metrics for Amazon SQS", ApproximateAgeOfOldestMessage.
 */
export class SealAlarms extends Construct {
  constructor(scope: Construct, id: string, { vaultId, queue }: SealAlarmsProps) {
    super(scope, id);
    const period = Duration.minutes(5);
    const alarm = (name: string, metric: IMetric, alarmDescription: string): void => {
      new Alarm(this, name, {
        alarmDescription,
        metric,
        threshold: threshold.toSeconds(),
        evaluationPeriods: 1,
        comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        treatMissingData: TreatMissingData.NOT_BREACHING,
      });
    };
    alarm(
      'NotTried',
      queue.metricApproximateAgeOfOldestMessage({ period }),
      'Dropped files wait, and nobody seals them: see the seal function and its event source.',
    );
    alarm(
      'TriedInVain',
      new Metric({
        namespace: 'Sealdrop',
        metricName: 'WaitedSeconds',
        dimensionsMap: { service: vaultId },
        statistic: 'Maximum',
        period,
      }),
      'Dropped files are tried again and again: read in the log of the seal function which service fails.',
    );
  }
}
