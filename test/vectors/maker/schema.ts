/** Names and values: metadata, an encryption context, a material description. */
export type Pairs = Readonly<Record<string, string>>;

/** What the key service answers to one ciphertext under one encryption context; it refuses all else. */
export interface KmsAnswer {
  readonly ciphertextBase64: string;
  readonly encryptionContext: Pairs;
  readonly plaintextDataKeyBase64: string;
}

/** The names of the wrapping keys. */
export type WrappingKeyName = 'kms' | 'aes' | 'other-aes' | 'rsa' | 'other-rsa';

/** A wrapping key: one that the key service keeps, or one in the clear. */
export type WrappingKey =
  | { readonly type: 'KMS'; readonly keyId: string }
  | { readonly type: 'AES'; readonly keyBase64: string }
  | { readonly type: 'RSA'; readonly privateKeyPkcs8Base64: string };

/** What a reader knows, accepts and asks for. */
export interface Reader {
  readonly wrappingKey: WrappingKeyName;
  readonly commitmentPolicy:
    'REQUIRE_ENCRYPT_REQUIRE_DECRYPT' | 'REQUIRE_ENCRYPT_ALLOW_DECRYPT' | 'FORBID_ENCRYPT_ALLOW_DECRYPT';
  readonly legacyWrapping: boolean;
  readonly legacyContent: boolean;
  /** What the reader expects, without the names that the format keeps for itself. */
  readonly encryptionContext: Pairs;
  /** The value of a Range header, of positions in the plaintext. */
  readonly range?: string;
}

/** An instruction file as the store gives it back. */
export interface InstructionFile {
  readonly metadata: Pairs;
  readonly body: string;
}

/** A plaintext: one of the two. */
export interface Plaintext {
  readonly plaintextBase64?: string;
  /** Byte `i` is `i mod 251`. */
  readonly plaintextRule?: { readonly lengthBytes: number };
}

/** When a refusal comes: of the metadata alone, of the data key, of the content, or of the range. */
export type Stage = 'envelope' | 'data-key' | 'content' | 'range';

/** Why an object is refused. */
export type Reason =
  | 'not-sealed'
  | 'instruction-file-missing'
  | 'malformed-envelope'
  | 'unknown-algorithm'
  | 'legacy-wrapping-disabled'
  | 'legacy-content-disabled'
  | 'commitment-required'
  | 'context-mismatch'
  | 'wrapping-unsupported'
  | 'data-key-refused'
  | 'data-key-length'
  | 'commitment-mismatch'
  | 'content-not-authentic'
  | 'range-invalid';

/** Why an object is refused, when, and the code of the error that this package throws then. */
export const refusals: Readonly<Record<Reason, { stage: Stage; sealdropCode: string }>> = {
  'not-sealed': { stage: 'envelope', sealdropCode: 'NOT_SEALED' },
  'instruction-file-missing': { stage: 'envelope', sealdropCode: 'INSTRUCTION_FILE_MISSING' },
  'malformed-envelope': { stage: 'envelope', sealdropCode: 'ENVELOPE_MALFORMED' },
  'unknown-algorithm': { stage: 'envelope', sealdropCode: 'ENVELOPE_UNSUPPORTED' },
  'legacy-wrapping-disabled': { stage: 'envelope', sealdropCode: 'LEGACY_WRAPPING_DISABLED' },
  'legacy-content-disabled': { stage: 'envelope', sealdropCode: 'LEGACY_CONTENT_DISABLED' },
  'commitment-required': { stage: 'envelope', sealdropCode: 'COMMITMENT_REQUIRED' },
  'context-mismatch': { stage: 'envelope', sealdropCode: 'CONTEXT_MISMATCH' },
  'wrapping-unsupported': { stage: 'data-key', sealdropCode: 'ENVELOPE_UNSUPPORTED' },
  'data-key-refused': { stage: 'data-key', sealdropCode: 'AUTHENTICATION_FAILED' },
  'data-key-length': { stage: 'data-key', sealdropCode: 'DATA_KEY_INVALID' },
  'commitment-mismatch': { stage: 'data-key', sealdropCode: 'AUTHENTICATION_FAILED' },
  'content-not-authentic': { stage: 'content', sealdropCode: 'AUTHENTICATION_FAILED' },
  'range-invalid': { stage: 'range', sealdropCode: 'RANGE_INVALID' },
};

/** What is done to an object, and why it is refused then. */
export interface RefuseVector {
  readonly what: string;
  readonly comment?: string;
  /** Metadata entries that are taken away. */
  readonly remove?: readonly string[];
  /** Metadata entries that are replaced or added. */
  readonly set?: Pairs;
  readonly bodyBase64?: string;
  /** The text of the instruction file in the place of its own; `null` where there is none. */
  readonly instructionFile?: string | null;
  /** What differs from the object's reader. */
  readonly reader?: Partial<Reader>;
  readonly refusal: Reason;
  /** Whether the specification leaves the refusal to the reader. */
  readonly strict?: true;
}

/** A range of a plaintext. */
export interface RangeVector {
  /** The value of a Range header. */
  readonly range: string;
  readonly plaintextBase64: string;
}

/** What a writer is given who must make the very object; what is random is in its metadata. */
export interface WriteVector {
  readonly wrappingAlgorithm: string;
  readonly dataKeyBase64: string;
  /** The caller's own pairs; with a raw key the material description. */
  readonly context: Pairs;
}

/** An object as the store gives it back, and what is to be tried with it; without a plaintext nobody opens it. */
export interface ObjectVectors extends Plaintext {
  readonly name: string;
  readonly comment?: string;
  /** What opens it, where that differs from the default reader. */
  readonly reader: Partial<Reader>;
  readonly metadata: Pairs;
  readonly instructionFile?: InstructionFile;
  readonly bodyBase64: string;
  readonly write?: WriteVector;
  readonly ranges?: readonly RangeVector[];
  readonly refuse?: readonly RefuseVector[];
}

/** The whole file. */
export interface VectorFile {
  readonly about: string;
  readonly licence: string;
  readonly version: number;
  readonly wrappingKeys: Readonly<Record<WrappingKeyName, WrappingKey>>;
  readonly defaultReader: Reader;
  readonly refusals: Readonly<Record<string, { stage: Stage; sealdropCode: string }>>;
  readonly kms: readonly KmsAnswer[];
  readonly objects: readonly ObjectVectors[];
}
