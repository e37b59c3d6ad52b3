/** What an algorithm suite of the format fixes. All lengths are in bytes. */
export interface AlgorithmSuite {
  readonly name: string;
  /** The suite id as it stands in the metadata and in the encryption context. */
  readonly metadataValue: string;
  /** The suite id as two bytes, big-endian: part of the key derivation's info, and the content's AAD. */
  readonly idBytes: Uint8Array;
  readonly cipher: 'aes-256-gcm';
  readonly hash: 'sha512';
  readonly dataKeyBytes: number;
  readonly contentKeyBytes: number;
  readonly messageIdBytes: number;
  readonly commitmentBytes: number;
  readonly tagBytes: number;
  /** The IV of the content, the same for every object: each object has its own content key instead. */
  readonly iv: Uint8Array;
  readonly maxContentBytes: number;
}

/**
 * ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY (0x0073), the suite of the V3 message format.
 *
 * Spec: key-derivation.md#hkdf-operation, encryption.md#content-encryption
 */
export const committingSuite: AlgorithmSuite = Object.freeze({
  name: 'ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY',
  metadataValue: '115',
  idBytes: Uint8Array.of(0x00, 0x73),
  cipher: 'aes-256-gcm',
  hash: 'sha512',
  dataKeyBytes: 32,
  contentKeyBytes: 32,
  messageIdBytes: 28,
  commitmentBytes: 28,
  tagBytes: 16,
  iv: new Uint8Array(12).fill(0x01),
  maxContentBytes: 2 ** 36 - 32,
});
