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

/** Which object it is, and which state of it: neither says anything of the content. */
export interface ObjectState {
  /** Where it is, the store included. */
  readonly place: string;
  /** Another one for every change. */
  readonly revision: string;
}

/** Until when nobody may destroy a version of an object. */
export interface Retention {
  readonly mode: 'GOVERNANCE' | 'COMPLIANCE';
  readonly until: Date;
}

/** How an object is kept; a copy has to be told of it anew. */
export interface KeptSettings {
  readonly storageClass?: string;
  readonly serverSideEncryption?: string;
  readonly kmsKeyId?: string;
  readonly bucketKeyEnabled?: boolean;
  /** Told only to those who may read it. */
  readonly retention?: Retention;
  /** Told only to those who may read it. */
  readonly legalHold?: boolean;
}

/** A checksum that a store keeps with an object. */
export interface StoredChecksum {
  /** By S3's name: `CRC32`, `CRC64NVME`, `SHA256`, … */
  readonly algorithm: string;
  /** In base64; of the whole object, or of the checksums of its parts. */
  readonly value: string;
  readonly isOfWhole: boolean;
}

/** What a store tells of an object without reading it. */
export interface StoredObject extends KeptSettings {
  readonly address: ObjectAddress;
  /** Quoted, as HTTP has it. */
  readonly etag: string;
  readonly lengthBytes: number;
  readonly metadata: Metadata;
  readonly headers: ContentHeaders;
  /** The base64 CRC-32 of the whole object, where the store knows it. */
  readonly crc32?: string;
  readonly checksum?: StoredChecksum;
  readonly lastModified?: Date;
  /** Where a store tells more than the address and the version, or the time of change. */
  readonly state?: ObjectState;
  /** How many tags it has, where the store tells. */
  readonly tagCount?: number;
  /** How many entries its metadata has that the store cannot show; a copy would lose them. */
  readonly hiddenEntries?: number;
  /** Whether it is in an archive: it cannot be copied, and read only while it is restored. */
  readonly isArchived?: boolean;
}

/** An object, and its content from the first byte to the last. */
export interface StoredContent {
  readonly object: StoredObject;
  /** To be read once. Nothing is held open while nobody reads it. */
  readonly content: AsyncIterable<Uint8Array>;
}

/** What a store lists of an object. */
export interface ListedObject {
  readonly key: string;
  readonly lengthBytes: number;
  readonly lastModified?: Date;
  /** By S3's name, where the store has storage classes. */
  readonly storageClass?: string;
}

/** What must hold at the destination when a write takes effect. */
export type WriteCondition = { readonly absent: true } | { readonly etag: string };

/** An object to be written. */
export interface ObjectToWrite {
  readonly bucket: string;
  readonly key: string;
  /** In chunks of any length; exactly `lengthBytes` bytes where that is known. */
  readonly body: AsyncIterable<Uint8Array>;
  /** The base64 CRC-32 of the body; asked for when all of it has passed. */
  readonly crc32: () => string;
  readonly lengthBytes?: number;
  readonly metadata: Metadata;
  readonly headers: ContentHeaders;
  readonly tags: Tags;
  /** The time of change to note, for a store that lets its users set it. */
  readonly modified?: Date;
  /**
   * How it is kept.
   * @defaultValue as the place keeps what nobody says anything about
   */
  readonly settings?: KeptSettings;
  readonly condition: WriteCondition;
}

/** What a copy has that its source has not. */
export interface CopyTarget {
  readonly address: Omit<ObjectAddress, 'versionId'>;
  /** All of it: nothing of the source's own metadata goes along. */
  readonly metadata: Metadata;
  /** What must hold at the address when the copy comes to be. */
  readonly condition: WriteCondition;
}

/**
 * A place that holds objects. Every method throws {@link SealdropError}: ACCESS_DENIED, BUCKET_NOT_FOUND,
 * SERVICE_FAILED, SERVICE_UNAVAILABLE, THROTTLED, ABORTED, and what stands beside it.
 */
export interface ReadableStore {
  /** @throws {@link SealdropError} OBJECT_NOT_FOUND, also for a version that is a delete marker. */
  head(address: ObjectAddress, signal?: AbortSignal): Promise<StoredObject>;

  /**
   * What {@link head} tells, and the content of that very object.
   *
   * @throws {@link SealdropError} OBJECT_NOT_FOUND; OBJECT_CHANGED while the content is read.
   */
  get(address: ObjectAddress, signal?: AbortSignal): Promise<StoredContent>;

  tags(address: ObjectAddress, signal?: AbortSignal): Promise<Tags>;

  /** Every current object whose key begins with a prefix, in the order of their keys as UTF-8. */
  list(bucket: string, prefix: string, signal?: AbortSignal): AsyncIterable<ListedObject>;
}

/** A place that takes objects. */
export interface WritableStore extends ReadableStore {
  /**
   * Writes an object, whole or not at all: where it throws, nothing of it is left. The store itself checks
   * the checksum before the object comes to be.
   *
   * @returns the address of the written version
   * @throws {@link SealdropError} OBJECT_CHANGED where the condition does not hold, VERIFICATION_FAILED where
   *   what arrived does not have the checksum; whatever the body throws.
   */
  write(object: ObjectToWrite, signal?: AbortSignal): Promise<ObjectAddress>;
}

/** A place that copies its objects by itself. */
export interface CopyingStore extends WritableStore {
  /**
   * Copies the very object that {@link head} told of, inside the store, with other metadata. All else about it
   * is kept: content, headers, tags, {@link KeptSettings} and the kind of its checksum.
   *
   * @throws {@link SealdropError} OBJECT_CHANGED where the source is not what it was or the condition does not
   *   hold, OBJECT_NOT_FOUND where the source is gone, OBJECT_ARCHIVED. Nothing half-copied is left then.
   */
  copy(object: StoredObject, target: CopyTarget, signal?: AbortSignal): Promise<ObjectAddress>;
}

/** The port behind which the objects of the pipeline are kept. */
export interface ObjectStore extends CopyingStore {
  /**
   * Reads the very object that {@link head} told of, from its first byte to its last.
   *
   * @throws {@link SealdropError} OBJECT_NOT_FOUND, OBJECT_CHANGED.
   */
  read(object: StoredObject, signal?: AbortSignal): AsyncIterable<Uint8Array>;

  /** Replaces the tags of the object at `address`. */
  setTags(address: ObjectAddress, tags: Tags, signal?: AbortSignal): Promise<void>;

  /**
   * Hides the object that {@link head} told of behind a delete marker, provided that it is still the current
   * one; its version stays. In a bucket without versions it is destroyed.
   *
   * @throws {@link SealdropError} OBJECT_CHANGED where something else is current, OBJECT_NOT_FOUND where
   *   nothing is.
   */
  hide(object: StoredObject, signal?: AbortSignal): Promise<void>;
}
