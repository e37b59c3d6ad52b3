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

/** The attribute of a message that was sent anew: when it was sent for the first time, in milliseconds. */
const firstSentAttribute = 'sealdrop-first-sent-at';

/** The parts of a received message that tell how old it is. */
export interface DatedMessage {
  readonly attributes: { readonly SentTimestamp: string };
  readonly messageAttributes: Readonly<Record<string, { readonly stringValue?: string | undefined }>>;
}

/**
 * When a message was sent for the first time, in milliseconds since 1970. Only an earlier moment than that of the
 * message itself can be one, so nobody can make a message younger than it is.
 */
export function firstSentAt({ attributes, messageAttributes }: DatedMessage): number {
  const sentAt = Number(attributes.SentTimestamp);
  const noted = messageAttributes[firstSentAttribute]?.stringValue ?? '';
  return /^\d{1,16}$/.test(noted) ? Math.min(Number(noted), sentAt) : sentAt;
}

/** A message that is sent anew to the queue that it came from. */
export interface RenewedMessage {
  readonly queueUrl: string;
  /** The body as it was received. */
  readonly body: string;
  /** As {@link firstSentAt} tells it. */
  readonly firstSentAt: number;
  /** How long it waits before it is handed out: 0 to 900. */
  readonly delaySeconds: number;
}

/**
 * Sends a message anew, so that it has all of its receives before it. Whoever sends it acknowledges the old one
 * only afterwards: it may be there twice, and is never lost.
 *
 * @throws {@link SealdropError} ACCESS_DENIED, THROTTLED, SERVICE_UNAVAILABLE, SERVICE_FAILED.
 */
export async function renewMessage(client: SQSClient, message: RenewedMessage): Promise<void> {
  const { queueUrl, body, delaySeconds } = message;
  try {
    await client.send(
      new SendMessageCommand({
        QueueUrl: queueUrl,
        MessageBody: body,
        DelaySeconds: delaySeconds,
        MessageAttributes: {
          [firstSentAttribute]: { DataType: 'Number', StringValue: String(message.firstSentAt) },
        },
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

/** The longest that a failed message waits, in seconds, before it is handed out again; also SQS's own limit. */
export const longestDelaySeconds = 900;

/**
 * How long a failed message waits: twice as long after each try, with jitter so that messages which failed
 * together do not return together.
 *
 * @param receiveCount - how often the message was received, 1 or more
 */
export function retryDelaySeconds(
  receiveCount: number,
  mostSeconds: number = longestDelaySeconds,
  random: () => number = Math.random,
): number {
  const ceiling = Math.min(mostSeconds, 10 * 2 ** (receiveCount - 1));
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
