import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  paginateListObjectsV2,
  PutObjectTaggingCommand,
  type CopyObjectCommandInput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { SealdropError, type Metadata } from '../envelope/index.ts';
import type {
  ListedObject,
  ObjectAddress,
  ObjectStore,
  ObjectToWrite,
  StoredObject,
  Tags,
} from '../operations/object-store.ts';
import { createS3Client } from './clients.ts';
import { headerFields, storedObject } from './object-headers.ts';
import { gatherRange, readInRanges } from './ranged-read.ts';
import { toS3Error } from './s3-errors.ts';
import { writeObject } from './s3-writer.ts';
import { requestOptions } from './request-options.ts';

/** How an {@link S3ObjectStore} reaches S3, and how it cuts large objects. */
export interface S3ObjectStoreOptions {
  readonly client?: S3Client;
  /**
   * The length of a range that is read and of a part that is written.
   * @defaultValue 5 MiB; parts of objects over 48 GiB are larger
   */
  readonly partSizeBytes?: number;
  /**
   * How many of them are on their way at once, for each object and direction. Memory follows both.
   * @defaultValue 2
   */
  readonly partsAtOnce?: number;
}

/** The part size that S3 wants at least. */
export const defaultPartSizeBytes: number = 5 * 1024 * 1024;

/** How often a range is asked for again when its body breaks; the SDK itself retries only until the body. */
const maxBodyAttempts = 4;

/** Amazon S3 behind the port {@link ObjectStore}. */
export class S3ObjectStore implements ObjectStore {
  readonly #client: S3Client;
  readonly #partSizeBytes: number;
  readonly #partsAtOnce: number;

  /** @throws RangeError for a size or a number of parts that is none. */
  constructor(options: S3ObjectStoreOptions = {}) {
    this.#client = options.client ?? createS3Client();
    this.#partSizeBytes = atLeastOne('partSizeBytes', options.partSizeBytes ?? defaultPartSizeBytes);
    this.#partsAtOnce = atLeastOne('partsAtOnce', options.partsAtOnce ?? 2);
  }

  async head(address: ObjectAddress, signal?: AbortSignal): Promise<StoredObject> {
    return this.#call('s3:GetObject', address, async () =>
      storedObject(
        address,
        await this.#client.send(
          new HeadObjectCommand({ ...fieldsOf(address), ChecksumMode: 'ENABLED' }),
          requestOptions(signal),
        ),
      ),
    );
  }

  read(object: StoredObject, signal?: AbortSignal): AsyncIterable<Uint8Array> {
    return readInRanges(
      (first, last, rangeSignal) => this.#fetchRange(object, first, last, rangeSignal),
      object.lengthBytes,
      { rangeBytes: this.#partSizeBytes, rangesAhead: this.#partsAtOnce, signal },
    );
  }

  async tags(address: ObjectAddress, signal?: AbortSignal): Promise<Tags> {
    return this.#call('s3:GetObjectTagging', address, async () => {
      const { TagSet = [] } = await this.#client.send(
        new GetObjectTaggingCommand(fieldsOf(address)),
        requestOptions(signal),
      );
      return Object.fromEntries(TagSet.map(({ Key = '', Value = '' }) => [Key, Value]));
    });
  }

  async setTags(address: ObjectAddress, tags: Tags, signal?: AbortSignal): Promise<void> {
    const TagSet = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    await this.#call('s3:PutObjectTagging', address, () =>
      this.#client.send(
        new PutObjectTaggingCommand({ ...fieldsOf(address), Tagging: { TagSet } }),
        requestOptions(signal),
      ),
    );
  }

  async write(object: ObjectToWrite, signal?: AbortSignal): Promise<ObjectAddress> {
    const parts = { partSizeBytes: this.#partSizeBytes, partsAtOnce: this.#partsAtOnce };
    try {
      return await this.#call('s3:PutObject', object, () => writeObject(this.#client, object, parts, signal));
    } catch (error) {
      throw whereStandingIsGone(error, object);
    }
  }

  async replaceMetadata(
    object: StoredObject,
    metadata: Metadata,
    signal?: AbortSignal,
  ): Promise<ObjectAddress> {
    const { bucket, key } = object.address;
    return this.#call('s3:PutObject', object.address, async () => {
      const copy = await this.#client.send(
        new CopyObjectCommand(inPlaceCopy(object, metadata)),
        requestOptions(signal),
      );
      return copy.VersionId === undefined ? { bucket, key } : { bucket, key, versionId: copy.VersionId };
    });
  }

  async hide({ address, etag }: StoredObject, signal?: AbortSignal): Promise<void> {
    const { bucket, key } = address;
    await this.#call('s3:DeleteObject', address, () =>
      this.#client.send(
        new DeleteObjectCommand({ Bucket: bucket, Key: key, IfMatch: etag }),
        requestOptions(signal),
      ),
    );
  }

  async *list(bucket: string, prefix: string, signal?: AbortSignal): AsyncGenerator<ListedObject> {
    const pages = paginateListObjectsV2(
      { client: this.#client },
      { Bucket: bucket, Prefix: prefix },
      requestOptions(signal),
    );
    try {
      for await (const { Contents = [] } of pages) {
        for (const { Key = '', Size = 0 } of Contents) yield { key: Key, lengthBytes: Size };
      }
    } catch (error) {
      throw toS3Error(error, 's3:ListBucket', { bucket, key: prefix });
    }
  }

  async #fetchRange(
    object: StoredObject,
    first: number,
    last: number,
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    for (let attempt = 1; ; attempt += 1) {
      const response = await this.#call('s3:GetObject', object.address, () =>
        this.#client.send(
          new GetObjectCommand({
            ...fieldsOf(object.address),
            IfMatch: object.etag,
            Range: `bytes=${first}-${last}`,
          }),
          { abortSignal: signal },
        ),
      );
      try {
        return await gatherRange(response.Body as AsyncIterable<Uint8Array>, last - first + 1);
      } catch (error) {
        if (signal.aborted || attempt === maxBodyAttempts) {
          throw toS3Error(error, 's3:GetObject', object.address);
        }
      }
    }
  }

  async #call<Output>(action: string, address: ObjectAddress, send: () => Promise<Output>): Promise<Output> {
    try {
      return await send();
    } catch (error) {
      throw toS3Error(error, action, address);
    }
  }
}

/** S3 answers `If-Match` with "not found" where the object that stood there was deleted. */
function whereStandingIsGone(error: unknown, { condition }: ObjectToWrite): unknown {
  const isGone = error instanceof SealdropError && error.code === 'OBJECT_NOT_FOUND' && 'etag' in condition;
  return isGone ? new SealdropError('OBJECT_CHANGED', error.message, { cause: error }) : error;
}

function atLeastOne(name: string, value: number): number {
  if (Number.isInteger(value) && value >= 1) return value;
  throw new RangeError(`${name} must be a whole number of at least 1`);
}

function inPlaceCopy(object: StoredObject, metadata: Metadata): CopyObjectCommandInput {
  const { bucket, key, versionId } = object.address;
  const source = `${bucket}/${encodeURIComponent(key)}`;
  return {
    Bucket: bucket,
    Key: key,
    CopySource: versionId === undefined ? source : `${source}?versionId=${encodeURIComponent(versionId)}`,
    // Without the second condition a newer object, written in between, would be buried.
    CopySourceIfMatch: object.etag,
    IfMatch: object.etag,
    MetadataDirective: 'REPLACE',
    TaggingDirective: 'COPY',
    Metadata: { ...metadata },
    ...headerFields(object.headers),
    ...keptSettings(object),
  };
}

function keptSettings({
  storageClass,
  serverSideEncryption,
  kmsKeyId,
}: StoredObject): Partial<CopyObjectCommandInput> {
  return {
    ...(storageClass === undefined ? {} : { StorageClass: storageClass as 'STANDARD' }),
    ...(serverSideEncryption === undefined ? {} : { ServerSideEncryption: serverSideEncryption as 'AES256' }),
    ...(kmsKeyId === undefined ? {} : { SSEKMSKeyId: kmsKeyId }),
  };
}

function fieldsOf({ bucket, key, versionId }: ObjectAddress): {
  Bucket: string;
  Key: string;
  VersionId?: string;
} {
  return { Bucket: bucket, Key: key, ...(versionId === undefined ? {} : { VersionId: versionId }) };
}
