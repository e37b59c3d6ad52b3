import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  PutObjectTaggingCommand,
  type PutObjectCommandInput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { SealdropError } from '../../envelope/index.ts';
import type { ObjectAddress } from '../../operations/object-store.ts';
import { gather, inChunks } from './bytes.ts';
import type { KmsTarget } from './mock-kms.ts';
import type { MemoryObjectStore } from './memory-object-store.ts';

/** What the commands of S3 that name an object have in common. */
interface Named {
  readonly Bucket?: string;
  readonly Key?: string;
  readonly VersionId?: string;
}

const namesOfErrors: Readonly<Record<string, [name: string, status: number]>> = {
  OBJECT_NOT_FOUND: ['NoSuchKey', 404],
  OBJECT_CHANGED: ['PreconditionFailed', 412],
};

/** Answers the commands of an S3 client, or of all of them, from a {@link MemoryObjectStore}. */
export function mockS3(
  target: S3Client | typeof S3Client,
  store: MemoryObjectStore,
): ReturnType<typeof mockClient> {
  const mock = mockClient(target as KmsTarget);
  mock.on(HeadObjectCommand).callsFake((input: Named) => asS3(() => head(store, input)));
  mock.on(GetObjectCommand).callsFake((input: Named & { Range?: string }) =>
    asS3(async () => {
      const [first = 0, last = 0] = (input.Range ?? '').replace('bytes=', '').split('-').map(Number);
      const content = await gather(store.read(await store.head(addressOf(input))));
      const part = content.subarray(first, last + 1);
      if (part.length === 0) throw refusal('InvalidRange', 416);
      return {
        ...(await head(store, input)),
        ContentLength: part.length,
        ContentRange: `bytes ${first}-${first + part.length - 1}/${content.length}`,
        Body: inChunks(part, 100),
      };
    }),
  );
  mock.on(GetObjectTaggingCommand).callsFake((input: Named) =>
    asS3(async () => ({
      TagSet: Object.entries(await store.tags(addressOf(input))).map(([Key, Value]) => ({ Key, Value })),
    })),
  );
  mock
    .on(PutObjectTaggingCommand)
    .callsFake((input: Named & { Tagging: { TagSet: { Key: string; Value: string }[] } }) =>
      asS3(async () => {
        const tags = Object.fromEntries(input.Tagging.TagSet.map(({ Key, Value }) => [Key, Value]));
        await store.setTags(addressOf(input), tags);
        return {};
      }),
    );
  mock.on(PutObjectCommand).callsFake((input: PutObjectCommandInput) => asS3(() => put(store, input)));
  mock.on(DeleteObjectCommand).callsFake((input: Named & { IfMatch?: string }) =>
    asS3(async () => {
      const current = await store.head(addressOf(input));
      await store.hide({ ...current, etag: input.IfMatch ?? current.etag });
      return {};
    }),
  );
  mock.on(CopyObjectCommand).callsFake((input: Named & { Metadata?: Record<string, string> }) =>
    asS3(async () => {
      const source = await store.head(addressOf(input));
      const { versionId } = await store.copy(source, {
        address: addressOf(input),
        metadata: input.Metadata ?? {},
        condition: { etag: source.etag },
      });
      return { VersionId: versionId };
    }),
  );
  mock
    .on(ListObjectsV2Command)
    .callsFake(({ Bucket = '', Prefix = '' }: { Bucket?: string; Prefix?: string }) =>
      asS3(async () => {
        const Contents = [];
        for await (const { key, lengthBytes } of store.list(Bucket, Prefix)) {
          Contents.push({ Key: key, Size: lengthBytes });
        }
        return { Contents };
      }),
    );
  return mock;
}

function addressOf({ Bucket = '', Key = '', VersionId }: Named): ObjectAddress {
  return {
    bucket: Bucket,
    key: Key,
    ...(VersionId === undefined ? {} : { versionId: VersionId }),
  };
}

async function head(store: MemoryObjectStore, input: Named): Promise<object> {
  const object = await store.head(addressOf(input));
  return {
    ETag: object.etag,
    ContentLength: object.lengthBytes,
    ContentType: object.headers.contentType,
    Metadata: object.metadata,
    VersionId: object.address.versionId,
    ChecksumCRC32: object.crc32,
    ChecksumType: 'FULL_OBJECT',
  };
}

async function put(store: MemoryObjectStore, input: PutObjectCommandInput): Promise<object> {
  const { Bucket = '', Key = '', Metadata = {}, IfMatch, ContentType, Tagging } = input;
  const body = input.Body as Buffer;
  const { versionId } = await store.write({
    bucket: Bucket,
    key: Key,
    body: inChunks(body),
    crc32: () => input.ChecksumCRC32 ?? 'none was sent',
    lengthBytes: body.length,
    metadata: Metadata,
    headers: ContentType === undefined ? {} : { contentType: ContentType },
    tags: Object.fromEntries(new URLSearchParams(Tagging)),
    condition: IfMatch === undefined ? { absent: true } : { etag: IfMatch },
  });
  return { VersionId: versionId };
}

/** Throws the store's errors under the names that S3 has for them. */
async function asS3(work: () => Promise<object>): Promise<object> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof SealdropError)) throw error;
    const [name, httpStatusCode] = namesOfErrors[error.code] ?? ['ServiceUnavailable', 503];
    throw refusal(name, httpStatusCode);
  }
}

function refusal(name: string, httpStatusCode: number): Error {
  return Object.assign(new Error('refused'), { name, $metadata: { httpStatusCode } });
}
