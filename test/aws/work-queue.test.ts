import { ChangeMessageVisibilityCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, test } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import {
  firstSentAt,
  renewMessage,
  retryDelaySeconds,
  returnAfter,
  sendDeadLetter,
} from '../../aws/work-queue.ts';
import { SealdropError } from '../../envelope/index.ts';
import { failureOf } from '../support/bytes.ts';

const queueUrl = 'https://sqs.eu-west-1.amazonaws.com/111122223333/dead-letters';

function queue() {
  const client = new SQSClient({ region: 'eu-west-1' });
  return { client, mock: mockClient(client) };
}

async function attributesOf(reason: unknown, receiveCount = 3): Promise<Record<string, string | undefined>> {
  const { client, mock } = queue();
  await sendDeadLetter(client, { queueUrl, body: '{"Records":[]}', reason, receiveCount });
  const input = mock.commandCalls(SendMessageCommand)[0]?.args[0].input;
  expect(input).toMatchObject({ QueueUrl: queueUrl, MessageBody: '{"Records":[]}' });
  return Object.fromEntries(
    Object.entries(input?.MessageAttributes ?? {}).map(([name, { DataType, StringValue }]) => {
      expect(DataType).toBe('String');
      return [name, StringValue];
    }),
  );
}

describe('a dead letter', () => {
  test('carries the reason as its attributes, and its body as it was', async () => {
    const reason = new SealdropError('RESERVED_NAME', 'not that name', { cause: new Error('secret-cause') });
    expect(await attributesOf(reason)).toEqual({
      'error-code': 'RESERVED_NAME',
      'error-message': 'not that name',
      'error-hint': reason.hint,
      'receive-count': '3',
    });
  });

  test.each([
    new Error('secret-detail'),
    new SyntaxError('Unexpected token secret-detail'),
    'secret-detail',
    undefined,
  ])('says of an unexpected failure only that it was one: %p', async (reason) => {
    const attributes = await attributesOf(reason);
    expect(attributes['error-code']).toBe('UNEXPECTED');
    expect(JSON.stringify(attributes)).not.toContain('secret-detail');
  });

  test.each([
    ['café\n📦', 'caf?????'],
    ['', '-'],
    ['x'.repeat(5000), 'x'.repeat(1024)],
  ])('has only attributes that SQS takes', async (message, expected) => {
    const attributes = await attributesOf(new SealdropError('SERVICE_FAILED', message));
    expect(attributes['error-message']?.replace(/\?+/, '?')).toBe(expected.replace(/\?+/, '?'));
    for (const value of Object.values(attributes)) expect(value).toMatch(/^[\x20-\x7e]{1,1024}$/);
  });

  test('that cannot be sent is an error that names the action', async () => {
    const { client, mock } = queue();
    mock.on(SendMessageCommand).rejects(Object.assign(new Error('no'), { name: 'AccessDenied' }));
    const letter = { queueUrl, body: 'x', reason: undefined, receiveCount: 1 };
    const failure = await failureOf(() => sendDeadLetter(client, letter));
    expect([failure.code, failure.message]).toEqual([
      'ACCESS_DENIED',
      `sqs:SendMessage on ${queueUrl} failed: AccessDenied`,
    ]);
  });
});

describe('the delay of a retry', () => {
  test.each([
    [1, 5, 10],
    [2, 10, 20],
    [3, 20, 40],
    [7, 320, 640],
    [8, 450, 900],
    [100, 450, 900],
    [5000, 450, 900],
  ])('after %i tries is between %i and %i seconds', (receiveCount, least, most) => {
    expect(retryDelaySeconds(receiveCount, undefined, () => 0)).toBe(least);
    expect(retryDelaySeconds(receiveCount, undefined, () => 0.999999)).toBe(most);
    const delay = retryDelaySeconds(receiveCount);
    expect(Number.isInteger(delay) && delay >= least && delay <= most).toBe(true);
  });

  test.each([1, 2, 3, 4, 5000])('after %i tries is no longer than its caller says', (receiveCount) => {
    expect(retryDelaySeconds(receiveCount, 60, () => 0.999999)).toBe(
      Math.min(10 * 2 ** (receiveCount - 1), 60),
    );
    expect(retryDelaySeconds(receiveCount, 60, () => 0)).toBeGreaterThanOrEqual(5);
  });
});

describe('a message that is sent anew', () => {
  const attribute = 'sealdrop-first-sent-at';
  const received = (sent: string, noted?: string) => ({
    attributes: { SentTimestamp: sent },
    messageAttributes: noted === undefined ? {} : { [attribute]: { stringValue: noted } },
  });

  test('goes to the queue as it was, later, and notes when it was first sent', async () => {
    const { client, mock } = queue();
    await renewMessage(client, {
      queueUrl,
      body: 'the body',
      firstSentAt: 1_800_000_000_123,
      delaySeconds: 42,
    });
    const input = mock.commandCalls(SendMessageCommand)[0]?.args[0].input;
    expect(input).toEqual({
      QueueUrl: queueUrl,
      MessageBody: 'the body',
      DelaySeconds: 42,
      MessageAttributes: { [attribute]: { DataType: 'Number', StringValue: '1800000000123' } },
    });
    const noted = input?.MessageAttributes?.[attribute]?.StringValue;
    expect(firstSentAt(received('1800000009999', noted))).toBe(1_800_000_000_123);
  });

  test.each([
    ['was never sent anew', received('500'), 500],
    ['was sent anew', received('500', '400'), 400],
    ['says that it was first sent later than it was', received('500', '501'), 500],
    ['notes no time', received('500', 'yesterday'), 500],
    ['notes nothing', received('500', ''), 500],
    ['notes a negative time', received('500', '-1'), 500],
  ])('and %s is as old as can be', (_, message, expected) => {
    expect(firstSentAt(message)).toBe(expected);
  });

  test('and cannot be is an error that names the action', async () => {
    const { client, mock } = queue();
    mock.on(SendMessageCommand).rejects(Object.assign(new Error('no'), { name: 'AccessDenied' }));
    const message = { queueUrl, body: 'x', firstSentAt: 1, delaySeconds: 1 };
    const failure = await failureOf(() => renewMessage(client, message));
    expect(failure.code).toBe('ACCESS_DENIED');
    expect(failure.message).toContain('sqs:SendMessage');
  });
});

describe('a message that is returned', () => {
  test('comes back after the delay', async () => {
    const { client, mock } = queue();
    await returnAfter(client, queueUrl, 'receipt', 17);
    expect(mock.commandCalls(ChangeMessageVisibilityCommand)[0]?.args[0].input).toEqual({
      QueueUrl: queueUrl,
      ReceiptHandle: 'receipt',
      VisibilityTimeout: 17,
    });
  });

  test('and cannot be is an error that names the action', async () => {
    const { client, mock } = queue();
    mock.on(ChangeMessageVisibilityCommand).rejects(Object.assign(new Error('no'), { name: 'Throttling' }));
    const failure = await failureOf(() => returnAfter(client, queueUrl, 'receipt', 17));
    expect(failure.code).toBe('THROTTLED');
    expect(failure.message).toContain('sqs:ChangeMessageVisibility');
  });
});
