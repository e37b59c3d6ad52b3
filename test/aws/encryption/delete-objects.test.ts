import { DeleteObjectCommand, DeleteObjectsCommand } from '@aws-sdk/client-s3';
import { describe, expect, test } from '@jest/globals';
import { thrownBy } from '../../support/bytes.ts';
import { bucketName, createScene, get, put, type EncryptionScene } from '../../support/encryption-scene.ts';
import { refusing } from '../../support/fake-s3/faults.ts';

/** A scene whose client writes instruction files, with some objects. */
async function filed(versioning: 'Off' | 'Enabled', ...keys: string[]): Promise<EncryptionScene> {
  const scene = createScene(versioning);
  const client = scene.clientWith({ metadataStrategy: 'instruction-file' });
  for (const key of keys) await put(client, key, `content of ${key}`);
  return { ...scene, client };
}

const named = { Bucket: bucketName, Key: 'k' };

describe('DeleteObject', () => {
  test('deletes the object first, and its instruction file with it', async () => {
    const { client, bucket, service } = await filed('Off', 'k', 'other');
    service.requests.length = 0;
    await client.send(new DeleteObjectCommand(named));
    expect(service.requests.map(({ key }) => key)).toEqual(['k', 'k.instruction']);
    expect(bucket.keys()).toEqual(['other', 'other.instruction']);
  });

  test('places markers in a versioned bucket, and answers with that of the object', async () => {
    const { client, bucket } = await filed('Enabled', 'k');
    const answer = await client.send(new DeleteObjectCommand(named));
    expect(answer).toMatchObject({ DeleteMarker: true, VersionId: bucket.versions('k').at(-1)?.versionId });
    expect(bucket.versions('k.instruction').map(({ isDeleteMarker }) => isDeleteMarker)).toEqual([
      false,
      true,
    ]);
  });

  test('deletes nothing but the version that is named', async () => {
    const { client, bucket, service, stored } = await filed('Enabled', 'k');
    await put(client, 'k', 'newer');
    service.requests.length = 0;
    const [oldest] = bucket.versions('k');
    await client.send(new DeleteObjectCommand({ ...named, VersionId: oldest?.versionId }));
    expect(service.operations()).toEqual(['DeleteObject']);
    expect(bucket.versions('k')).toEqual([stored('k')]);
    expect((await get(client, 'k')).toString()).toBe('newer');
  });

  test('hands on what the request says of both, and its condition to the object only', async () => {
    const { client, service, stored } = await filed('Off', 'k');
    service.requests.length = 0;
    await client.send(
      new DeleteObjectCommand({
        ...named,
        ExpectedBucketOwner: '111122223333',
        RequestPayer: 'requester',
        IfMatch: stored('k').etag,
      }),
    );
    const [object, file] = service.requests;
    expect(object?.headers).toHaveProperty('if-match');
    expect(file?.headers).not.toHaveProperty('if-match');
    expect(file?.headers).toMatchObject({
      'x-amz-expected-bucket-owner': '111122223333',
      'x-amz-request-payer': 'requester',
    });
  });

  test('that S3 refuses leaves the file, too', async () => {
    const { client, bucket } = await filed('Off', 'k');
    const error = await thrownBy(() =>
      client.send(new DeleteObjectCommand({ ...named, IfMatch: '"other"' })),
    );
    expect(error).toMatchObject({ name: 'PreconditionFailed' });
    expect(bucket.keys()).toEqual(['k', 'k.instruction']);
  });

  test('says so where the file could not be deleted', async () => {
    const { client, bucket, service } = await filed('Off', 'k');
    service.plan('DeleteObject', refusing('AccessDenied', 403), 1);
    expect(await thrownBy(() => client.send(new DeleteObjectCommand(named)))).toMatchObject({
      name: 'AccessDenied',
    });
    expect(bucket.keys()).toEqual(['k.instruction']);
  });

  test.each(['k.instruction', 'k'.repeat(1020)])('asks for no file of %s', async (Key) => {
    const { client, service } = createScene();
    await client.send(new DeleteObjectCommand({ Bucket: bucketName, Key }));
    expect(service.operations()).toEqual(['DeleteObject']);
  });

  test('that was aborted in between leaves a file, never an object without one', async () => {
    const { client, bucket } = await filed('Off', 'k');
    const command = new DeleteObjectCommand(named);
    await thrownBy(() => client.send(command, { abortSignal: AbortSignal.abort() }));
    expect(bucket.keys()).toEqual(['k', 'k.instruction']);
  });
});

describe('DeleteObjects', () => {
  const deleting = (...Objects: { Key: string; VersionId?: string }[]): DeleteObjectsCommand =>
    new DeleteObjectsCommand({ Bucket: bucketName, Delete: { Objects } });

  test('deletes the objects, and then their files; the answer is about the objects', async () => {
    const { client, bucket, service } = await filed('Off', 'a', 'b', 'c');
    const answer = await client.send(deleting({ Key: 'a' }, { Key: 'b' }));
    expect(answer.Deleted?.map(({ Key }) => Key)).toEqual(['a', 'b']);
    expect(answer.Errors).toBeUndefined();
    expect(bucket.keys()).toEqual(['c', 'c.instruction']);
    expect(service.requestsOf('DeleteObjects')).toHaveLength(2);
  });

  test('leaves the file of an object that could not be deleted', async () => {
    const { client, bucket, service } = await filed('Off', 'a', 'b');
    service.protectedKeys.push('a');
    const answer = await client.send(deleting({ Key: 'a' }, { Key: 'b' }));
    expect(answer.Errors?.map(({ Key }) => Key)).toEqual(['a']);
    expect(answer.Deleted?.map(({ Key }) => Key)).toEqual(['b']);
    expect(bucket.keys()).toEqual(['a', 'a.instruction']);
    expect((await get(client, 'a')).toString()).toBe('content of a');
  });

  test('tells of a file that could not be deleted, beside the errors of objects', async () => {
    const { client, bucket, service } = await filed('Off', 'a', 'b');
    service.protectedKeys.push('a', 'b.instruction');
    const answer = await client.send(deleting({ Key: 'a' }, { Key: 'b' }));
    expect(answer.Errors?.map(({ Key }) => Key)).toEqual(['a', 'b.instruction']);
    expect(bucket.keys()).toEqual(['a', 'a.instruction', 'b.instruction']);
    service.protectedKeys.shift();
    const second = await client.send(deleting({ Key: 'b' }));
    expect(second.Errors?.map(({ Key }) => Key)).toEqual(['b.instruction']);
  });

  test('tells of the files where the request for them fails: the objects are gone', async () => {
    const { client, bucket, service } = await filed('Off', 'a', 'b', 'c');
    service.protectedKeys.push('c');
    service.plan('DeleteObjects', refusing('SlowDown', 503), 1);
    const answer = await client.send(deleting({ Key: 'a' }, { Key: 'b' }, { Key: 'c' }));
    expect(answer.Deleted?.map(({ Key }) => Key)).toEqual(['a', 'b']);
    expect(answer.Errors).toEqual([
      expect.objectContaining({ Key: 'c', Code: 'AccessDenied' }),
      { Key: 'a.instruction', Code: 'SlowDown', Message: expect.any(String) as unknown },
      { Key: 'b.instruction', Code: 'SlowDown', Message: expect.any(String) as unknown },
    ]);
    expect(bucket.keys()).toEqual(['a.instruction', 'b.instruction', 'c', 'c.instruction']);
  });

  test('tells of the files where the request for them was aborted', async () => {
    const { client, service } = await filed('Off', 'a');
    const abort = new AbortController();
    service.plan(
      'DeleteObjects',
      () => {
        abort.abort();
        return Promise.reject(Object.assign(new Error('Request aborted'), { name: 'AbortError' }));
      },
      1,
    );
    const answer = await client.send(deleting({ Key: 'a' }), { abortSignal: abort.signal });
    expect(answer.Errors?.map(({ Key, Code }) => [Key, Code])).toEqual([['a.instruction', 'AbortError']]);
  });

  test.each([
    ['the object itself', '', ['a', 'a.instruction']],
    ['the object itself, with an empty version', '<VersionId></VersionId>', ['a', 'a.instruction']],
    ['an older version of it', '<VersionId>v2</VersionId>', []],
  ])('takes the file along unless what failed was %s', async (_, version, left) => {
    const { client, bucket, service, stored } = await filed('Enabled', 'a');
    const { versionId: VersionId } = stored('a');
    expect(VersionId).toBe('v2');
    await put(client, 'a', 'newer');
    // A version that stays, and an object that stays, look alike but for the version.
    service.plan('DeleteObjects', (_request, proceed) =>
      (version.includes('v2')
        ? proceed()
        : Promise.resolve({ status: 200, headers: {}, body: Buffer.alloc(0) })
      ).then((answer) => ({
        ...answer,
        body: Buffer.from(
          `<DeleteResult><Error><Key>a</Key>${version}<Code>AccessDenied</Code></Error></DeleteResult>`,
        ),
      })),
    );
    const answer = await client.send(deleting({ Key: 'a' }, { Key: 'a', VersionId }));
    expect(answer.Errors?.map(({ Key }) => Key)).toEqual(['a']);
    expect(bucket.keys()).toEqual(left);
  });

  test('asks for no file where none of the objects can have one', async () => {
    const { client, bucket, service, stored } = await filed('Enabled', 'a');
    const { versionId } = stored('a');
    service.requests.length = 0;
    await client.send(
      deleting({ Key: 'a', VersionId: versionId }, { Key: 'x.instruction' }, { Key: 'k'.repeat(1020) }),
    );
    expect(service.operations()).toEqual(['DeleteObjects']);
    expect(bucket.current('a.instruction')).toBeDefined();
  });

  test('stays quiet where it was asked to', async () => {
    const { client, bucket } = await filed('Off', 'a');
    const Delete = { Objects: [{ Key: 'a' }], Quiet: true };
    const answer = await client.send(new DeleteObjectsCommand({ Bucket: bucketName, Delete }));
    expect(answer.Deleted).toBeUndefined();
    expect(bucket.keys()).toEqual([]);
  });

  test('takes as many keys as S3 does, with odd characters in them', async () => {
    const { client, bucket, service } = await filed('Off', 'a & b', '<c>');
    const keys = ['a & b', '<c>', ...Array.from({ length: 998 }, (_, index) => `k${index}`)];
    const answer = await client.send(deleting(...keys.map((Key) => ({ Key }))));
    expect(answer.Deleted).toHaveLength(1000);
    expect(bucket.keys()).toEqual([]);
    const requests = service.requestsOf('DeleteObjects');
    expect(requests.map(({ body }) => body.toString().split('<Object>').length - 1)).toEqual([1000, 1000]);
  });

  test('that S3 refuses deletes no file', async () => {
    const { client, bucket, service } = await filed('Off', 'a');
    service.plan('DeleteObjects', refusing('AccessDenied', 403));
    expect(await thrownBy(() => client.send(deleting({ Key: 'a' })))).toMatchObject({ name: 'AccessDenied' });
    expect(bucket.keys()).toEqual(['a', 'a.instruction']);
    const aborted = client.send(deleting({ Key: 'a' }), { abortSignal: AbortSignal.abort() });
    expect(await thrownBy(() => aborted)).toMatchObject({ name: 'AbortError' });
  });

  test('without any objects goes to S3 as it is', async () => {
    const { client, service } = createScene();
    const command = new DeleteObjectsCommand({ Bucket: bucketName, Delete: undefined });
    await client.send(command).catch(() => undefined);
    expect(service.requestsOf('DeleteObjects')).toHaveLength(1);
  });
});
