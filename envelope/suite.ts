/** What every algorithm suite of the format fixes. All lengths are in bytes. */
interface SuiteFacts {
  readonly name: string;
  /** The suite as it stands in the metadata and in the encryption context. */
  readonly metadataValue: string;
  readonly dataKeyBytes: number;
  /** The length of what follows the ciphertext. */
  readonly tagBytes: number;
  readonly maxContentBytes: number;
}

/** A suite whose content key is derived, so that an object commits to its data key. */
export interface CommittingSuite extends SuiteFacts {
  readonly isCommitting: true;
  readonly isLegacy: false;
  /** The suite id, big-endian: part of the key derivation's info, and the content's AAD. */
  readonly idBytes: Uint8Array;
  readonly contentKeyBytes: number;
  readonly messageIdBytes: number;
  readonly commitmentBytes: number;
  /** The IV of the content, the same for every object: each object has its own content key instead. */
  readonly iv: Uint8Array;
}

/** A suite that encrypts the content under the data key itself. */
export interface NonCommittingSuite extends SuiteFacts {
  readonly isCommitting: false;
  /** Whether it is only ever read, and only where the reader asked for it. */
  readonly isLegacy: boolean;
  readonly ivBytes: number;
}

/** An algorithm suite of the format. */
export type AlgorithmSuite = CommittingSuite | NonCommittingSuite;

/** What GCM encrypts under one key and IV: 2^32 - 2 blocks. */
const maxGcmContentBytes = 2 ** 36 - 32;

/**
 * ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY (0x0073), the suite of the V3 format.
 *
 * Spec: key-derivation.md#hkdf-operation, encryption.md#content-encryption
 */
export const committingSuite: CommittingSuite = Object.freeze({
  name: 'ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY',
  metadataValue: '115',
  isCommitting: true,
  isLegacy: false,
  idBytes: Uint8Array.of(0x00, 0x73),
  dataKeyBytes: 32,
  contentKeyBytes: 32,
  messageIdBytes: 28,
  commitmentBytes: 28,
  tagBytes: 16,
  iv: new Uint8Array(12).fill(0x01),
  maxContentBytes: maxGcmContentBytes,
});

/**
 * ALG_AES_256_GCM_IV12_TAG16_NO_KDF (0x0072), of the V2 format: written for readers of older clients only.
 *
 * Spec: encryption.md#alg_aes_256_gcm_iv12_tag16_no_kdf
 */
export const gcmSuite: NonCommittingSuite = Object.freeze({
  name: 'ALG_AES_256_GCM_IV12_TAG16_NO_KDF',
  metadataValue: 'AES/GCM/NoPadding',
  isCommitting: false,
  isLegacy: false,
  dataKeyBytes: 32,
  ivBytes: 12,
  tagBytes: 16,
  maxContentBytes: maxGcmContentBytes,
});

/**
 * ALG_AES_256_CBC_IV16_NO_KDF (0x0070), of the V1 and V2 formats: unauthenticated, and never written.
 *
 * Spec: decryption.md#cbc-decryption
 */
export const cbcSuite: NonCommittingSuite = Object.freeze({
  name: 'ALG_AES_256_CBC_IV16_NO_KDF',
  metadataValue: 'AES/CBC/PKCS5Padding',
  isCommitting: false,
  isLegacy: true,
  dataKeyBytes: 32,
  ivBytes: 16,
  tagBytes: 0,
  maxContentBytes: Number.MAX_SAFE_INTEGER,
});
