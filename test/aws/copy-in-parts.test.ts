import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectTaggingCommand,
  S3Client,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, test } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import fc from 'fast-check';
import { S3ObjectStore } from '../../aws/s3-object-store.ts';
import type { StoredObject } from '../../operations/object-store.ts';
import { failureOf } from '../support/bytes.ts';

const address = { bucket: 'bucket', key: 'folder/a b.txt' };
const object: StoredObject = {
  ...{ address: { ...address, versionId: 'v1' }, etag: '"abc-2"', lengthBytes: 25, tagCount: 0 },
  ...{ metadata: { title: 'x' }, headers: { contentType: 'text/csv' } },
};
const target = { address, metadata: { title: 'y' }, condition: { etag: '"abc-2"' } };

interface PartInput {
  readonly PartNumber?: number;
  readonly CopySourceRange?: string;
}

function scene(copyPartBytes = 10, maxCopyBytes = 20) {
  const client = new S3Client({ region: 'eu-west-1' });
  const mock = mockClient(client);
  mock.on(CreateMultipartUploadCommand).resolves({ UploadId: 'u1' });
  mock.on(UploadPartCopyCommand).callsFake(({ PartNumber = 0 }: PartInput) => ({
    CopyPartResult: { ETag: `"part-${PartNumber}"`, LastModified: new Date(0) },
  }));
  mock.on(CompleteMultipartUploadCommand).resolves({ VersionId: 'v2' });
  mock.on(AbortMultipartUploadCommand).resolves({});
  mock.on(GetObjectTaggingCommand).resolves({ TagSet: [{ Key: 'team a', Value: 'b+c=d' }] });
  const store = new S3ObjectStore({ client, copyPartBytes, maxCopyBytes });
  const inputsOf = (command: Parameters<typeof mock.commandCalls>[0]): Record<string, unknown>[] =>
    mock.commandCalls(command).map((call) => call.args[0].input as Record<string, unknown>);
  const commands = (): string[] => mock.calls().map((call) => call.args[0].constructor.name);
  return { mock, store, inputsOf, commands };
}

const named = (name: string, status: number): Error =>
  Object.assign(new Error('refused'), { name, $metadata: { httpStatusCode: status } });

/** The ranges of the parts, as first and last byte, in the order of their numbers. */
function rangesIn(inputs: readonly Record<string, unknown>[]): (readonly [number, number])[] {
  return [...inputs]
    .sort((a, b) => Number(a['PartNumber']) - Number(b['PartNumber']))
    .map(({ CopySourceRange }) => {
      const [first, last] = String(CopySourceRange).replace('bytes=', '').split('-').map(Number);
      return [first ?? NaN, last ?? NaN];
    });
}

describe('a copy in parts', () => {
  test('is begun with all that is kept, and ended on the condition', async () => {
    const { mock, store, inputsOf, commands } = scene();
    mock.on(GetObjectTaggingCommand).resolves({ TagSet: [] });
    const until = new Date('2099-01-01');
    const kept = {
      ...{ storageClass: 'STANDARD_IA', serverSideEncryption: 'aws:kms', kmsKeyId: 'arn:aws:kms:key' },
      ...{ bucketKeyEnabled: true, legalHold: true, retention: { mode: 'COMPLIANCE', until } as const },
    };
    expect(await store.copy({ ...object, ...kept }, target)).toEqual({ ...address, versionId: 'v2' });
    const place = { Bucket: 'bucket', Key: 'folder/a b.txt' };
    expect(inputsOf(CreateMultipartUploadCommand)).toEqual([
      {
        ...{ ...place, Metadata: { title: 'y' }, ContentType: 'text/csv', StorageClass: 'STANDARD_IA' },
        ...{ ServerSideEncryption: 'aws:kms', SSEKMSKeyId: 'arn:aws:kms:key', BucketKeyEnabled: true },
        ...{
          ObjectLockMode: 'COMPLIANCE',
          ObjectLockRetainUntilDate: until,
          ObjectLockLegalHoldStatus: 'ON',
        },
      },
    ]);
    expect(inputsOf(CompleteMultipartUploadCommand)).toEqual([
      {
        ...{ ...place, UploadId: 'u1', MpuObjectSize: 25, IfMatch: '"abc-2"' },
        MultipartUpload: {
          Parts: [1, 2, 3].map((PartNumber) => ({ ETag: `"part-${PartNumber}"`, PartNumber })),
        },
      },
    ]);
    expect(commands().filter((name) => name.startsWith('Abort'))).toEqual([]);
  });

  test('copies each part of the very version, on the condition of its ETag', async () => {
    const { store, inputsOf } = scene();
    await store.copy(object, target);
    const ranges = ['bytes=0-9', 'bytes=10-19', 'bytes=20-24'];
    expect(inputsOf(UploadPartCopyCommand)).toEqual(
      ranges.map((CopySourceRange, index) => ({
        ...{ Bucket: 'bucket', Key: 'folder/a b.txt', UploadId: 'u1', PartNumber: index + 1 },
        ...{ CopySource: 'bucket/folder%2Fa%20b.txt?versionId=v1', CopySourceIfMatch: '"abc-2"' },
        CopySourceRange,
      })),
    );
  });

  test('to a place where nothing is ends on that condition', async () => {
    const { store, inputsOf } = scene();
    await store.copy(object, { ...target, condition: { absent: true } });
    expect(inputsOf(CompleteMultipartUploadCommand)[0]).toMatchObject({ IfNoneMatch: '*' });
  });

  test('covers every byte once, whatever the sizes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 21, max: 400 }),
        fc.integer({ min: 1, max: 60 }),
        async (length, part) => {
          const { store, inputsOf } = scene(part);
          await store.copy({ ...object, lengthBytes: length }, target);
          const ranges = rangesIn(inputsOf(UploadPartCopyCommand));
          expect(ranges[0]?.[0]).toBe(0);
          expect(ranges.at(-1)?.[1]).toBe(length - 1);
          for (const [index, [first, last]] of ranges.entries()) {
            expect(last).toBeGreaterThanOrEqual(first);
            expect(last - first + 1).toBeLessThanOrEqual(part);
            if (index > 0) expect(first).toBe((ranges[index - 1]?.[1] ?? NaN) + 1);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test('takes larger parts where there would be too many', async () => {
    const { store, inputsOf } = scene(1);
    await store.copy({ ...object, lengthBytes: 10_001 }, target);
    const ranges = rangesIn(inputsOf(UploadPartCopyCommand));
    expect(ranges).toHaveLength(5001);
    expect(ranges.at(-1)).toEqual([10_000, 10_000]);
    expect(inputsOf(CompleteMultipartUploadCommand)[0]).toMatchObject({ MpuObjectSize: 10_001 });
  });

  test('has eight parts on their way at most', async () => {
    const { mock, store } = scene(1);
    let [atOnce, most] = [0, 0];
    mock.on(UploadPartCopyCommand).callsFake(async () => {
      most = Math.max(most, (atOnce += 1));
      await new Promise(setImmediate);
      atOnce -= 1;
      return { CopyPartResult: { ETag: '"part"' } };
    });
    await store.copy({ ...object, lengthBytes: 50 }, target);
    expect(most).toBe(8);
  });
});

describe('the tags of an object that is copied in parts', () => {
  test.each([
    [0, 'team%20a=b%2Bc%3Dd'],
    [1, 'team%20a=b%2Bc%3Dd'],
    [undefined, 'team%20a=b%2Bc%3Dd'],
  ])('where it is told to have %s go along as %s', async (tagCount, Tagging) => {
    const { store, inputsOf } = scene();
    const { tagCount: _tagCount, ...untold } = object;
    await store.copy(tagCount === undefined ? untold : { ...untold, tagCount }, target);
    expect(inputsOf(CreateMultipartUploadCommand)[0]?.['Tagging']).toBe(Tagging);
    const reads = inputsOf(GetObjectTaggingCommand);
    expect(reads).toHaveLength(1);
    expect(reads[0]).toMatchObject({ VersionId: 'v1' });
  });

  test('that cannot be read end it before it was begun', async () => {
    const { mock, store, commands } = scene();
    mock.on(GetObjectTaggingCommand).rejects(named('AccessDenied', 403));
    const failure = await failureOf(() => store.copy({ ...object, tagCount: 1 }, target));
    expect([failure.code, failure.fields['action']]).toEqual(['ACCESS_DENIED', 's3:GetObjectTagging']);
    expect(commands()).toEqual(['GetObjectTaggingCommand']);
  });
});

describe('the checksum of an object that is copied in parts', () => {
  const partOf = (algorithm: string) => (input: PartInput) => ({
    CopyPartResult: { ETag: '"part"', [`Checksum${algorithm}`]: `sum-${input.PartNumber ?? 0}` },
  });

  test.each([
    ['CRC32', true, 'FULL_OBJECT'],
    ['CRC32C', true, 'FULL_OBJECT'],
    ['CRC64NVME', true, 'FULL_OBJECT'],
    ['CRC32', false, 'COMPOSITE'],
    ['SHA256', false, 'COMPOSITE'],
    ['SHA1', true, 'COMPOSITE'],
    ['SHA256', true, 'COMPOSITE'],
  ])('%s, of the whole: %s, is asked for as %s', async (algorithm, isOfWhole, ChecksumType) => {
    const { mock, store, inputsOf } = scene();
    mock.on(UploadPartCopyCommand).callsFake(partOf(algorithm));
    await store.copy({ ...object, checksum: { algorithm, isOfWhole, value: 'whole' } }, target);
    expect(inputsOf(CreateMultipartUploadCommand)[0]).toMatchObject({
      ChecksumAlgorithm: algorithm,
      ChecksumType,
    });
    const [completed] = inputsOf(CompleteMultipartUploadCommand);
    expect(completed?.['MultipartUpload']).toEqual({
      Parts: [1, 2, 3].map((PartNumber) => ({
        ...{ PartNumber, ETag: '"part"' },
        [`Checksum${algorithm}`]: `sum-${PartNumber}`,
      })),
    });
    // Where it is of the whole, S3 compares it; of parts it says nothing about other parts.
    const isCompared = ChecksumType === 'FULL_OBJECT';
    expect(completed?.[`Checksum${algorithm}`]).toBe(isCompared ? 'whole' : undefined);
    expect(completed?.['ChecksumType']).toBe(isCompared ? 'FULL_OBJECT' : undefined);
  });

  test('is left to S3 where there is none', async () => {
    const { store, inputsOf } = scene();
    await store.copy(object, target);
    expect(Object.keys(inputsOf(CreateMultipartUploadCommand)[0] ?? {})).not.toContain('ChecksumAlgorithm');
    expect(Object.keys(inputsOf(CompleteMultipartUploadCommand)[0] ?? {})).not.toContain('ChecksumType');
  });

  test('that differs in the end is VERIFICATION_FAILED, and nothing is left', async () => {
    const { mock, store, commands } = scene();
    mock.on(CompleteMultipartUploadCommand).rejects(named('BadDigest', 400));
    expect((await failureOf(() => store.copy(object, target))).code).toBe('VERIFICATION_FAILED');
    expect(commands().at(-1)).toBe('AbortMultipartUploadCommand');
  });
});

describe('a copy in parts that fails', () => {
  test.each([
    ['a part', UploadPartCopyCommand, 'PreconditionFailed', 412, 'OBJECT_CHANGED'],
    ['a part', UploadPartCopyCommand, 'InvalidObjectState', 403, 'OBJECT_ARCHIVED'],
    ['a part', UploadPartCopyCommand, 'NoSuchVersion', 404, 'OBJECT_NOT_FOUND'],
    ['the end', CompleteMultipartUploadCommand, 'PreconditionFailed', 412, 'OBJECT_CHANGED'],
    ['the end', CompleteMultipartUploadCommand, 'ConditionalRequestConflict', 409, 'OBJECT_CHANGED'],
    ['the end', CompleteMultipartUploadCommand, 'InternalError', 500, 'SERVICE_UNAVAILABLE'],
  ] as const)('at %s is aborted once, and tells why: %#', async (_, command, name, status, code) => {
    const { mock, store, inputsOf } = scene();
    mock.on(command as typeof UploadPartCopyCommand).rejects(named(name, status));
    expect((await failureOf(() => store.copy(object, target))).code).toBe(code);
    expect(inputsOf(AbortMultipartUploadCommand)).toEqual([
      { Bucket: 'bucket', Key: 'folder/a b.txt', UploadId: 'u1' },
    ]);
  });

  test('tells what failed first, though the abort fails, too', async () => {
    const { mock, store } = scene();
    mock.on(UploadPartCopyCommand).callsFake(async ({ PartNumber = 0 }: PartInput) => {
      if (PartNumber !== 2) await new Promise((resolve) => setTimeout(resolve, 5));
      throw named(PartNumber === 2 ? 'PreconditionFailed' : 'InternalError', PartNumber === 2 ? 412 : 500);
    });
    mock.on(AbortMultipartUploadCommand).rejects(named('AccessDenied', 403));
    expect((await failureOf(() => store.copy(object, target))).code).toBe('OBJECT_CHANGED');
  });

  test('stops the parts that are under way, and begins no others', async () => {
    const { mock, store, inputsOf } = scene(1);
    const signals: (AbortSignal | undefined)[] = [];
    mock.on(UploadPartCopyCommand).callsFake(async ({ PartNumber = 0 }: PartInput) => {
      if (PartNumber === 1) throw named('SlowDown', 503);
      await new Promise((resolve) => setTimeout(resolve, 5));
      return { CopyPartResult: { ETag: '"part"' } };
    });
    expect((await failureOf(() => store.copy({ ...object, lengthBytes: 100 }, target))).code).toBe(
      'THROTTLED',
    );
    for (const { args } of mock.commandCalls(UploadPartCopyCommand)) {
      const [, options] = args as readonly [unknown, { abortSignal?: AbortSignal }?];
      signals.push(options?.abortSignal);
    }
    expect(signals.every((signal) => signal?.aborted === true)).toBe(true);
    const begun = inputsOf(UploadPartCopyCommand).length;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(inputsOf(UploadPartCopyCommand)).toHaveLength(begun);
    expect(begun).toBeLessThanOrEqual(9);
    expect(inputsOf(CompleteMultipartUploadCommand)).toEqual([]);
  });

  test('is stopped by a signal, and aborted all the same', async () => {
    const { mock, store, inputsOf } = scene();
    const stop = new AbortController();
    mock.on(UploadPartCopyCommand).callsFake(() => {
      stop.abort();
      throw Object.assign(new Error('stopped'), { name: 'AbortError' });
    });
    expect((await failureOf(() => store.copy(object, target, stop.signal))).code).toBe('ABORTED');
    expect(inputsOf(AbortMultipartUploadCommand)).toHaveLength(1);
    const [abort] = mock.commandCalls(AbortMultipartUploadCommand);
    expect(abort?.args).toHaveLength(1);
  });

  test('is not begun at all where S3 gives no id, or refuses', async () => {
    const { mock, store, inputsOf } = scene();
    mock.on(CreateMultipartUploadCommand).resolves({});
    expect((await failureOf(() => store.copy(object, target))).code).toBe('SERVICE_FAILED');
    mock.on(CreateMultipartUploadCommand).rejects(named('AccessDenied', 403));
    expect((await failureOf(() => store.copy(object, target))).code).toBe('ACCESS_DENIED');
    expect([inputsOf(UploadPartCopyCommand), inputsOf(AbortMultipartUploadCommand)]).toEqual([[], []]);
  });
});
