import { ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import { expect, test } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { listVersions, type ListedVersion } from '../../aws/list-versions.ts';
import { failureOf } from '../support/bytes.ts';

const client = new S3Client({ region: 'eu-west-1' });
const mock = mockClient(client as unknown as Parameters<typeof mockClient>[0]);

async function listed(): Promise<ListedVersion[]> {
  const all: ListedVersion[] = [];
  for await (const version of listVersions(client, 'bucket', 'a/')) all.push(version);
  return all;
}

test('all pages are listed, without delete markers', async () => {
  const modified = new Date('2001-02-03T04:05:06Z');
  mock
    .reset()
    .on(ListObjectVersionsCommand, { Bucket: 'bucket', Prefix: 'a/' })
    .resolves({
      Versions: [{ Key: 'a/1', VersionId: 'v2', IsLatest: true, Size: 5, StorageClass: 'STANDARD' }],
      DeleteMarkers: [{ Key: 'a/0', VersionId: 'm' }],
      ...{ IsTruncated: true, NextKeyMarker: 'a/1', NextVersionIdMarker: 'v2' },
    })
    .on(ListObjectVersionsCommand, { KeyMarker: 'a/1', VersionIdMarker: 'v2' })
    .resolves({ Versions: [{ Key: 'a/1', IsLatest: false, LastModified: modified }] });
  expect(await listed()).toEqual([
    { key: 'a/1', versionId: 'v2', isCurrent: true, lengthBytes: 5, storageClass: 'STANDARD' },
    { key: 'a/1', versionId: 'null', isCurrent: false, lengthBytes: 0, lastModified: modified },
  ]);
  expect(mock.calls()).toHaveLength(2);
});

test('nothing is nothing', async () => {
  mock.reset().on(ListObjectVersionsCommand).resolves({});
  expect(await listed()).toEqual([]);
});

test('a failure names the action and the place', async () => {
  const refusal = Object.assign(new Error('no'), {
    name: 'AccessDenied',
    $metadata: { httpStatusCode: 403 },
  });
  mock.reset().on(ListObjectVersionsCommand).rejects(refusal);
  expect(await failureOf(listed)).toMatchObject({
    code: 'ACCESS_DENIED',
    message: 's3:ListBucketVersions on s3://bucket/a/ failed: AccessDenied',
  });
});
