import { ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, test } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { listChanges, listVersions, type ListedVersion } from '../../aws/list-versions.ts';
import type { ListedChange } from '../../operations/recovery-point.ts';
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

describe('all changes', () => {
  async function changes(): Promise<ListedChange[]> {
    const all: ListedChange[] = [];
    for await (const change of listChanges(client, 'bucket', 'a/')) all.push(change);
    return all;
  }
  const at = (second: number): Date => new Date(Date.UTC(2026, 10, 22, 0, 0, second));

  test('are listed with the delete markers among them, key by key, the newest first', async () => {
    mock
      .reset()
      .on(ListObjectVersionsCommand, { Bucket: 'bucket', Prefix: 'a/' })
      .resolves({
        Versions: [
          { Key: 'a/1', VersionId: 'v1', LastModified: at(1), IsLatest: false },
          { Key: 'a/2', VersionId: 'v4', LastModified: at(9), IsLatest: true },
          { Key: 'a/2', VersionId: 'v3', LastModified: at(3), IsLatest: false },
        ],
        DeleteMarkers: [
          { Key: 'a/1', VersionId: 'm2', LastModified: at(2), IsLatest: true },
          { Key: 'a/2', VersionId: 'm3', LastModified: at(5), IsLatest: false },
        ],
        ...{ IsTruncated: true, NextKeyMarker: 'a/2', NextVersionIdMarker: 'v3' },
      })
      .on(ListObjectVersionsCommand, { KeyMarker: 'a/2', VersionIdMarker: 'v3' })
      .resolves({ DeleteMarkers: [{ Key: 'a/2', VersionId: 'm1', LastModified: at(1) }] });
    expect(await changes()).toEqual([
      { key: 'a/1', versionId: 'm2', isDeleteMarker: true, changedAt: at(2) },
      { key: 'a/1', versionId: 'v1', isDeleteMarker: false, changedAt: at(1) },
      { key: 'a/2', versionId: 'v4', isDeleteMarker: false, changedAt: at(9) },
      { key: 'a/2', versionId: 'm3', isDeleteMarker: true, changedAt: at(5) },
      { key: 'a/2', versionId: 'v3', isDeleteMarker: false, changedAt: at(3) },
      { key: 'a/2', versionId: 'm1', isDeleteMarker: true, changedAt: at(1) },
    ]);
  });

  test('of one second begin with the current one, and keys keep their order as UTF-8', async () => {
    mock
      .reset()
      .on(ListObjectVersionsCommand)
      .resolves({
        Versions: [
          { Key: 'a/\u{ffee}', VersionId: 'v1', LastModified: at(1), IsLatest: false },
          { Key: 'a/\u{1f510}', VersionId: 'v2', LastModified: at(1), IsLatest: true },
        ],
        DeleteMarkers: [{ Key: 'a/\u{ffee}', VersionId: 'm1', LastModified: at(1), IsLatest: true }],
      });
    expect((await changes()).map(({ versionId }) => versionId)).toEqual(['m1', 'v1', 'v2']);
  });
});
