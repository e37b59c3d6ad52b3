import { createHash, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { RawRsaKeyring, type Keyring } from '../../envelope/index.ts';
import { openToBuffer } from '../../operations/open-object.ts';
import type { KmsRecipient, PublicKeyRecipient } from '../../operations/share-recipient.ts';
import { shareObject, type ShareOptions, type ShareOutcome } from '../../operations/share-object.ts';
import type { SealContentOptions } from '../../operations/seal-content.ts';
import type { Vault } from '../../operations/vault.ts';
import { patternBytes } from '../support/bytes.ts';
import { FakeKeyring } from '../support/fake-keyring.ts';
import { createScene, forgetCalls, putSealed, sealedAt, type Scene } from './scene.ts';

/** Where a share of the scene's object is. */
export const shareAt = { bucket: 'sealed', key: 'b/a.txt.partner' } as const;

/** The partner's key pair. */
export const partnerKeys: { readonly privateKey: KeyObject; readonly publicKey: KeyObject } =
  generateKeyPairSync('rsa', { modulusLength: 2048 });

/** A scene whose object has an instruction file. */
export async function fileScene(how: Partial<SealContentOptions> = {}, versioned = true): Promise<Scene> {
  const scene = createScene({ store: { versioned } });
  await putSealed(scene, patternBytes(100), { instructionFiles: true, ...how });
  forgetCalls(scene);
  return scene;
}

/** A new KMS key, of somebody else, that a scene's object is shared with. */
export async function kmsRecipient({ kms, keyArn }: Scene, vault?: Vault): Promise<KmsRecipient> {
  const keyring = new FakeKeyring(kms, kms.createKey(), [keyArn]);
  const current = await keyring.currentWrapping();
  return { kind: 'kms', keyring, current, ...(vault === undefined ? {} : { vault }) };
}

/** The partner's public key. */
export function rsaRecipient(
  { keyring }: Pick<Scene, 'keyring'>,
  publicKey: KeyObject = partnerKeys.publicKey,
): PublicKeyRecipient {
  const wrapper = new RawRsaKeyring({ publicKey });
  const der = createPublicKey({ key: publicKey.export({ type: 'spki', format: 'pem' }) }).export({
    ...{ type: 'spki', format: 'der' },
  });
  return {
    kind: 'public-key',
    keyring,
    wrapper,
    fingerprint: createHash('sha256').update(der).digest('hex'),
  };
}

/** Shares the scene's object under `.partner`. */
export function share(
  { store, vault }: Scene,
  options: Partial<ShareOptions> & Pick<ShareOptions, 'recipient'>,
): Promise<ShareOutcome> {
  return shareObject(sealedAt, { store, vault, suffix: '.partner', ...options });
}

/** What the scene's object opens to for whom it is shared with. */
export async function openedByShare(
  { store }: Scene,
  keyring: Keyring,
  vault: Vault = { vaultId: '', binding: 'none' },
): Promise<Buffer> {
  const policy = { commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT' } as const;
  const reading = { store, keyring, vault, instructionFileSuffix: '.partner', ...policy };
  return (await openToBuffer(sealedAt, reading)).content;
}
