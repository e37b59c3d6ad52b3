import { describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutBucketReplicationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectLockConfigurationCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { eventually } from '../../support/eventually.ts';
import { ReplicationWorld } from './replication-world.ts';

const world = new ReplicationWorld();

test('a version is copied to the other Region as it is', async () => {
  const key = world.key();
  const versionId = await world.put(key, {
    Body: 'content',
    ContentType: 'text/plain',
    CacheControl: 'no-store',
    Metadata: { name: 'value' },
    Tagging: 'a=1&b=2',
  });
  expect((await world.head(key, versionId)).ReplicationStatus).toBe('PENDING');
  expect(await world.outcome(key, versionId)).toBe('COMPLETED');
  const original = await world.head(key, versionId);
  const replica = await world.away.send(new GetObjectCommand({ Bucket: world.destination, Key: key }));
  expect(await replica.Body?.transformToString()).toBe('content');
  expect(replica).toMatchObject({
    VersionId: versionId,
    ETag: original.ETag,
    LastModified: original.LastModified,
    ContentType: 'text/plain',
    CacheControl: 'no-store',
    Metadata: { name: 'value' },
    ServerSideEncryption: 'AES256',
    ReplicationStatus: 'REPLICA',
    StorageClass: 'STANDARD_IA',
  });
  const { TagSet } = await world.away.send(
    new GetObjectTaggingCommand({ Bucket: world.destination, Key: key, VersionId: versionId }),
  );
  expect(TagSet).toEqual([
    { Key: 'a', Value: '1' },
    { Key: 'b', Value: '2' },
  ]);
});

test('copies and multipart uploads are replicated, in the order of writing', async () => {
  const key = world.key();
  const first = await world.put(key);
  const { VersionId: copied = '' } = await world.here.send(
    new CopyObjectCommand({
      Bucket: world.source,
      Key: key,
      CopySource: `${world.source}/${key}`,
      StorageClass: 'GLACIER_IR',
    }),
  );
  const Body = new Uint8Array(6 * 1024 * 1024);
  const { VersionId: uploaded = '' } = await new Upload({
    client: world.here,
    params: { Bucket: world.source, Key: key, Body, Tagging: 'of=upload', ChecksumAlgorithm: 'CRC32' },
  }).done();
  expect(await world.outcome(key, uploaded)).toBe('COMPLETED');
  expect(await world.versionsAway(key)).toEqual([uploaded, copied, first]);
  const attributes = { Key: key, VersionId: uploaded, ChecksumMode: 'ENABLED' } as const;
  const replica = await world.away.send(new HeadObjectCommand({ Bucket: world.destination, ...attributes }));
  const original = await world.here.send(new HeadObjectCommand({ Bucket: world.source, ...attributes }));
  expect(replica).toMatchObject({
    ETag: original.ETag,
    ChecksumCRC32: original.ChecksumCRC32,
    ChecksumType: original.ChecksumType,
    ContentLength: Body.length,
  });
  const { TagSet } = await world.away.send(
    new GetObjectTaggingCommand({ Bucket: world.destination, Key: key }),
  );
  expect(TagSet).toEqual([{ Key: 'of', Value: 'upload' }]);
});

test('delete markers are replicated, and deletions of a version are not', async () => {
  const key = world.key();
  const [kept, deleted] = [await world.put(key), await world.put(key)];
  expect(await world.outcome(key, deleted)).toBe('COMPLETED');
  await world.here.send(new DeleteObjectCommand({ Bucket: world.source, Key: key, VersionId: deleted }));
  const { VersionId: marker = '' } = await world.here.send(
    new DeleteObjectCommand({ Bucket: world.source, Key: key }),
  );
  await world.here.send(
    new DeleteObjectsCommand({ Bucket: world.source, Delete: { Objects: [{ Key: world.key() }] } }),
  );
  await eventually('the marker', async () =>
    (await world.versionsAway(key)).includes(marker) ? true : undefined,
  );
  expect((await world.versionsAway(key)).sort()).toEqual([kept, deleted, marker].sort());
  await expect(
    world.away.send(new HeadObjectCommand({ Bucket: world.destination, Key: key })),
  ).rejects.toMatchObject({
    name: 'NotFound',
  });
});

test('a delete marker stays behind where the rule does not ask for them', async () => {
  const key = world.key('tagged');
  const versionId = await world.put(key, { Tagging: 'replicate=yes' });
  expect(await world.outcome(key, versionId)).toBe('COMPLETED');
  await world.here.send(new DeleteObjectCommand({ Bucket: world.source, Key: key }));
  const later = world.key();
  await world.replicated(later);
  expect(await world.versionsAway(key)).toEqual([versionId]);
});

describe('no rule takes', () => {
  test.each([
    ['a key outside every prefix', 'other', {}],
    ['an object without the tag', 'tagged', { Tagging: 'replicate=no' }],
    ['an object under SSE-KMS', 'kept', { ServerSideEncryption: 'aws:kms' }],
  ] as const)('%s', async (_, prefix, more) => {
    const key = world.key(prefix);
    expect(await world.replicated(key, more)).toBe('none');
  });
});

test('locks are carried over, and the destination locks what has none', async () => {
  await world.away.send(
    new PutObjectLockConfigurationCommand({
      Bucket: world.destination,
      ObjectLockConfiguration: {
        ObjectLockEnabled: 'Enabled',
        Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days: 1 } },
      },
    }),
  );
  const [locked, free, until] = [world.key(), world.key(), new Date('2099-01-01T00:00:00Z')];
  await world.put(locked, {
    ObjectLockMode: 'COMPLIANCE',
    ObjectLockRetainUntilDate: until,
    ObjectLockLegalHoldStatus: 'ON',
  });
  await world.replicated(free);
  expect(await world.headAway(locked)).toMatchObject({
    ObjectLockMode: 'COMPLIANCE',
    ObjectLockRetainUntilDate: until,
    ObjectLockLegalHoldStatus: 'ON',
  });
  expect(await world.headAway(free)).toMatchObject({ ObjectLockMode: 'GOVERNANCE' });
});

test('while replication is held, versions are pending; then they follow in their order', async () => {
  const key = world.key();
  const versions = await world.withoutReplication(async () => {
    const written = [await world.put(key), await world.put(key)] as const;
    await sleep(1000);
    expect((await world.head(key, written[0])).ReplicationStatus).toBe('PENDING');
    expect(await world.versionsAway(key)).toEqual([]);
    return written;
  });
  expect(await world.outcome(key, versions[1])).toBe('COMPLETED');
  expect(await world.versionsAway(key)).toEqual(versions.toReversed());
});

test('a destination that is not there fails the replication, and versions of before the rule stay', async () => {
  const rule = {
    Status: 'Enabled',
    Priority: 1,
    Filter: { Prefix: '' },
    DeleteMarkerReplication: { Status: 'Disabled' },
    Destination: { Bucket: `arn:aws:s3:::emulator-missing-${randomUUID()}` },
  } as const;
  const Bucket = `emulator-sources-${randomUUID()}`;
  await world.here.send(new CreateBucketCommand({ Bucket }));
  await world.here.send(
    new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }),
  );
  await world.here.send(new PutObjectCommand({ Bucket, Key: 'earlier', Body: 'earlier' }));
  await world.here.send(
    new PutBucketReplicationCommand({
      Bucket,
      ReplicationConfiguration: { Role: world.role.arn, Rules: [rule] },
    }),
  );
  await world.here.send(new PutObjectCommand({ Bucket, Key: 'later', Body: 'later' }));
  const status = async (Key: string): Promise<string | undefined> =>
    (await world.here.send(new HeadObjectCommand({ Bucket, Key }))).ReplicationStatus;
  await eventually('its failure', async () => ((await status('later')) === 'FAILED' ? true : undefined));
  expect(await status('earlier')).toBeUndefined();
});
