import { describe, expect, test } from '@jest/globals';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { SealQueue } from '../../infra/seal-queue.ts';
import { functionTimeout } from '../../infra/vault-function.ts';
import { decide, type Policy } from './policies.ts';
import { named, only } from './templates.ts';

const stack = new Stack(new App(), 'Test');
new SealQueue(stack, 'Drops', { maxReceives: 7 });
const template = Template.fromStack(stack);

describe('the queue of drops', () => {
  const { Properties } = named(template, 'AWS::SQS::Queue', 'DropsQueue');

  test('gives up after so many receives, into the dead-letter queue', () => {
    expect(Properties['RedrivePolicy']).toEqual({
      deadLetterTargetArn: '${DropsDeadLetters.Arn}',
      maxReceiveCount: 7,
    });
  });

  test('hides a message for six times as long as the function may run', () => {
    expect(Properties['VisibilityTimeout']).toBe(6 * functionTimeout.toSeconds());
    expect(Properties['VisibilityTimeout']).toBeLessThanOrEqual(12 * 60 * 60);
  });
});

describe.each(['DropsQueue', 'DropsDeadLetters'])('the queue %s', (id) => {
  const { Properties } = named(template, 'AWS::SQS::Queue', id);

  test('is encrypted by SQS itself, since S3 cannot notify one that the AWS managed key encrypts', () => {
    expect(Properties['SqsManagedSseEnabled']).toBe(true);
    expect(Properties).not.toHaveProperty('KmsMasterKeyId');
  });

  test('keeps its messages for as long as SQS can', () => {
    expect(Properties['MessageRetentionPeriod']).toBe(14 * 24 * 60 * 60);
  });

  test('is no first-in-first-out queue, which S3 cannot notify, and has no name of its own', () => {
    expect(Properties).not.toHaveProperty('FifoQueue');
    expect(Properties).not.toHaveProperty('QueueName');
  });

  test('refuses plain HTTP', () => {
    const policy = named(template, 'AWS::SQS::QueuePolicy', `${id}Policy`).Properties[
      'PolicyDocument'
    ] as Policy;
    const request = {
      principal: 'arn:aws:iam::111122223333:role/anyone',
      action: 'sqs:SendMessage',
      resource: `\${${id}.Arn}`,
    };

    expect(decide(policy, { ...request, keys: { 'aws:SecureTransport': 'false' } })).toBe('deny');
    expect(decide(policy, { ...request, keys: { 'aws:SecureTransport': 'true' } })).toBe('silent');
  });
});

test('an alarm tells of the first message in the dead-letter queue', () => {
  expect(only(template, 'AWS::CloudWatch::Alarm').Properties).toMatchObject({
    Namespace: 'AWS/SQS',
    MetricName: 'ApproximateNumberOfMessagesVisible',
    Dimensions: [{ Name: 'QueueName', Value: '${DropsDeadLetters.QueueName}' }],
    Statistic: 'Maximum',
    Threshold: 1,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    EvaluationPeriods: 1,
    TreatMissingData: 'notBreaching',
  });
});
