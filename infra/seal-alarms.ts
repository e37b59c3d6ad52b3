import { Duration } from 'aws-cdk-lib';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { alarmAt } from './alarm-at.ts';
import { vaultMetric } from './vault-metric.ts';

/** Whose drops are watched. */
export interface SealAlarmsProps {
  readonly vaultId: string;
  /** The queue of drops that are still to be sealed. */
  readonly queue: Queue;
}

/** Twice as long as the longest try takes. */
const patience = Duration.minutes(30);

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
    const threshold = patience.toSeconds();
    alarmAt(this, 'NotTried', {
      metric: queue.metricApproximateAgeOfOldestMessage({ period }),
      threshold,
      alarmDescription:
        'Dropped files wait, and nobody seals them: see the seal function and its event source.',
    });
    alarmAt(this, 'TriedInVain', {
      metric: vaultMetric(vaultId, 'WaitedSeconds', 'Maximum', period),
      threshold,
      alarmDescription:
        'Dropped files are tried again and again: read in the log of the seal function which service fails.',
    });
  }
}
