/** The closed union of error codes. */
export type SealdropErrorCode =
  | 'ABORTED'
  | 'ACCESS_DENIED'
  | 'AUTHENTICATION_FAILED'
  | 'BUCKET_NOT_FOUND'
  | 'BUCKET_NOT_VERSIONED'
  | 'BUFFER_LIMIT_EXCEEDED'
  | 'CHECKSUM_MISMATCH'
  | 'COMMITMENT_REQUIRED'
  | 'CONFIGURATION_INVALID'
  | 'CONTENT_LENGTH_MISMATCH'
  | 'CONTENT_TOO_LONG'
  | 'CONTEXT_INVALID'
  | 'CONTEXT_MISMATCH'
  | 'COPY_TOO_LARGE'
  | 'COPY_UNSUPPORTED'
  | 'DATA_KEY_INVALID'
  | 'DESTINATION_CONFLICT'
  | 'ENVELOPE_MALFORMED'
  | 'ENVELOPE_UNSUPPORTED'
  | 'EVENT_INVALID'
  | 'EVENT_KEY_INVALID'
  | 'INSTRUCTION_FILE_MISSING'
  | 'KEY_DISABLED'
  | 'KEY_MISMATCH'
  | 'KEY_NOT_CUSTOMER_MANAGED'
  | 'KEY_NOT_FOUND'
  | 'KEY_PENDING_DELETION'
  | 'KEY_UNAVAILABLE'
  | 'KEY_WRONG_TYPE'
  | 'LEGACY_CONTENT_DISABLED'
  | 'LEGACY_WRAPPING_DISABLED'
  | 'METADATA_TOO_LARGE'
  | 'NOT_SEALED'
  | 'OBJECT_CHANGED'
  | 'OBJECT_KEY_TOO_LONG'
  | 'OBJECT_NOT_FOUND'
  | 'PART_CHANGED'
  | 'PART_OUT_OF_ORDER'
  | 'RANGE_INVALID'
  | 'RANGES_DISABLED'
  | 'REQUEST_UNSUPPORTED'
  | 'RESERVED_METADATA'
  | 'RESERVED_NAME'
  | 'SERVICE_FAILED'
  | 'SERVICE_UNAVAILABLE'
  | 'SETTINGS_INVALID'
  | 'SOURCE_NOT_VERSIONED'
  | 'THROTTLED'
  | 'TOO_MANY_TAGS'
  | 'UPLOAD_UNKNOWN'
  | 'VERIFICATION_FAILED';

/**
 * Every code that a {@link SealdropError} can carry, each with the hint that tells the caller what to do
 * next, and whether trying the same call again, unchanged, can succeed.
 */
export const errorCatalogue: Readonly<Record<SealdropErrorCode, { retryable: boolean; hint: string }>> = {
  ABORTED: {
    retryable: true,
    hint: 'the work was stopped before it ended and left nothing behind; run it again',
  },
  ACCESS_DENIED: {
    retryable: false,
    hint: 'grant the named action to this principal, in its policy and in the policy of the key or bucket',
  },
  AUTHENTICATION_FAILED: {
    retryable: false,
    hint: 'the object is damaged, was altered, or belongs to another key; restore an earlier version of it',
  },
  BUCKET_NOT_FOUND: { retryable: false, hint: 'check the name of the bucket and the Region' },
  BUCKET_NOT_VERSIONED: {
    retryable: false,
    hint: 'turn on versioning for the bucket, or delete the object and its instruction file first',
  },
  BUFFER_LIMIT_EXCEEDED: {
    retryable: false,
    hint: 'open the object to a file, raise the buffer limit, or turn on delayed authentication',
  },
  CHECKSUM_MISMATCH: {
    retryable: false,
    hint: 'the content is not what its checksum says: compute the checksum of the plaintext, and send it again',
  },
  COMMITMENT_REQUIRED: {
    retryable: false,
    hint: 'open it under the commitment policy REQUIRE_ENCRYPT_ALLOW_DECRYPT, then seal it again',
  },
  CONFIGURATION_INVALID: { retryable: false, hint: 'correct the options of the client' },
  CONTENT_LENGTH_MISMATCH: {
    retryable: true,
    hint: 'the source ended early or went on past its declared length; read it again from the start',
  },
  CONTENT_TOO_LONG: {
    retryable: false,
    hint: 'one object holds at most 68719476704 bytes (2^36 - 32); split the content',
  },
  CONTEXT_INVALID: {
    retryable: false,
    hint: 'use printable ASCII names and values, and leave out the reserved names',
  },
  CONTEXT_MISMATCH: {
    retryable: false,
    hint: 'open it with the vault, object key and extra pairs that it was sealed with',
  },
  COPY_TOO_LARGE: {
    retryable: false,
    hint: 'S3 copies at most 5 GiB at once: the object stays in its old wrapping, which keeps opening',
  },
  COPY_UNSUPPORTED: {
    retryable: false,
    hint: 'open the object and seal it again in its new place',
  },
  DATA_KEY_INVALID: { retryable: false, hint: 'the keyring must return a data key of 32 bytes' },
  DESTINATION_CONFLICT: {
    retryable: false,
    hint: 'give each source bucket a prefix of its own in the sealed bucket, or remove the object in the way',
  },
  ENVELOPE_MALFORMED: {
    retryable: false,
    hint: 'the encryption metadata was altered or is incomplete; restore an earlier version of the object',
  },
  ENVELOPE_UNSUPPORTED: {
    retryable: false,
    hint: 'open it with a client that supports this format version and wrapping algorithm',
  },
  EVENT_INVALID: {
    retryable: false,
    hint: 'send only S3 event notifications (event version 2) to the queue',
  },
  EVENT_KEY_INVALID: {
    retryable: false,
    hint: 'the object key of an S3 event must be URL-encoded UTF-8; send the event as S3 wrote it',
  },
  INSTRUCTION_FILE_MISSING: {
    retryable: false,
    hint: 'restore the instruction file beside the object, or name the suffix that it has',
  },
  KEY_DISABLED: { retryable: false, hint: 'enable the KMS key, then send the work again' },
  KEY_MISMATCH: {
    retryable: false,
    hint: 'the data key was wrapped by another key: use the key that the object records',
  },
  KEY_NOT_CUSTOMER_MANAGED: {
    retryable: false,
    hint: 'use a customer managed key: only its own service can use an AWS managed key',
  },
  KEY_NOT_FOUND: { retryable: false, hint: 'check the key ARN or alias, its account and its Region' },
  KEY_PENDING_DELETION: {
    retryable: false,
    hint: 'cancel the deletion of the KMS key and enable it, then send the work again',
  },
  KEY_UNAVAILABLE: {
    retryable: true,
    hint: 'check the state of the KMS key: its material may be missing, or its key store disconnected',
  },
  KEY_WRONG_TYPE: {
    retryable: false,
    hint: 'use a symmetric KMS key (SYMMETRIC_DEFAULT) with the usage ENCRYPT_DECRYPT',
  },
  LEGACY_CONTENT_DISABLED: {
    retryable: false,
    hint: 'the content is not authenticated: turn on legacyContent to read it all the same, then seal it again',
  },
  LEGACY_WRAPPING_DISABLED: {
    retryable: false,
    hint: 'turn on legacyWrapping to read data keys that older clients wrapped, then seal the object again',
  },
  METADATA_TOO_LARGE: {
    retryable: false,
    hint: 'S3 holds at most 2048 bytes of user metadata; shorten the metadata of the source object',
  },
  NOT_SEALED: { retryable: false, hint: 'the object carries no S3 Encryption Client metadata' },
  OBJECT_CHANGED: { retryable: true, hint: 'another writer was faster; read the object again and retry' },
  OBJECT_KEY_TOO_LONG: {
    retryable: false,
    hint: 'S3 object keys hold at most 1024 bytes; use a shorter key',
  },
  OBJECT_NOT_FOUND: { retryable: false, hint: 'check the bucket, the key and the version' },
  PART_CHANGED: {
    retryable: false,
    hint: 'the upload was aborted: a part is sealed once; start again with a new upload',
  },
  PART_OUT_OF_ORDER: {
    retryable: false,
    hint: 'send the parts in the order of their numbers: the content is encrypted in one pass',
  },
  RANGES_DISABLED: {
    retryable: false,
    hint: 'ranges cannot be authenticated: turn on unauthenticatedRanges to read them, or read the whole object',
  },
  RANGE_INVALID: {
    retryable: false,
    hint: 'ask for one range that begins inside the object, such as bytes=0-99, bytes=100- or bytes=-100',
  },
  REQUEST_UNSUPPORTED: {
    retryable: false,
    hint: 'leave out the named parameter, or send the request with a plain S3 client',
  },
  RESERVED_METADATA: {
    retryable: false,
    hint: 'remove the metadata entries that begin with "sealdrop-" or that the encryption format uses',
  },
  RESERVED_NAME: {
    retryable: false,
    hint: 'choose a key that does not end in ".instruction": such names belong to instruction files',
  },
  SERVICE_FAILED: {
    retryable: false,
    hint: 'look up the request id in the trail: the service refused the request',
  },
  SERVICE_UNAVAILABLE: { retryable: true, hint: 'the service could not be reached or was busy; retry later' },
  SETTINGS_INVALID: { retryable: false, hint: 'correct the named environment variable and deploy again' },
  SOURCE_NOT_VERSIONED: {
    retryable: false,
    hint: 'turn on versioning for the source bucket, or choose the handover "keep" or "tag"',
  },
  THROTTLED: { retryable: true, hint: 'retry later, or ask for a higher request quota' },
  TOO_MANY_TAGS: {
    retryable: false,
    hint: 'S3 holds at most 10 tags: remove one from the source, or choose another handover',
  },
  UPLOAD_UNKNOWN: {
    retryable: false,
    hint: 'the client that created an upload holds its key: send its parts there, or start again',
  },
  VERIFICATION_FAILED: {
    retryable: true,
    hint: 'what was stored differs from what was sent; the source is untouched, run it again',
  },
};

/** What may accompany an error: never a secret, never a plaintext, never the value of a context pair. */
export type SafeFields = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** The optional parts of a {@link SealdropError}. */
export interface SealdropErrorOptions {
  cause?: unknown;
  fields?: SafeFields;
  /** A hint that fits better than the one of the code. */
  hint?: string;
}

/** The one error that this package throws on purpose: switch on `code`. */
export class SealdropError extends Error {
  override readonly name = 'SealdropError';
  readonly code: SealdropErrorCode;
  /** What to do next: lower case, no full stop. */
  readonly hint: string;
  /** Whether the same call, unchanged, can succeed later. */
  readonly retryable: boolean;
  /** Facts that are safe to log: names, lengths, limits. */
  readonly fields: SafeFields;

  constructor(code: SealdropErrorCode, message: string, options: SealdropErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint ?? errorCatalogue[code].hint;
    this.retryable = errorCatalogue[code].retryable;
    this.fields = options.fields ?? {};
  }
}

/**
 * The error of every authentication failure: commitment, tag and data key alike. It has one message and no
 * cause, so that it tells an attacker nothing about why.
 */
export function authenticationFailure(): SealdropError {
  return new SealdropError('AUTHENTICATION_FAILED', 'the object could not be authenticated');
}
