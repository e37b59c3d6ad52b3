import type { Metadata } from '../envelope/index.ts';

/** Where an object is. Keys are as they are, nothing encoded. */
export interface ObjectAddress {
  readonly bucket: string;
  readonly key: string;
  /** The version to address; without it, the current one. */
  readonly versionId?: string;
}

/** The system metadata that a user sets and that travels along when an object is sealed or rewrapped. */
export interface ContentHeaders {
  readonly contentType?: string;
  readonly cacheControl?: string;
  readonly contentDisposition?: string;
  readonly contentEncoding?: string;
  readonly contentLanguage?: string;
  readonly expires?: string;
  readonly websiteRedirectLocation?: string;
}

/** An object's tags. */
export type Tags = Readonly<Record<string, string>>;

/** What a store tells of an object without reading it. */
export interface StoredObject {
  readonly address: ObjectAddress;
  /** Quoted, as HTTP has it. */
  readonly etag: string;
  readonly lengthBytes: number;
  readonly metadata: Metadata;
  readonly headers: ContentHeaders;
  /** The base64 CRC-32 of the whole object, where the store knows it. */
  readonly crc32?: string;
  readonly storageClass?: string;
  readonly serverSideEncryption?: string;
  readonly kmsKeyId?: string;
}

/** What a store lists of an object. */
export interface ListedObject {
  readonly key: string;
  readonly lengthBytes: number;
}

/** What must hold at the destination when a write takes effect. */
export type WriteCondition = { readonly absent: true } | { readonly etag: string };

/** An object to be written. */
export interface ObjectToWrite {
  readonly bucket: string;
  readonly key: string;
  /** Exactly `lengthBytes` bytes, in chunks of any length. */
  readonly body: AsyncIterable<Uint8Array>;
  /** The base64 CRC-32 of the body; asked for when all of it has passed. */
  readonly crc32: () => string;
  readonly lengthBytes: number;
  readonly metadata: Metadata;
  readonly headers: ContentHeaders;
  readonly tags: Tags;
  readonly condition: WriteCondition;
}

/**
 * The port behind which objects are kept. Every method throws {@link SealdropError}: ACCESS_DENIED,
 * BUCKET_NOT_FOUND, SERVICE_FAILED, SERVICE_UNAVAILABLE, THROTTLED, ABORTED, and what stands beside it.
 */
export interface ObjectStore {
  /** @throws {@link SealdropError} OBJECT_NOT_FOUND, also for a version that is a delete marker. */
  head(address: ObjectAddress, signal?: AbortSignal): Promise<StoredObject>;

  /**
   * Reads the very object that {@link head} told of, from its first byte to its last.
   *
   * @throws {@link SealdropError} OBJECT_NOT_FOUND, OBJECT_CHANGED.
   */
  read(object: StoredObject, signal?: AbortSignal): AsyncIterable<Uint8Array>;

  tags(address: ObjectAddress, signal?: AbortSignal): Promise<Tags>;

  /** Replaces the tags of the object at `address`. */
  setTags(address: ObjectAddress, tags: Tags, signal?: AbortSignal): Promise<void>;

  /**
   * Writes an object, whole or not at all: where it throws, nothing of it is left. The store itself checks
   * the checksum before the object comes to be.
   *
   * @returns the address of the written version
   * @throws {@link SealdropError} OBJECT_CHANGED where the condition does not hold, VERIFICATION_FAILED where
   *   what arrived does not have the checksum.
   */
  write(object: ObjectToWrite, signal?: AbortSignal): Promise<ObjectAddress>;

  /**
   * Replaces the metadata of the object that {@link head} told of, inside the store and provided that it is
   * still the current one. All else about it is kept.
   *
   * @throws {@link SealdropError} OBJECT_CHANGED, OBJECT_NOT_FOUND.
   */
  replaceMetadata(object: StoredObject, metadata: Metadata, signal?: AbortSignal): Promise<ObjectAddress>;

  /**
   * Hides the object that {@link head} told of behind a delete marker, provided that it is still the current
   * one; its version stays. In a bucket without versions it is destroyed.
   *
   * @throws {@link SealdropError} OBJECT_CHANGED where something else is current, OBJECT_NOT_FOUND where
   *   nothing is.
   */
  hide(object: StoredObject, signal?: AbortSignal): Promise<void>;

  /** Every current object under a prefix, in the order of their keys. */
  list(bucket: string, prefix: string, signal?: AbortSignal): AsyncIterable<ListedObject>;
}
