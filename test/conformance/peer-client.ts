/** A keyring as an official client makes it. */
export type PeerKeyring =
  | { readonly type: 'kms'; readonly keyId: string }
  | {
      readonly type: 'aes';
      readonly keyBase64: string;
      readonly materialsDescription?: Readonly<Record<string, string>>;
    }
  | {
      readonly type: 'rsa';
      /** PKCS 8, DER. */
      readonly privateKeyBase64?: string;
      /** SPKI, DER. */
      readonly publicKeyBase64?: string;
      readonly materialsDescription?: Readonly<Record<string, string>>;
    };

/** What an official client is asked to do; what is left out takes the client's own default. Only the Java client does all of it; `put-legacy` is done by its predecessor. */
export interface PeerRequest {
  readonly verb: 'put' | 'get' | 're-encrypt' | 'delete' | 'put-legacy';
  /** `S3EncryptionClient`, the default, or `S3AsyncEncryptionClient`. */
  readonly client?: 'sync' | 'async';
  readonly bucket: string;
  readonly key: string;
  readonly keyring: PeerKeyring;
  /** The keyring, not of KMS, to re-encrypt the data key with. */
  readonly newKeyring?: PeerKeyring;
  readonly context?: Readonly<Record<string, string>>;
  readonly commitmentPolicy?:
    'REQUIRE_ENCRYPT_REQUIRE_DECRYPT' | 'REQUIRE_ENCRYPT_ALLOW_DECRYPT' | 'FORBID_ENCRYPT_ALLOW_DECRYPT';
  readonly algorithm?: 'ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY' | 'ALG_AES_256_GCM_IV12_TAG16_NO_KDF';
  /**
   * How `put-legacy` encrypts, with the encryption client of the first AWS SDK for Java: AES/CBC or AES/GCM, the
   * data key wrapped in the ways that are legacy today.
   */
  readonly cryptoMode?: 'EncryptionOnly' | 'AuthenticatedEncryption';
  /** Whether `put` writes an instruction file; `re-encrypt` needs it to be true. */
  readonly instructionFile?: boolean;
  /** With its dot for `get`; for `re-encrypt` the client puts the dot before it. */
  readonly instructionFileSuffix?: string;
  readonly enforceRotation?: boolean;
  readonly legacyWrapping?: boolean;
  readonly legacyContent?: boolean;
  readonly delayedAuthentication?: boolean;
  /** Whether `put` is a multipart upload, of the synchronous client alone. */
  readonly multipart?: boolean;
  /** `bytes=0-15`; needs `legacyContent`. */
  readonly range?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly contentType?: string;
  /** The file that `put` reads and `get` writes. */
  readonly path?: string;
}

/** How a request went. */
export interface PeerAnswer {
  readonly ok: boolean;
  /** Class and message of what the client threw. */
  readonly error?: string;
  /** Classes and messages of what lies beneath it. */
  readonly causes?: readonly string[];
  /** Plaintext bytes that were read by `put`, or released by `get`, also by one that failed after them. */
  readonly bytes: number;
  /** The object's length as `get` reported it. */
  readonly contentLength?: number;
  readonly contentRange?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** A running driver of an official client. */
export interface PeerClient {
  /**
   * Has one request done; several may be under way.
   *
   * @throws Error where the driver ends, or does not answer in time, which leaves it of use for other requests.
   */
  call(request: PeerRequest): Promise<PeerAnswer>;
  /** Ends it, and waits until it is gone. */
  stop(): Promise<void>;
}
