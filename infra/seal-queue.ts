import { Duration } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { alarmAt } from './alarm-at.ts';
import { functionTimeout } from './vault-function.ts';

/** How patient the queue is. */
export interface SealQueueProps {
  /** How often a message is handed out before it goes to the dead-letter queue. */
  readonly maxReceives: number;
}

/**
 * The queue of drops that are still to be sealed, and the queue of those that could not be. Both are
 * encrypted by SQS itself: S3 cannot notify a queue that the AWS managed SQS key encrypts.
 */
export class SealQueue extends Construct {
  readonly queue: Queue;
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, { maxReceives }: SealQueueProps) {
    super(scope, id);
    this.deadLetters = new Queue(this, 'DeadLetters', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    this.queue = new Queue(this, 'Queue', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      // Lambda asks for six times the timeout of the function; failed messages come back sooner by
      // themselves.
      visibilityTimeout: Duration.minutes(6 * functionTimeout.toMinutes()),
      // The function sends what it gives up with its reason; this catches what ends the function itself.
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: maxReceives },
    });
    alarmAt(this, 'DeadLettersAlarm', {
      metric: this.deadLetters.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(1) }),
      alarmDescription: 'Dropped files could not be sealed: read the reasons in the dead-letter queue.',
    });
  }
}
