import { DescribeKeyCommand } from '@aws-sdk/client-kms';
import { HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { expect, test } from '@jest/globals';
import { RequestCounts } from '../../aws/request-counts.ts';
import { thrownBy } from '../support/bytes.ts';
import { kmsClientOver, s3ClientOver, stubHttp } from '../support/stub-http.ts';

const head = new HeadObjectCommand({ Bucket: 'bucket', Key: 'key' });

/** A client that tries three times, and waits for nothing in between. */
function retryingClient(http: ReturnType<typeof stubHttp>): S3Client {
  const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'example' };
  return new S3Client({ region: 'eu-west-1', credentials, requestHandler: http, maxAttempts: 3 });
}

test('the requests of several clients are counted by the names of the actions', async () => {
  const s3 = s3ClientOver(stubHttp({}));
  const kms = kmsClientOver(stubHttp({ body: Buffer.from('{}') }));
  const counts = new RequestCounts(s3, kms);
  await s3.send(head);
  await s3.send(head);
  await kms.send(new DescribeKeyCommand({ KeyId: 'alias/a' }));
  expect(counts.take()).toEqual({ HeadObject: 2, DescribeKey: 1 });
});

test('each retry counts, and so does what fails in the end', async () => {
  const http = stubHttp({ statusCode: 503 }, { statusCode: 503 }, { statusCode: 200 });
  const client = retryingClient(http);
  const counts = new RequestCounts(client);
  await client.send(head);
  expect(counts.take()).toEqual({ HeadObject: 3 });
  const failing = retryingClient(stubHttp({ statusCode: 500 }));
  const failed = new RequestCounts(failing);
  await thrownBy(() => failing.send(head));
  expect(failed.take()).toEqual({ HeadObject: 3 });
}, 20_000);

test('what was taken is not counted again', async () => {
  const client = s3ClientOver(stubHttp({}));
  const counts = new RequestCounts(client);
  expect(counts.take()).toEqual({});
  await client.send(head);
  expect(counts.take()).toEqual({ HeadObject: 1 });
  expect(counts.take()).toEqual({});
});

test('what never goes over the wire is not counted', async () => {
  const client = s3ClientOver(stubHttp({}));
  const counts = new RequestCounts(client);
  await thrownBy(() => client.send(new HeadObjectCommand({ Bucket: '', Key: '' })));
  expect(counts.take()).toEqual({});
});

test('clients that were not handed over are not counted', async () => {
  const [mine, other] = [s3ClientOver(stubHttp({})), s3ClientOver(stubHttp({}))];
  const counts = new RequestCounts(mine);
  await other.send(head);
  expect(counts.take()).toEqual({});
});
