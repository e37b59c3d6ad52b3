import {
  callersContext,
  parseEnvelope,
  reencryptEnvelope,
  rewrapEnvelope,
  type DataKeyWrapper,
  type EncryptionContext,
  type Keyring,
  type Metadata,
  type RewrappingKeyring,
  type StartOpenOptions,
  type WrappingRecord,
} from '../envelope/index.ts';
import { isDeepStrictEqual } from 'node:util';
import { publicKeyEntry, recordedPublicKey, recordsWrapping } from './records.ts';
import { assertWrapsWith } from './rewrap-object.ts';
import { contextOf, type Vault } from './vault.ts';

/** Another KMS key: the data key goes from key to key inside KMS, and nobody sees it. */
export interface KmsRecipient {
  readonly kind: 'kms';
  /** Wraps with the recipient's key, and opens the wrapping of the object's own. */
  readonly keyring: Pick<RewrappingKeyring, 'rewrapDataKey'>;
  /** The wrapping that the share is to have. */
  readonly current: WrappingRecord;
  /**
   * What the share is bound to.
   * @defaultValue what the object is bound to
   */
  readonly vault?: Vault;
}

/** A public key: the data key is opened, and held in memory for a moment. */
export interface PublicKeyRecipient {
  readonly kind: 'public-key';
  /** Opens the data key. */
  readonly keyring: Pick<Keyring, 'decryptDataKey'>;
  /** Wraps it; it authenticates no context. */
  readonly wrapper: DataKeyWrapper;
  /** Tells which public key it is, and is recorded with the share. */
  readonly fingerprint: string;
}

/** Whom an object is shared with. */
export type ShareRecipient = KmsRecipient | PublicKeyRecipient;

/** What a share is made of. */
export interface SharedWrapping {
  /** The whole envelope, with the recipient's wrapping. */
  readonly envelope: Metadata;
  readonly wrapping?: WrappingRecord;
  /** Our records of it, beyond those of every instruction file. */
  readonly records: Metadata;
}

/**
 * Wraps an object's data key for a recipient.
 *
 * @param whole - the object's metadata with its instruction file's
 * @param noted - which key wraps it, as far as the file tells
 * @throws {@link SealdropError} KEY_MISMATCH where the keyring wraps with another key than the recipient's, and as
 *   {@link rewrapEnvelope} and {@link reencryptEnvelope}.
 */
export async function wrapFor(
  recipient: ShareRecipient,
  key: string,
  whole: Metadata,
  noted: WrappingRecord | undefined,
  options: StartOpenOptions,
): Promise<SharedWrapping> {
  if (recipient.kind === 'public-key') {
    const { keyring, wrapper, fingerprint } = recipient;
    const envelope = await reencryptEnvelope(keyring, whole, wrapper, options);
    return { envelope, records: publicKeyEntry(fingerprint) };
  }
  const { keyring, current, vault } = recipient;
  const { metadata: envelope, wrapping } = await rewrapEnvelope(keyring, whole, {
    ...{ expectedContext: options.expectedContext, signal: options.signal },
    ...(vault === undefined ? {} : { newContext: contextOf(vault, key) }),
    ...(noted === undefined ? {} : { noted }),
  });
  assertWrapsWith(wrapping, current);
  return { envelope, wrapping, records: {} };
}

/**
 * Whether a share is what {@link wrapFor} would make, as far as it tells: by what is recorded with it, and by its
 * context. Its data key is not looked at.
 *
 * @param file - the metadata of the share's own object
 * @param whole - the object's metadata with the share's
 */
export function isFor(
  recipient: ShareRecipient,
  file: Metadata,
  whole: Metadata,
  expectedContext: EncryptionContext,
  key: string,
): boolean {
  const { wrappingAlgorithm, context } = parseEnvelope(whole).encryptedDataKey;
  if (recipient.kind === 'public-key') {
    return recordedPublicKey(file) === recipient.fingerprint && wrappingAlgorithm === 'RSA-OAEP-SHA1';
  }
  const expected = recipient.vault === undefined ? expectedContext : contextOf(recipient.vault, key);
  return (
    recordsWrapping(file, recipient.current) && isDeepStrictEqual(callersContext(context), { ...expected })
  );
}
