import type { Keyring, Metadata, OpenPolicy } from '../../envelope/index.ts';
import type { ObjectAddress } from '../../operations/object-store.ts';
import { openToBuffer, type OpenOptions } from '../../operations/open-object.ts';
import { sealContent, type ContentToSeal, type SealContentOptions } from '../../operations/seal-content.ts';
import type { Vault } from '../../operations/vault.ts';
import { verifyObject, type Verdict, type VerifyOptions } from '../../operations/verify-object.ts';
import { inChunks, patternBytes } from '../support/bytes.ts';
import { FakeKeyring } from '../support/fake-keyring.ts';
import { FakeKms } from '../support/fake-kms.ts';
import { MemoryObjectStore, type MemoryObjectStoreOptions } from '../support/memory-object-store.ts';

/** A vault, a store of plaintexts and a store of sealed objects, in memory. */
export interface Scene {
  readonly kms: FakeKms;
  readonly keyArn: string;
  readonly keyring: FakeKeyring;
  /** Holds the plaintexts; it counts tags. */
  readonly from: MemoryObjectStore;
  /** Holds the sealed objects. */
  readonly store: MemoryObjectStore;
  readonly vault: Vault;
  readonly sealing: SealContentOptions;
  readonly reading: OpenOptions;
}

/** Where the one plaintext of a {@link Scene} is. */
export const plainAt: ObjectAddress = { bucket: 'plain', key: 'a.txt' };
/** Where its sealed object is. */
export const sealedAt: ObjectAddress = { bucket: 'sealed', key: 'b/a.txt' };
/** Where the sealed object's instruction file is, where it has one. */
export const fileAt: ObjectAddress = { bucket: 'sealed', key: 'b/a.txt.instruction' };

/** A new scene: binding `object`, nothing in its stores. */
export function createScene(
  options: { readonly from?: MemoryObjectStoreOptions; readonly store?: MemoryObjectStoreOptions } = {},
): Scene {
  const kms = new FakeKms();
  const keyArn = kms.createKey();
  const keyring = new FakeKeyring(kms, keyArn);
  const store = new MemoryObjectStore(options.store);
  const vault = { vaultId: 'archive', binding: 'object' } as const;
  return {
    ...{ kms, keyArn, keyring, store, vault },
    from: new MemoryObjectStore({ countsTags: true, ...options.from }),
    sealing: { store, keyring, vault },
    reading: { store, keyring, vault },
  };
}

/** Forgets the calls so far. */
export function forgetCalls({ kms, from, store }: Scene): void {
  kms.calls.length = 0;
  from.calls.length = 0;
  store.calls.length = 0;
}

/** A content with nothing beside it. */
export function contentFrom(bytes: Uint8Array, beside: Partial<ContentToSeal> = {}): ContentToSeal {
  return { body: inChunks(bytes, 7), metadata: {}, headers: {}, tags: {}, records: {}, ...beside };
}

/** Seals bytes into {@link sealedAt}, over what stands there. */
export async function putSealed(
  { store, sealing }: Scene,
  bytes: Uint8Array,
  options: Partial<SealContentOptions> = {},
  beside: Partial<ContentToSeal> = {},
): Promise<ObjectAddress> {
  const standing = await store.head(sealedAt).catch(() => undefined);
  const condition = standing === undefined ? ({ absent: true } as const) : { etag: standing.etag };
  const content = contentFrom(bytes, beside);
  return (await sealContent(content, sealedAt, condition, { ...sealing, ...options })).sealed;
}

/** Puts what stands in {@link sealedAt} there once more, altered. */
export async function alterSealed(
  { store }: Scene,
  how: {
    readonly body?: (body: Buffer) => Buffer;
    readonly metadata?: (metadata: Metadata) => Metadata;
  },
): Promise<void> {
  const object = await store.head(sealedAt);
  const body = store.contentOf(sealedAt);
  store.put(sealedAt.bucket, sealedAt.key, how.body?.(body) ?? body, {
    metadata: how.metadata?.(object.metadata) ?? object.metadata,
  });
}

/** A scene whose one object is sealed, and whose calls are forgotten. */
export async function sealedScene(lengthBytes = 2500): Promise<Scene> {
  const scene = createScene();
  await putSealed(scene, patternBytes(lengthBytes));
  forgetCalls(scene);
  return scene;
}

/** Verifies the sealed object, by its envelope alone where no keyring is given. */
export function verify(
  { store, vault }: Scene,
  options: Partial<VerifyOptions> = {},
  address: ObjectAddress = sealedAt,
): Promise<Verdict> {
  return verifyObject(address, { store, vault, ...options });
}

/** What a verification said, or the code of what it found. */
export async function verdictOf(verifying: Promise<Verdict>): Promise<string> {
  const verdict = await verifying;
  return verdict.status === 'finding' ? verdict.error.code : verdict.status;
}

/** What the sealed object opens to, as text. */
export async function openedText(
  { reading }: Scene,
  address: ObjectAddress = sealedAt,
  policy: OpenPolicy = {},
): Promise<string> {
  return (await openToBuffer(address, { ...reading, ...policy })).content.toString();
}

/** What it opens to for a client that knows the current instruction file alone. */
export async function openedElsewhere(scene: Scene, policy: OpenPolicy = {}): Promise<string> {
  const { object, content } = await scene.store.get(sealedAt);
  const { 'sealdrop-instruction-version': _ours, ...metadata } = object.metadata;
  const get: Scene['store']['get'] = async (address) => {
    if (address.key === sealedAt.key) return { object: { ...object, metadata }, content };
    const file = await scene.store.get(address);
    const { 'sealdrop-instruction-before': _before, ...rest } = file.object.metadata;
    return { ...file, object: { ...file.object, metadata: rest } };
  };
  const store = Object.assign(Object.create(scene.store) as Scene['store'], { get });
  return (await openToBuffer(sealedAt, { ...scene.reading, ...policy, store })).content.toString();
}

/** A keyring that must not be asked. */
export const unusedKeyring: Keyring = {
  generateDataKey: () => Promise.reject(new Error('a data key was asked for')),
  decryptDataKey: () => Promise.reject(new Error('a data key was opened')),
};
