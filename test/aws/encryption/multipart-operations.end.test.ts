import { AbortMultipartUploadCommand, UploadPartCommand } from '@aws-sdk/client-s3';
import { describe, expect, test } from '@jest/globals';
import { failureOf, patternBytes, thrownBy } from '../../support/bytes.ts';
import { bucketName, createScene, get, put } from '../../support/encryption-scene.ts';
import { losingTheAnswer, refusing } from '../../support/fake-s3/faults.ts';
import { MultipartCaller } from '../../support/multipart-caller.ts';

const named = { Bucket: bucketName, Key: 'k' };

describe('an abort', () => {
  test('that names no upload is refused before it is sent: S3 would delete the object', async () => {
    const { client, plain, service, stored } = createScene();
    await put(plain, 'k', 'precious');
    await MultipartCaller.create(client);
    service.requests.length = 0;
    const command = new AbortMultipartUploadCommand({ ...named, UploadId: undefined });
    const error = await failureOf(() => client.send(command));
    expect(error).toMatchObject({ code: 'REQUEST_UNSUPPORTED', fields: { parameter: 'UploadId' } });
    expect(service.requests).toEqual([]);
    expect(service.uploads.open.size).toBe(1);
    expect(stored('k').content.toString()).toBe('precious');
  });

  test('of an upload that S3 does not have forgets it', async () => {
    const { client, plain, service } = createScene();
    const upload = await MultipartCaller.create(client);
    await upload.send(1, patternBytes(10));
    await plain.send(new AbortMultipartUploadCommand({ ...named, UploadId: upload.id }));
    expect(await thrownBy(() => upload.abort())).toMatchObject({ name: 'NoSuchUpload' });
    service.requests.length = 0;
    expect((await failureOf(() => upload.send(2, patternBytes(10)))).code).toBe('UPLOAD_UNKNOWN');
    expect((await failureOf(() => upload.complete())).code).toBe('UPLOAD_UNKNOWN');
    expect(service.requests).toEqual([]);
  });

  test('whose answer is lost may be asked for again', async () => {
    const { client, service } = createScene();
    const upload = await MultipartCaller.create(client);
    service.plan('AbortMultipartUpload', losingTheAnswer());
    expect(await thrownBy(() => upload.abort())).toMatchObject({ code: 'ECONNRESET' });
    expect(await thrownBy(() => upload.abort())).toMatchObject({ name: 'NoSuchUpload' });
    expect((await failureOf(() => upload.complete())).code).toBe('UPLOAD_UNKNOWN');
  });

  test('that S3 refuses leaves the upload to go on', async () => {
    const { client, service } = createScene();
    const upload = await MultipartCaller.create(client);
    await upload.send(1, patternBytes(10));
    service.plan('AbortMultipartUpload', refusing('AccessDenied', 403));
    expect(await thrownBy(() => upload.abort())).toMatchObject({ name: 'AccessDenied' });
    await upload.complete();
    expect(await get(client, 'k')).toEqual(patternBytes(10));
  });
});

describe('a part that changed', () => {
  test.each([
    ['is refused', refusing('AccessDenied', 403)],
    ['finds no upload', refusing('NoSuchUpload', 404)],
    ['loses its answer', losingTheAnswer()],
  ])('is what is told, and the upload is forgotten, where its abort %s', async (_, fault) => {
    const { client, service, bucket } = createScene();
    const upload = await MultipartCaller.create(client);
    await upload.send(1, patternBytes(100));
    service.plan('AbortMultipartUpload', fault);
    const error = await failureOf(() => upload.send(1, patternBytes(100, 'other')));
    expect(error.code).toBe('PART_CHANGED');
    expect(service.requestsOf('AbortMultipartUpload')).toHaveLength(1);
    service.requests.length = 0;
    expect((await failureOf(() => upload.send(1, patternBytes(100)))).code).toBe('UPLOAD_UNKNOWN');
    expect((await failureOf(() => upload.complete())).code).toBe('UPLOAD_UNKNOWN');
    expect(service.requests).toEqual([]);
    expect(bucket.keys()).toEqual([]);
  });

  test('tells of the upload in its abort what it told of itself, and nothing of its content', async () => {
    const { client, service } = createScene();
    const upload = await MultipartCaller.create(client);
    await upload.send(1, 'a');
    const more = {
      ExpectedBucketOwner: '111122223333',
      RequestPayer: 'requester',
      ContentLength: 1,
    } as const;
    await failureOf(() => upload.send(1, 'b', more));
    const [abort] = service.requestsOf('AbortMultipartUpload');
    expect(abort?.headers).toMatchObject({
      'x-amz-expected-bucket-owner': '111122223333',
      'x-amz-request-payer': 'requester',
    });
    expect(abort?.query).not.toHaveProperty('partNumber');
    expect(abort?.body).toHaveLength(0);
  });
});

describe('a part that waits for the one before it', () => {
  test('stops at once where its signal says so, and may come again', async () => {
    const { client, service } = createScene();
    const upload = await MultipartCaller.create(client);
    const abort = new AbortController();
    const command = new UploadPartCommand({ ...named, UploadId: upload.id, PartNumber: 2, Body: 'second' });
    const waiting = failureOf(() => client.send(command, { abortSignal: abort.signal }));
    for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
    const startedAt = performance.now();
    abort.abort();
    expect((await waiting).code).toBe('ABORTED');
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect(service.requestsOf('UploadPart')).toEqual([]);
    await upload.send(1, patternBytes(10));
    await upload.send(2, patternBytes(10));
    expect(service.uploads.open.get(upload.id)?.parts.size).toBe(2);
  });

  test('and comes twice meanwhile is sealed once', async () => {
    const { client, service } = createScene();
    const upload = await MultipartCaller.create(client);
    const waiting = [1, 2].map(() => upload.send(2, patternBytes(10, 'second')));
    await upload.send(1, patternBytes(10, 'first'));
    const [one, other] = await Promise.all(waiting);
    expect(one?.ETag).toBe(other?.ETag);
    const sent = service.requestsOf('UploadPart').filter(({ query }) => query['partNumber'] === '2');
    expect(new Set(sent.map(({ body }) => body.toString('hex'))).size).toBe(1);
  });

  test('and comes twice meanwhile, with other bytes, ends the upload', async () => {
    const { client, service } = createScene();
    const upload = await MultipartCaller.create(client);
    const waiting = ['one', 'other'].map((seed) => upload.send(2, patternBytes(10, seed)));
    // The upload may end before S3 has the first part.
    const ends = await Promise.allSettled([...waiting, upload.send(1, patternBytes(10))]);
    const failures = ends.filter(({ status }) => status === 'rejected');
    expect(failures).toContainEqual(
      expect.objectContaining({ reason: expect.objectContaining({ code: 'PART_CHANGED' }) as unknown }),
    );
    const sent = service.requestsOf('UploadPart').filter(({ query }) => query['partNumber'] === '2');
    expect(new Set(sent.map(({ body }) => body.toString('hex'))).size).toBeLessThanOrEqual(1);
    expect(service.uploads.open.size).toBe(0);
  });
});

describe('the answer to a part', () => {
  test.each(['CRC32', 'SHA256'] as const)(
    'carries no checksum of the ciphertext, first or again: %s',
    async (ChecksumAlgorithm) => {
      const { client, service } = createScene();
      const upload = await MultipartCaller.create(client, { ChecksumAlgorithm });
      for (let time = 0; time < 2; time += 1) {
        const answer = await upload.send(1, patternBytes(10), { ChecksumAlgorithm });
        expect(answer.ETag).toMatch(/^"[0-9a-f]{32}"$/);
        expect(Object.keys(answer).filter((name) => name.startsWith('Checksum'))).toEqual([]);
      }
      await upload.complete();
      const [request] = service.requestsOf('CompleteMultipartUpload');
      expect(request?.body.toString()).toContain(`<Checksum${ChecksumAlgorithm}>`);
    },
  );
});
