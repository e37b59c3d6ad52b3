import {
  gcmSuite,
  splitEnvelope,
  encodeInstructionFile,
  type Metadata,
  type OpenPolicy,
  type WrappingRecord,
} from '../../envelope/index.ts';
import { rewrapObject, type RewrapOptions, type RewrapOutcome } from '../../operations/rewrap-object.ts';
import type { SealContentOptions } from '../../operations/seal-content.ts';
import { FakeKeyring } from '../support/fake-keyring.ts';
import { fileAt, forgetCalls, sealedAt, type Scene } from './scene.ts';

/** A policy that opens whatever older clients wrote. */
export const allowing: OpenPolicy = {
  commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT',
  legacyWrapping: true,
  legacyContent: true,
};

/** How an object is sealed whose envelope is on the object, and one whose envelope is in a file. */
export const onObject: readonly (readonly [name: string, how: Partial<SealContentOptions>])[] = [
  ['V3', {}],
  ['V2', { suite: gcmSuite }],
];
export const inFile: typeof onObject = [
  ['V3 with an instruction file', { instructionFiles: true }],
  ['V2 with an instruction file', { suite: gcmSuite, instructionFiles: true }],
];

/** Rewraps {@link sealedAt}, to what the keyring would wrap with now; the calls are those of rewrapping alone. */
export async function rewrap(scene: Scene, options: Partial<RewrapOptions> = {}): Promise<RewrapOutcome> {
  const { store, vault, keyring } = scene;
  const current = options.current ?? (await keyring.currentWrapping());
  forgetCalls(scene);
  return rewrapObject(sealedAt, { store, keyring, vault, current, ...options });
}

/** A keyring over a new key that opens what the scene's key wrapped, too, and what it would wrap with. */
export interface NextKey {
  readonly keyArn: string;
  readonly keyring: FakeKeyring;
  readonly current: WrappingRecord;
}

/** Makes a new key for a scene to move to, with material of KMS or from elsewhere. */
export async function nextKey(
  { kms, keyArn }: Pick<Scene, 'kms' | 'keyArn'>,
  origin = 'AWS_KMS',
): Promise<NextKey> {
  const next = kms.createKey({ origin });
  const keyring = new FakeKeyring(kms, next, [keyArn]);
  return { keyArn: next, keyring, current: await keyring.currentWrapping() };
}

/** What the store was asked for, in order: the method, and whether for the object or its file. */
export function storeCalls({ store }: Scene): string[] {
  return store.calls.map(
    ({ method, address }) => `${method} ${address.key === sealedAt.key ? 'object' : 'file'}`,
  );
}

/** The actions that KMS was asked for, in order. */
export function kmsCalls({ kms }: Scene): string[] {
  return kms.calls.map(({ action }) => action);
}

/** Takes every entry of this package from the object, and from its file: as another client leaves them. */
export async function asAnotherClient({ store }: Scene): Promise<void> {
  for (const at of [fileAt, sealedAt]) {
    const object = await store.head(at).catch(() => undefined);
    if (object === undefined) continue;
    const entries = Object.entries(object.metadata).filter(([name]) => !name.startsWith('sealdrop-'));
    store.put(at.bucket, at.key, store.contentOf(at), { metadata: Object.fromEntries(entries) });
  }
}

/** Puts what an older client made into {@link sealedAt}: with its envelope on it, or in a file. */
export function putOlder(
  { store }: Scene,
  made: { readonly metadata: Metadata; readonly content: Uint8Array },
  isInFile: boolean,
): void {
  if (isInFile) {
    const { instructionFile } = splitEnvelope(made.metadata);
    const metadata = { 'x-amz-crypto-instr-file': '' };
    store.put(fileAt.bucket, fileAt.key, encodeInstructionFile(instructionFile), { metadata });
  }
  store.put(sealedAt.bucket, sealedAt.key, made.content, { metadata: isInFile ? {} : made.metadata });
}

/** The entry that holds a wrapped data key, by whichever name it has. */
export function wrappedKeyIn(metadata: Metadata): string | undefined {
  return metadata['x-amz-3'] ?? metadata['x-amz-key-v2'];
}
