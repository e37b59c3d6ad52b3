import { ChangeMessageVisibilityCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { SealdropError } from '../envelope/index.ts';
import { toSealdropError } from './service-errors.ts';

/** SQS's limit for the value of an attribute, kept well below so that body and attributes fit together. */
const maxAttributeLength = 1024;

/** A message that cannot be worked on, and why. */
export interface DeadLetter {
  readonly queueUrl: string;
  /** The body as it was received. */
  readonly body: string;
  readonly reason: unknown;
  /** How often the message was received. */
  readonly receiveCount: number;
}

/**
 * Sends a message to the dead-letter queue with the reason as its attributes: `error-code`, `error-message`,
 * `error-hint`, `receive-count`.
 *
 * @throws {@link SealdropError} ACCESS_DENIED, THROTTLED, SERVICE_UNAVAILABLE, SERVICE_FAILED.
 */
export async function sendDeadLetter(client: SQSClient, letter: DeadLetter): Promise<void> {
  const { reason, queueUrl } = letter;
  const attributes = {
    'error-code': reason instanceof SealdropError ? reason.code : 'UNEXPECTED',
    // The message of an error from elsewhere may quote what it failed on.
    'error-message': reason instanceof SealdropError ? reason.message : 'an unexpected failure',
    'error-hint': reason instanceof SealdropError ? reason.hint : 'read the log of the function',
    'receive-count': String(letter.receiveCount),
  };
  try {
    await client.send(
      new SendMessageCommand({
        QueueUrl: queueUrl,
        MessageBody: letter.body,
        MessageAttributes: Object.fromEntries(
          Object.entries(attributes).map(([name, value]) => [
            name,
            { DataType: 'String', StringValue: attributeValue(value) },
          ]),
        ),
      }),
    );
  } catch (error) {
    throw toSealdropError(error, { action: 'sqs:SendMessage', resource: queueUrl }, {});
  }
}

/** SQS takes printable characters only, and refuses an empty value. */
function attributeValue(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, maxAttributeLength) || '-';
}

/** The longest a failed message waits before it is handed out again. */
const maxDelaySeconds = 900;

/**
 * How long a failed message waits: twice as long after each try, with jitter so that messages which failed
 * together do not return together.
 *
 * @param receiveCount - how often the message was received, 1 or more
 */
export function retryDelaySeconds(receiveCount: number, random: () => number = Math.random): number {
  const ceiling = Math.min(maxDelaySeconds, 10 * 2 ** (receiveCount - 1));
  return Math.ceil(ceiling / 2 + (random() * ceiling) / 2);
}

/**
 * Lets a received message come back after a delay, rather than after the whole visibility timeout, which is
 * made for the longest work.
 *
 * @throws {@link SealdropError} ACCESS_DENIED, THROTTLED, SERVICE_UNAVAILABLE, SERVICE_FAILED.
 */
export async function returnAfter(
  client: SQSClient,
  queueUrl: string,
  receiptHandle: string,
  delaySeconds: number,
): Promise<void> {
  try {
    await client.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: queueUrl,
        ReceiptHandle: receiptHandle,
        VisibilityTimeout: delaySeconds,
      }),
    );
  } catch (error) {
    throw toSealdropError(error, { action: 'sqs:ChangeMessageVisibility', resource: queueUrl }, {});
  }
}
