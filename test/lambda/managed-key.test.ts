import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { S3Client } from '@aws-sdk/client-s3';
import { expect, jest, test } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { toEnvironment } from '../../lambda/settings.ts';
import { lambdaContext, sqsEvent } from '../support/lambda-context.ts';
import { mockS3 } from '../support/mock-s3.ts';
import { createWorld, sealedBucket, sealedPrefix } from '../support/world.ts';

test('an AWS managed key as the wrapping key is the reason of the dead letter', async () => {
  const { store, drop } = createWorld();
  const settings = toEnvironment({
    vaultId: 'vault',
    binding: 'object',
    keyArn: 'arn:aws:kms:eu-west-1:111122223333:alias/aws/s3',
    sealedBucket,
    sealedPrefix,
    handover: 'delete',
    queueUrl: 'https://sqs.example/drops',
    deadLetterQueueUrl: 'https://sqs.example/dead-letters',
    maxReceives: 3,
    keepTryingSeconds: 345_600,
    dataKeyCache: 'none',
  });
  Object.assign(process.env, { AWS_REGION: 'eu-west-1', ...settings });
  for (const method of ['log', 'info', 'error'] as const) jest.spyOn(console, method).mockReturnValue();
  const sqs = mockClient(SQSClient);
  mockS3(S3Client, store);
  const { handler } = await import('../../lambda/seal.ts');

  const { bucket, key, versionId, sequencer } = drop('a.txt', Buffer.from('x'));
  const s3 = { bucket: { name: bucket }, object: { key, versionId, sequencer } };
  const record = { eventVersion: '2.1', eventSource: 'aws:s3', eventName: 'ObjectCreated:Put', s3 };
  const body = JSON.stringify({ Records: [record] });
  expect(await handler(sqsEvent([body], 1), lambdaContext())).toEqual({ batchItemFailures: [] });
  expect(sqs.commandCalls(SendMessageCommand)[0]?.args[0].input.MessageAttributes).toMatchObject({
    'error-code': { StringValue: 'KEY_NOT_CUSTOMER_MANAGED' },
  });
  expect(store.contentOf({ bucket, key }).toString()).toBe('x');
});
