import { ChangeMessageVisibilityCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, test } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { retryDelaySeconds, returnAfter, sendDeadLetter } from '../../aws/work-queue.ts';
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
