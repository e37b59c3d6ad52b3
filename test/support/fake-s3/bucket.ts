import { S3Refusal } from './answer.ts';
import type { Checksums } from './checksums.ts';

/** Whether a bucket keeps what was overwritten. */
export type Versioning = 'Off' | 'Enabled' | 'Suspended';

/** What is stored with a content. */
export interface StoredFacts {
  /** User metadata, without its prefix. */
  readonly metadata: Readonly<Record<string, string>>;
  /** The headers that travel with the object. */
  readonly system: Readonly<Record<string, string>>;
}

/** One version of an object. */
export interface Version extends StoredFacts {
  readonly versionId: string;
  readonly isDeleteMarker: boolean;
  readonly content: Buffer;
  readonly etag: string;
  readonly lastModified: Date;
  readonly checksums: Checksums;
  readonly checksumType: 'FULL_OBJECT' | 'COMPOSITE';
  /** The lengths of its parts, where it came in parts. */
  readonly partLengths?: readonly number[];
}

/** A content that is about to become a version. */
export type NewVersion = Omit<Version, 'versionId' | 'isDeleteMarker' | 'lastModified'>;

/** Where S3 keeps versions of objects without a version id. */
const nullVersion = 'null';

/** A bucket, and every version in it. */
export class FakeBucket {
  versioning: Versioning;
  readonly #versions = new Map<string, Version[]>();
  #count = 0;

  constructor(versioning: Versioning) {
    this.versioning = versioning;
  }

  /** The keys that a list shows, in order. */
  keys(): string[] {
    return [...this.#versions.keys()].filter((key) => this.current(key) !== undefined).sort();
  }

  /** Every version of an object, the oldest first. */
  versions(key: string): readonly Version[] {
    return this.#versions.get(key) ?? [];
  }

  /** What stands there now, if anything. */
  current(key: string): Version | undefined {
    const newest = this.versions(key).at(-1);
    return newest?.isDeleteMarker === true ? undefined : newest;
  }

  /**
   * The version that a read asks for.
   *
   * @throws NoSuchKey, NoSuchVersion, MethodNotAllowed
   */
  find(key: string, versionId?: string): Version {
    if (versionId === undefined) {
      const current = this.current(key);
      if (current !== undefined) return current;
      const marker: Record<string, string> =
        this.versions(key).length === 0 ? {} : { 'x-amz-delete-marker': 'true' };
      throw new S3Refusal('NoSuchKey', 404, marker);
    }
    const version = this.versions(key).find((each) => each.versionId === versionId);
    if (version === undefined) throw new S3Refusal('NoSuchVersion', 404);
    if (version.isDeleteMarker)
      throw new S3Refusal('MethodNotAllowed', 405, { 'x-amz-delete-marker': 'true' });
    return version;
  }

  write(key: string, version: NewVersion): Version {
    return this.#add(key, { ...version, isDeleteMarker: false });
  }

  /** Removes one version, or puts a marker on top. */
  delete(key: string, versionId?: string): Version | undefined {
    if (versionId !== undefined) {
      const versions = this.versions(key);
      this.#versions.set(
        key,
        versions.filter((each) => each.versionId !== versionId),
      );
      return versions.find((each) => each.versionId === versionId);
    }
    if (this.versioning === 'Off') {
      this.#versions.delete(key);
      return undefined;
    }
    const nothing = { metadata: {}, system: {}, checksums: {}, checksumType: 'FULL_OBJECT' as const };
    return this.#add(key, { ...nothing, isDeleteMarker: true, content: Buffer.alloc(0), etag: '' });
  }

  /** The header that tells the version of an answer. */
  versionHeader({ versionId }: Version): Record<string, string> {
    return this.versioning === 'Off' ? {} : { 'x-amz-version-id': versionId };
  }

  #add(key: string, version: Omit<Version, 'versionId' | 'lastModified'>): Version {
    this.#count += 1;
    const versionId = this.versioning === 'Enabled' ? `v${this.#count}` : nullVersion;
    const kept = this.versions(key).filter((each) => each.versionId !== versionId);
    const lastModified = new Date(Math.floor(Date.now() / 1000) * 1000);
    const added = { ...version, versionId, lastModified };
    this.#versions.set(key, [...kept, added]);
    return added;
  }
}
