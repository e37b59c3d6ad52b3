import {
  DeleteObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  paginateListObjectsV2,
  PutObjectTaggingCommand,
  type _Object,
  type S3Client,
} from '@aws-sdk/client-s3';
import { SealdropError } from '../envelope/index.ts';
import type {
  CopyTarget,
  ListedObject,
  ObjectAddress,
  ObjectStore,
  ObjectToWrite,
  StoredContent,
  StoredObject,
  Tags,
} from '../operations/object-store.ts';
import { defaultCopyPartBytes, defaultPartSizeBytes, maxCopyBytes } from '../operations/part-limits.ts';
import { createS3Client } from './clients.ts';
import { copyObject, type CopyOptions } from './copy-object.ts';
import { addressFields, fetchRange } from './fetch-range.ts';
import { storedObject } from './object-headers.ts';
import { readInRanges, type FetchRange } from './ranged-read.ts';
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
  /**
   * The longest object that is copied in one request.
   * @defaultValue 5 GiB, the most that S3 takes
   */
  readonly maxCopyBytes?: number;
  /**
   * The length of a part of a longer one.
   * @defaultValue 512 MiB
   */
  readonly copyPartBytes?: number;
}

/** What S3 copies by itself takes no memory here. */
const copyPartsAtOnce = 8;

/** Amazon S3 behind the port {@link ObjectStore}. */
export class S3ObjectStore implements ObjectStore {
  readonly #client: S3Client;
  readonly #partSizeBytes: number;
  readonly #partsAtOnce: number;
  readonly #copying: CopyOptions;

  /** @throws RangeError for a size or a number of parts that is none. */
  constructor(options: S3ObjectStoreOptions = {}) {
    this.#client = options.client ?? createS3Client();
    this.#partSizeBytes = atLeastOne('partSizeBytes', options.partSizeBytes ?? defaultPartSizeBytes);
    this.#partsAtOnce = atLeastOne('partsAtOnce', options.partsAtOnce ?? 2);
    this.#copying = {
      maxCopyBytes: atLeastOne('maxCopyBytes', options.maxCopyBytes ?? maxCopyBytes),
      copyPartBytes: atLeastOne('copyPartBytes', options.copyPartBytes ?? defaultCopyPartBytes),
      copyPartsAtOnce,
    };
  }

  async head(address: ObjectAddress, signal?: AbortSignal): Promise<StoredObject> {
    return this.#call(readAction(address), address, async () =>
      storedObject(
        address,
        await this.#client.send(
          new HeadObjectCommand({ ...addressFields(address), ChecksumMode: 'ENABLED' }),
          requestOptions(signal),
        ),
      ),
    );
  }

  read(object: StoredObject, signal?: AbortSignal): AsyncIterable<Uint8Array> {
    return this.#readFrom(object, 0, signal);
  }

  async get(address: ObjectAddress, signal?: AbortSignal): Promise<StoredContent> {
    try {
      return await this.#getFromFirstRange(address, signal);
    } catch (error) {
      if (!isEmpty(error)) throw error;
      // An object without a byte has no range.
      const object = await this.head(address, signal);
      return { object, content: this.read(object, signal) };
    }
  }

  async tags(address: ObjectAddress, signal?: AbortSignal): Promise<Tags> {
    return this.#call('s3:GetObjectTagging', address, async () => {
      const { TagSet = [] } = await this.#client.send(
        new GetObjectTaggingCommand(addressFields(address)),
        requestOptions(signal),
      );
      return Object.fromEntries(TagSet.map(({ Key = '', Value = '' }) => [Key, Value]));
    });
  }

  async setTags(address: ObjectAddress, tags: Tags, signal?: AbortSignal): Promise<void> {
    const TagSet = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    await this.#call('s3:PutObjectTagging', address, () =>
      this.#client.send(
        new PutObjectTaggingCommand({ ...addressFields(address), Tagging: { TagSet } }),
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

  async copy(object: StoredObject, target: CopyTarget, signal?: AbortSignal): Promise<ObjectAddress> {
    const readTags = (): Promise<Tags> => this.tags(object.address, signal);
    return this.#call('s3:PutObject', target.address, () =>
      copyObject(this.#client, object, target, readTags, this.#copying, signal),
    );
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
        for (const listed of Contents) yield listedObject(listed);
      }
    } catch (error) {
      throw toS3Error(error, 's3:ListBucket', { bucket, key: prefix });
    }
  }

  /** One request for small objects; large ones go on in ranges once somebody reads. */
  async #getFromFirstRange(address: ObjectAddress, signal?: AbortSignal): Promise<StoredContent> {
    const firstRange = { first: 0, last: this.#partSizeBytes - 1 };
    const { answer, bytes, totalBytes } = await this.#call(readAction(address), address, () =>
      fetchRange(this.#client, { address }, firstRange, signal),
    );
    const { ChecksumCRC32, ...told } = answer;
    const object = storedObject(address, {
      ...told,
      ContentLength: totalBytes,
      // That of a part is none of the whole.
      ...(bytes.length === totalBytes ? { ChecksumCRC32 } : {}),
    });
    const rest = (): AsyncIterable<Uint8Array> => this.#readFrom(object, bytes.length, signal);
    async function* content(): AsyncGenerator<Uint8Array> {
      yield bytes;
      if (bytes.length < totalBytes) yield* rest();
    }
    return { object, content: content() };
  }

  #readFrom(object: StoredObject, fromBytes: number, signal?: AbortSignal): AsyncIterable<Uint8Array> {
    const fetch: FetchRange = (first, last, rangeSignal) =>
      this.#call('s3:GetObject', object.address, async () => {
        const { bytes } = await fetchRange(this.#client, object, { first, last }, rangeSignal);
        return bytes;
      });
    return readInRanges(fetch, object.lengthBytes, {
      fromBytes,
      rangeBytes: this.#partSizeBytes,
      rangesAhead: this.#partsAtOnce,
      signal,
    });
  }

  async #call<Output>(action: string, address: ObjectAddress, send: () => Promise<Output>): Promise<Output> {
    try {
      return await send();
    } catch (error) {
      throw toS3Error(error, action, address);
    }
  }
}

/** To ask for one version takes a permission of its own. */
function readAction({ versionId }: ObjectAddress): string {
  return versionId === undefined ? 's3:GetObject' : 's3:GetObjectVersion';
}

/** S3 refuses every range of an object without a byte. */
function isEmpty(error: unknown): boolean {
  return error instanceof SealdropError && error.fields['status'] === 416;
}

function listedObject({ Key = '', Size = 0, LastModified, StorageClass }: _Object): ListedObject {
  return {
    ...{ key: Key, lengthBytes: Size },
    ...(LastModified === undefined ? {} : { lastModified: LastModified }),
    ...(StorageClass === undefined ? {} : { storageClass: StorageClass }),
  };
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
