import { DecryptCommand, DescribeKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { expect, test } from '@jest/globals';
import { RegionGuard } from '../../aws/region-guard.ts';
import { failureOf, thrownBy } from '../support/bytes.ts';
import { kmsClientOver, s3ClientOver, stubHttp, type StubHttp } from '../support/stub-http.ts';

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'example' };
const head = new HeadObjectCommand({ Bucket: 'bucket', Key: 'key' });
const describe = new DescribeKeyCommand({ KeyId: 'alias/a' });

const emptyJson = (): StubHttp => stubHttp({ body: Buffer.from('{}') });

test('requests are counted by service and Region, each attempt by itself', async () => {
  const http = stubHttp({ statusCode: 503 }, { statusCode: 200 });
  const retrying = new S3Client({ region: 'eu-west-1', credentials, requestHandler: http, maxAttempts: 2 });
  const kms = kmsClientOver(emptyJson());
  const guard = new RegionGuard('eu-west-1', retrying, kms);
  expect(guard.calls()).toEqual({});
  await retrying.send(head);
  await kms.send(describe);
  expect(guard.calls()).toEqual({ s3: { 'eu-west-1': 2 }, kms: { 'eu-west-1': 1 } });
});

test('a request to another Region is refused before it is sent, and not tried again', async () => {
  const http = emptyJson();
  const kms = new KMSClient({ region: 'us-east-1', credentials, requestHandler: http });
  const guard = new RegionGuard('eu-west-1', kms);
  const failure = await failureOf(() => kms.send(new DecryptCommand({ CiphertextBlob: Buffer.from('x') })));
  expect(failure).toMatchObject({
    code: 'OUTSIDE_REGION',
    message: 'kms in us-east-1 was about to be called',
    fields: { service: 'kms', region: 'us-east-1', onlyRegion: 'eu-west-1' },
  });
  expect(http.requests).toEqual([]);
  expect(guard.calls()).toEqual({});
});

test('an endpoint of another name does not hide the Region that a request is signed for', async () => {
  const http = stubHttp({});
  const s3 = new S3Client({
    ...{ region: 'us-east-1', credentials, requestHandler: http },
    endpoint: 'https://s3.eu-west-1.amazonaws.com',
  });
  new RegionGuard('eu-west-1', s3);
  expect((await failureOf(() => s3.send(head))).code).toBe('OUTSIDE_REGION');
  expect(http.requests).toEqual([]);
});

test('clients that were not handed over are nobody’s business', async () => {
  const other = s3ClientOver(stubHttp({ statusCode: 404 }));
  const guard = new RegionGuard('us-east-1', s3ClientOver(stubHttp({})));
  await thrownBy(() => other.send(head));
  expect(guard.calls()).toEqual({});
});
