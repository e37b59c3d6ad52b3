import { SealdropError, type Metadata, type SealdropErrorCode } from '../../envelope/index.ts';
import type {
  ContentHeaders,
  CopyTarget,
  ListedObject,
  ObjectAddress,
  ObjectStore,
  ObjectToWrite,
  StoredContent,
  StoredObject,
  Tags,
  WriteCondition,
} from '../../operations/object-store.ts';
import {
  checksumOf,
  describe,
  etagOf,
  settingsOf,
  type StoredFacts,
  type Version,
} from './stored-version.ts';

/** What a store keeps and tells. */
export interface MemoryObjectStoreOptions {
  /** @defaultValue true */
  readonly versioned?: boolean;
  /** The time of a change; without it the store tells of times only where it was told one. */
  readonly now?: () => Date;
  /**
   * Whether it tells how many tags an object has.
   * @defaultValue false
   */
  readonly countsTags?: boolean;
}

/** What a test puts into the store besides the content. */
export interface PutOptions {
  readonly metadata?: Metadata;
  readonly headers?: ContentHeaders;
  readonly tags?: Tags;
  readonly modified?: Date;
  /** How it is kept, and what S3 tells of it besides. */
  readonly facts?: StoredFacts;
}

type Method = keyof ObjectStore;
/** Runs at a call; it may change the store, or throw in the call's place. */
type Hook = (address: ObjectAddress) => void | Promise<void>;

/** Objects in memory, kept as S3 keeps them: versions, delete markers, ETags of the content, conditions. */
export class MemoryObjectStore implements ObjectStore {
  /** Every call that arrived. */
  readonly calls: { readonly method: Method; readonly address: ObjectAddress }[] = [];
  /** How long the chunks of a read are. */
  chunkBytes = 1000;
  readonly #versioned: boolean;
  readonly #now: (() => Date) | undefined;
  readonly #countsTags: boolean;
  readonly #objects = new Map<string, Version[]>();
  readonly #hooks: { when: 'before' | 'after'; method: Method; hook: Hook }[] = [];
  #lastVersion = 0;

  constructor(options: MemoryObjectStoreOptions = {}) {
    this.#versioned = options.versioned ?? true;
    this.#now = options.now;
    this.#countsTags = options.countsTags ?? false;
  }

  /** Runs a hook once, before the next call of a method. */
  before(method: Method, hook: Hook): void {
    this.#hooks.push({ when: 'before', method, hook });
  }

  /** Runs a hook once, after the next call of a method took effect. */
  after(method: Method, hook: Hook): void {
    this.#hooks.push({ when: 'after', method, hook });
  }

  /** Forgets the hooks that have not run. */
  forgetHooks(): void {
    this.#hooks.length = 0;
  }

  put(bucket: string, key: string, content: Uint8Array, options: PutOptions = {}): ObjectAddress {
    const { metadata = {}, headers = {}, tags = {}, modified, facts = {} } = options;
    return this.#add(bucket, key, {
      content: Buffer.from(content),
      metadata,
      headers,
      tags,
      modified,
      facts,
    });
  }

  /** Makes a version as though it had never been. */
  destroy(address: ObjectAddress): void {
    const versions = this.#versions(address.bucket, address.key);
    versions.splice(versions.indexOf(this.#find(address)), 1);
  }

  contentOf(address: ObjectAddress): Buffer {
    return Buffer.from(this.#find(address).content ?? '');
  }

  /** Every version there ever was of an object, from the first to the current one; nothing for a delete marker. */
  historyOf({ bucket, key }: ObjectAddress): readonly (StoredObject | undefined)[] {
    return this.#versions(bucket, key).map((version) =>
      version.content === undefined ? undefined : describe({ bucket, key }, version),
    );
  }

  countOf(method: Method): number {
    return this.calls.filter((call) => call.method === method).length;
  }

  async head(address: ObjectAddress): Promise<StoredObject> {
    return this.#call('head', address, () => this.#describe(address));
  }

  async get(address: ObjectAddress, signal?: AbortSignal): Promise<StoredContent> {
    const object = await this.#call('get', address, () => this.#describe(address));
    if (object.isArchived === true) throw failure('OBJECT_ARCHIVED');
    return { object, content: this.read(object, signal) };
  }

  async *read(object: StoredObject, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
    const content = await this.#call('read', object.address, () => {
      const found = this.#find(object.address);
      if (found.facts.isArchived === true) throw failure('OBJECT_ARCHIVED');
      if (etagOf(found.content ?? Buffer.alloc(0)) !== object.etag) throw failure('OBJECT_CHANGED');
      return Buffer.from(found.content ?? '');
    });
    for (let offset = 0; offset < content.length; offset += this.chunkBytes) {
      if (signal?.aborted === true) throw failure('ABORTED');
      yield content.subarray(offset, offset + this.chunkBytes);
    }
  }

  async tags(address: ObjectAddress): Promise<Tags> {
    return this.#call('tags', address, () => this.#find(address).tags);
  }

  async setTags(address: ObjectAddress, tags: Tags): Promise<void> {
    await this.#call('setTags', address, () => {
      this.#find(address).tags = tags;
    });
  }

  async write(object: ObjectToWrite, signal?: AbortSignal): Promise<ObjectAddress> {
    const { bucket, key, body, crc32: checksum, lengthBytes, condition } = object;
    return this.#call('write', { bucket, key }, async () => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of body) {
        if (signal?.aborted === true) throw failure('ABORTED');
        chunks.push(Buffer.from(chunk));
      }
      const content = Buffer.concat(chunks);
      if (lengthBytes !== undefined && content.length !== lengthBytes)
        throw failure('CONTENT_LENGTH_MISMATCH');
      if (checksumOf(content) !== checksum()) throw failure('VERIFICATION_FAILED');
      this.#assertHolds({ bucket, key }, condition);
      const { metadata, headers, tags, modified } = object;
      const facts = settingsOf(object.settings ?? {});
      return this.#add(bucket, key, { content, metadata, headers, tags, modified, facts });
    });
  }

  async copy(object: StoredObject, { address, metadata, condition }: CopyTarget): Promise<ObjectAddress> {
    return this.#call('copy', address, () => {
      const source = this.#find(object.address);
      if (etagOf(source.content ?? Buffer.alloc(0)) !== object.etag) throw failure('OBJECT_CHANGED');
      if (source.facts.isArchived === true) throw failure('OBJECT_ARCHIVED');
      this.#assertHolds(address, condition);
      const { content, headers, tags } = source;
      const facts = settingsOf(object);
      return this.#add(address.bucket, address.key, {
        ...{ content, metadata, headers, tags, facts },
        modified: undefined,
      });
    });
  }

  async hide({ address: { bucket, key }, etag }: StoredObject): Promise<void> {
    await this.#call('hide', { bucket, key }, () => {
      this.#find({ bucket, key });
      this.#assertHolds({ bucket, key }, { etag });
      const marker = {
        content: undefined,
        metadata: {},
        headers: {},
        tags: {},
        modified: undefined,
        facts: {},
      };
      if (this.#versioned) this.#add(bucket, key, marker);
      else this.#versions(bucket, key).length = 0;
    });
  }

  async *list(bucket: string, prefix: string): AsyncGenerator<ListedObject> {
    const keys = await this.#call('list', { bucket, key: prefix }, () =>
      [...this.#objects.keys()]
        .filter((name) => name.startsWith(`${bucket}\n${prefix}`))
        .map((name) => name.slice(bucket.length + 1))
        .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
    );
    for (const key of keys) {
      const { content, modified } = this.#versions(bucket, key).at(-1) ?? {};
      if (content === undefined) continue;
      const listed = { key, lengthBytes: content.length };
      yield modified === undefined ? listed : { ...listed, lastModified: modified };
    }
  }

  #add(bucket: string, key: string, version: Omit<Version, 'versionId'>): ObjectAddress {
    const versions = this.#versions(bucket, key);
    this.#lastVersion += 1;
    const versionId = this.#versioned ? `version-${this.#lastVersion}` : undefined;
    if (!this.#versioned) versions.length = 0;
    versions.push({ ...version, versionId, modified: version.modified ?? this.#now?.() });
    return versionId === undefined ? { bucket, key } : { bucket, key, versionId };
  }

  #versions(bucket: string, key: string): Version[] {
    const name = `${bucket}\n${key}`;
    const versions = this.#objects.get(name) ?? [];
    this.#objects.set(name, versions);
    return versions;
  }

  #find({ bucket, key, versionId }: ObjectAddress): Version {
    const versions = this.#versions(bucket, key);
    const found =
      versionId === undefined ? versions.at(-1) : versions.find((each) => each.versionId === versionId);
    if (found?.content === undefined) throw failure('OBJECT_NOT_FOUND');
    return found;
  }

  #describe(address: ObjectAddress): StoredObject {
    const version = this.#find(address);
    const { modified, tags } = version;
    return {
      ...describe(address, version),
      ...(modified === undefined ? {} : { lastModified: modified }),
      ...(this.#countsTags ? { tagCount: Object.keys(tags).length } : {}),
    };
  }

  #assertHolds({ bucket, key }: ObjectAddress, condition: WriteCondition): void {
    const current = this.#versions(bucket, key).at(-1);
    const etag = current?.content === undefined ? undefined : etagOf(current.content);
    if ('absent' in condition ? etag !== undefined : etag !== condition.etag) throw failure('OBJECT_CHANGED');
  }

  async #call<Answer>(
    method: Method,
    address: ObjectAddress,
    work: () => Answer | Promise<Answer>,
  ): Promise<Answer> {
    this.calls.push({ method, address });
    await this.#takeHook('before', method)?.(address);
    const answer = await work();
    await this.#takeHook('after', method)?.(address);
    return answer;
  }

  #takeHook(when: 'before' | 'after', method: Method): Hook | undefined {
    const index = this.#hooks.findIndex((each) => each.when === when && each.method === method);
    return index < 0 ? undefined : this.#hooks.splice(index, 1)[0]?.hook;
  }
}

function failure(code: SealdropErrorCode): SealdropError {
  return new SealdropError(code, `the fake store answered ${code}`);
}
