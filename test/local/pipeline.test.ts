import { randomBytes } from 'node:crypto';
import { GetObjectTaggingCommand, ListObjectVersionsCommand } from '@aws-sdk/client-s3';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { describe, expect, test } from '@jest/globals';
import { defaultPartSizeBytes } from '../../operations/part-limits.ts';
import { eventually } from '../support/eventually.ts';
import { VaultClient } from '../support/vault-client.ts';

const vault = new VaultClient();
const { IntakeBucketName, SealedBucketName, QueueUrl } = vault.stack.outputs;
const mebibyte = 1024 * 1024;

describe('a dropped object comes out sealed, and opens to what was dropped', () => {
  test.each([
    ['of no bytes', 'sizes/0', 0],
    ['of one byte', 'sizes/1', 1],
    ['of 15 bytes', 'sizes/15', 15],
    ['of 16 bytes', 'sizes/16', 16],
    ['of 17 bytes', 'sizes/17', 17],
    ['that just fits one part with its tag', 'sizes/part', defaultPartSizeBytes - 16],
    ['of one byte more', 'sizes/part+1', defaultPartSizeBytes - 15],
    ['of several parts', 'sizes/parts', 20 * mebibyte + 3],
    ['with spaces in its name', 'names/a b  c.txt', 100],
    ['with a plus in its name', 'names/a+b.txt', 100],
    ['with a percent sign in its name', 'names/100%.txt', 100],
    ['with a name that looks encoded', 'names/%41%2B%20.txt', 100],
    ['with a name in several scripts', 'names/Grüße 世界 🔐.txt', 100],
    ['with marks in its name', `names/a'"&<>!*().txt`, 100],
    ['with a name of 1,000 bytes', `deep/${'n'.repeat(995)}`, 100],
  ])('%s', async (_, key, lengthBytes) => {
    const content = randomBytes(lengthBytes);
    const versionId = await vault.drop(key, content);
    const sealed = await vault.sealedFrom(key, versionId);
    expect(sealed.lengthBytes).toBe(lengthBytes + 16);
    expect((await vault.open(key)).content.equals(content)).toBe(true);
  });

  test('with its headers, its metadata and its tags', async () => {
    const versionId = await vault.drop('travels.html', '<p>', {
      ContentType: 'text/html; charset=utf-8',
      CacheControl: 'max-age=60',
      ContentDisposition: 'attachment; filename="a.html"',
      ContentLanguage: 'de',
      Metadata: { author: 'someone', 'case-number': '7 / 8' },
      Tagging: 'project=a%20b&stage=1',
    });
    await vault.sealedFrom('travels.html', versionId);
    const opened = await vault.open('travels.html');
    expect(opened.headers).toMatchObject({
      contentType: 'text/html; charset=utf-8',
      cacheControl: 'max-age=60',
      contentDisposition: 'attachment; filename="a.html"',
      contentLanguage: 'de',
    });
    expect(opened.metadata).toEqual({ author: 'someone', 'case-number': '7 / 8' });
    const { TagSet } = await vault.administrator.s3.send(
      new GetObjectTaggingCommand({ Bucket: SealedBucketName, Key: 'travels.html' }),
    );
    expect(TagSet).toEqual(
      expect.arrayContaining([
        { Key: 'project', Value: 'a b' },
        { Key: 'stage', Value: '1' },
      ]),
    );
  });
});

test('the sealed source is hidden behind a delete marker, and its version stays', async () => {
  const versionId = await vault.drop('handed-over', 'content');
  await vault.sealedFrom('handed-over', versionId);
  const { DeleteMarkers, Versions = [] } = await eventually('the delete marker', async () => {
    const listed = await vault.administrator.s3.send(
      new ListObjectVersionsCommand({ Bucket: IntakeBucketName, Prefix: 'handed-over' }),
    );
    return listed.DeleteMarkers === undefined ? undefined : listed;
  });
  expect(Versions.map(({ VersionId }) => VersionId)).toEqual([versionId]);
  expect(DeleteMarkers?.map(({ IsLatest }) => IsLatest)).toEqual([true]);
});

test('an overwritten drop: the newest content wins, whatever the order of the events', async () => {
  const versions: string[] = [];
  for (const content of ['first', 'second', 'third']) versions.push(await vault.drop('overwritten', content));
  await vault.sealedFrom('overwritten', versions[2] ?? '');
  expect((await vault.open('overwritten')).content.toString()).toBe('third');
});

test('an event that arrives twice seals once', async () => {
  const versionId = await vault.drop('twice', 'content');
  const sealed = await vault.sealedFrom('twice', versionId);
  const sequencer = sealed.metadata['sealdrop-sequencer'];
  await vault.administrator.sqs.send(
    new SendMessageCommand({ QueueUrl, MessageBody: s3Event('twice', { versionId, sequencer }) }),
  );
  // A later drop goes through the same queue, so the duplicate was worked on when it is there.
  const laterVersion = await vault.drop('after-twice', 'later');
  await vault.sealedFrom('after-twice', laterVersion);
  const { Versions = [] } = await vault.administrator.s3.send(
    new ListObjectVersionsCommand({ Bucket: SealedBucketName, Prefix: 'twice' }),
  );
  expect(Versions).toHaveLength(1);
});

function s3Event(key: string, object: Record<string, unknown>): string {
  return JSON.stringify({
    Records: [
      {
        eventVersion: '2.1',
        eventSource: 'aws:s3',
        eventName: 'ObjectCreated:Put',
        s3: { bucket: { name: IntakeBucketName }, object: { key, ...object } },
      },
    ],
  });
}
