import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  UploadPartCommand,
  type CompletedPart,
} from '@aws-sdk/client-s3';
import { describe, expect, test } from '@jest/globals';
import { failureOf, patternBytes, thrownBy } from '../../support/bytes.ts';
import { bucketName, createScene, get } from '../../support/encryption-scene.ts';
import { answeringWith, refusing } from '../../support/fake-s3/faults.ts';
import { longPart, minPartBytes, MultipartCaller } from '../../support/multipart-caller.ts';

describe('the completion', () => {
  test.each<[string, (parts: CompletedPart[]) => CompletedPart[]]>([
    ['no part', () => []],
    ['not every part', (parts) => parts.slice(0, 1)],
    ['another order', (parts) => parts.toReversed()],
    ['one part twice', ([first = {}, second = {}]) => [first, first, second]],
    ['another ETag', ([first = {}, second = {}]) => [{ ...first, ETag: '"other"' }, second]],
    ['a part that never was', (parts) => [...parts, { PartNumber: 3, ETag: '"e"' }]],
  ])('that names %s is refused, and may be asked for again', async (_, choose) => {
    const { client, service } = createScene();
    const upload = await MultipartCaller.create(client);
    await upload.send(1, longPart(minPartBytes));
    await upload.send(2, patternBytes(10));
    const error = await failureOf(() => upload.complete(choose(upload.parts)));
    expect(error).toMatchObject({ code: 'REQUEST_UNSUPPORTED', fields: { parameter: 'MultipartUpload' } });
    expect(service.requestsOf('UploadPart')).toHaveLength(2);
    await upload.complete();
    expect(await get(client, 'k')).toHaveLength(minPartBytes + 10);
  });

  test('that says nothing of the parts is refused', async () => {
    const { client } = createScene();
    const upload = await MultipartCaller.create(client);
    await upload.send(1, patternBytes(10));
    const command = new CompleteMultipartUploadCommand({ Bucket: bucketName, Key: 'k', UploadId: upload.id });
    expect((await failureOf(() => client.send(command))).code).toBe('REQUEST_UNSUPPORTED');
  });

  test.each(['UploadPart', 'CompleteMultipartUpload'])(
    'may be tried again after its %s failed, with the same bytes',
    async (operation) => {
      const { client, service } = createScene();
      const upload = await MultipartCaller.create(client);
      await upload.send(1, patternBytes(10));
      service.plan(operation, refusing('SlowDown', 503));
      expect(await thrownBy(() => upload.complete())).toMatchObject({ name: 'SlowDown' });
      await upload.complete();
      const tags = service.requestsOf('UploadPart').slice(1);
      expect(tags[1]?.body).toEqual(tags[0]?.body);
      expect(await get(client, 'k')).toEqual(patternBytes(10));
    },
  );

  test('carries its conditions, and no size of the plaintext', async () => {
    const { client, service } = createScene();
    const upload = await MultipartCaller.create(client);
    await upload.send(1, patternBytes(10));
    const answer = await upload.complete(upload.parts, { IfNoneMatch: '*', MpuObjectSize: 10 });
    const [request] = service.requestsOf('CompleteMultipartUpload');
    expect(request?.headers).toMatchObject({ 'if-none-match': '*' });
    expect(request?.headers).not.toHaveProperty('x-amz-mp-object-size');
    expect(Object.keys(answer).filter((name) => /^Checksum(?!Type)/.test(name))).toEqual([]);
  });

  test.each([
    ['ChecksumCRC32', 'AAAAAA=='],
    ['ChecksumSHA256', 'AAAA'],
    ['ChecksumXXHASH64', 'AAAA'],
  ])('that states the %s of the whole is refused, and may be asked for again', async (parameter, value) => {
    const { client, service } = createScene();
    const upload = await MultipartCaller.create(client);
    await upload.send(1, patternBytes(10));
    service.requests.length = 0;
    const error = await failureOf(() => upload.complete(upload.parts, { [parameter]: value }));
    expect(error).toMatchObject({ code: 'REQUEST_UNSUPPORTED', fields: { parameter } });
    expect(service.requests).toEqual([]);
    await upload.complete(upload.parts, { ChecksumType: 'COMPOSITE' });
    expect(await get(client, 'k')).toEqual(patternBytes(10));
  });

  test.each([9, 26, 0])(
    'that states %i bytes for a plaintext of 10 is refused, and may be asked for again',
    async (MpuObjectSize) => {
      const { client, service } = createScene();
      const upload = await MultipartCaller.create(client);
      await upload.send(1, patternBytes(10));
      service.requests.length = 0;
      const error = await failureOf(() => upload.complete(upload.parts, { MpuObjectSize }));
      expect(error).toMatchObject({
        code: 'CONTENT_LENGTH_MISMATCH',
        fields: { declaredBytes: MpuObjectSize, seenBytes: 10 },
      });
      expect(service.requests).toEqual([]);
      await upload.complete(upload.parts, { MpuObjectSize: 10 });
      expect(await get(client, 'k')).toEqual(patternBytes(10));
    },
  );

  test('may name ETags without their quotes', async () => {
    const { client } = createScene();
    const upload = await MultipartCaller.create(client);
    await upload.send(1, longPart(minPartBytes));
    await upload.send(2, patternBytes(10));
    const bare = upload.parts.map(({ PartNumber, ETag = '' }) => ({ PartNumber, ETag: ETag.slice(1, -1) }));
    await upload.complete(bare);
    expect(await get(client, 'k')).toHaveLength(minPartBytes + 10);
  });

  test('that S3 refuses is thrown as the SDK throws it', async () => {
    const { client, plain, bucket } = createScene();
    const upload = await MultipartCaller.create(client);
    await upload.send(1, patternBytes(10));
    await upload.send(2, patternBytes(10));
    expect(await thrownBy(() => upload.complete())).toMatchObject({ name: 'EntityTooSmall' });
    await upload.abort();
    expect(bucket.keys()).toEqual([]);
    plain.destroy();
  });
});

describe('an upload', () => {
  test('that another client created is unknown', async () => {
    const { client, clientWith, service } = createScene();
    const upload = await MultipartCaller.create(client);
    service.requests.length = 0;
    const stranger = clientWith({});
    const named = { Bucket: bucketName, Key: 'k', UploadId: upload.id };
    for (const command of [
      new UploadPartCommand({ ...named, PartNumber: 1, Body: 'in the clear' }),
      new UploadPartCommand({ Bucket: bucketName, Key: 'k', UploadId: undefined, PartNumber: 1 }),
      new CompleteMultipartUploadCommand(named),
    ]) {
      expect((await failureOf(() => stranger.send(command as UploadPartCommand))).code).toBe(
        'UPLOAD_UNKNOWN',
      );
    }
    expect(service.requests).toEqual([]);
  });

  test('can be aborted, by any client', async () => {
    const { client, clientWith, service } = createScene();
    const upload = await MultipartCaller.create(client);
    await upload.send(1, patternBytes(10));
    await upload.abort();
    expect(service.uploads.open.size).toBe(0);
    expect((await failureOf(() => upload.complete())).code).toBe('UPLOAD_UNKNOWN');
    const other = await MultipartCaller.create(client);
    const named = { Bucket: bucketName, Key: 'k', UploadId: other.id };
    await clientWith({}).send(new AbortMultipartUploadCommand(named));
    expect(service.uploads.open.size).toBe(0);
    expect(await thrownBy(() => other.abort())).toMatchObject({ name: 'NoSuchUpload' });
  });

  test('without an id is an error of the service', async () => {
    const { client, service } = createScene();
    service.plan('CreateMultipartUpload', (_request, proceed) =>
      proceed().then((answer) => ({ ...answer, body: Buffer.from('<InitiateMultipartUploadResult/>') })),
    );
    expect((await failureOf(() => MultipartCaller.create(client))).code).toBe('SERVICE_FAILED');
    service.plan('CreateMultipartUpload', answeringWith({}));
    await MultipartCaller.create(client);
  });

  test('is sealed under the context of its key, with its file written first', async () => {
    const { clientWith, service, stored } = createScene('Enabled');
    const client = clientWith({
      vault: { vaultId: 'archive', binding: 'object' },
      metadataStrategy: 'instruction-file',
    });
    const upload = await MultipartCaller.create(client);
    expect(service.operations()).toEqual(['PutObject', 'CreateMultipartUpload']);
    await upload.send(1, patternBytes(10));
    await upload.complete();
    expect(stored('k').metadata['sealdrop-instruction-version']).toBe(stored('k.instruction').versionId);
    expect(await get(client, 'k')).toEqual(patternBytes(10));
  });

  test('stops where its signal says so', async () => {
    const { client, service } = createScene();
    const upload = await MultipartCaller.create(client);
    const named = { Bucket: bucketName, Key: 'k', UploadId: upload.id };
    const options = { abortSignal: AbortSignal.abort() };
    for (const command of [
      new UploadPartCommand({ ...named, PartNumber: 1, Body: 'x' }),
      new AbortMultipartUploadCommand(named),
    ]) {
      const error = await thrownBy(() => client.send(command as UploadPartCommand, options));
      expect(error).toMatchObject({ name: 'AbortError' });
    }
    expect(service.uploads.open.size).toBe(1);
    await upload.send(1, 'x');
    await upload.complete();
    expect((await get(client, 'k')).toString()).toBe('x');
  });
});
