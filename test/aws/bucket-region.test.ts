import { expect, test } from '@jest/globals';
import { assertInRegion } from '../../aws/bucket-region.ts';
import { failureOf } from '../support/bytes.ts';
import { s3ClientOver, stubHttp, type Answer } from '../support/stub-http.ts';

const check = (answer: Answer): Promise<void> => assertInRegion(s3ClientOver(stubHttp(answer)), 'bucket');

test.each<[string, Answer]>([
  ['is in the Region of the client', { headers: { 'x-amz-bucket-region': 'eu-west-1' } }],
  ['is in a store without Regions', {}],
])('a bucket that %s passes', async (_, answer) => {
  await expect(check(answer)).resolves.toBeUndefined();
});

test.each<[string, Answer]>([
  ['answers all the same', { headers: { 'x-amz-bucket-region': 'us-east-1' } }],
  ['answers with a redirect', { statusCode: 301, headers: { 'x-amz-bucket-region': 'us-east-1' } }],
])('a bucket that is elsewhere is refused, where S3 %s', async (_, answer) => {
  expect(await failureOf(() => check(answer))).toMatchObject({
    code: 'OUTSIDE_REGION',
    message: 'the bucket bucket is in us-east-1, not in eu-west-1',
  });
});

test.each([
  [403, 'ACCESS_DENIED'],
  [404, 'BUCKET_NOT_FOUND'],
  [503, 'SERVICE_UNAVAILABLE'],
])('an answer of %i is %s, and names the action', async (statusCode, code) => {
  const failure = await failureOf(() => check({ statusCode }));
  expect(failure.code).toBe(code);
  expect(failure.message).toContain('s3:ListBucket on s3://bucket/ failed');
});
