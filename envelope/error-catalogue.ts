/**
 * Every code that a {@link SealdropError} can carry, each with the hint that tells the caller what to do
 * next, and whether trying the same call again, unchanged, can succeed.
 */
export const errorCatalogue = {
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
  BINARY_TO_TERMINAL: {
    retryable: false,
    hint: 'redirect standard output, or name a file to open to',
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
  COPY_UNSUPPORTED: {
    retryable: false,
    hint: 'open the object and seal it again in its new place',
  },
  CREDENTIALS_MISSING: {
    retryable: false,
    hint: 'sign in, name a profile (AWS_PROFILE), or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
  },
  DATA_KEY_CACHE_EXPIRED: {
    retryable: false,
    hint: 'warm a new cache as soon as KMS can be reached (sealdrop warm)',
  },
  DATA_KEY_CACHE_INVALID: {
    retryable: false,
    hint: 'check the passphrase and the file; one that was altered or cut short has to be warmed anew',
  },
  DATA_KEY_INVALID: { retryable: false, hint: 'the keyring must return a data key of 32 bytes' },
  DATA_KEY_NOT_CACHED: {
    retryable: false,
    hint: 'warm the cache with this object, once more where it was sealed or rewrapped since',
  },
  DESTINATION_CONFLICT: {
    retryable: false,
    hint: 'give each source bucket a prefix of its own in the sealed bucket, or remove the object in the way',
  },
  DISK_FULL: {
    retryable: false,
    hint: 'free space where the file is to go, and run it again: nothing of it was left there',
  },
  ENVELOPE_IN_METADATA: {
    retryable: false,
    hint: 'open the object, and seal it again with an instruction file (sealdrop seal --instruction-file)',
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
  FILE_ACCESS_DENIED: {
    retryable: false,
    hint: 'change the permissions of the file or folder, or work as its owner',
  },
  FILE_CHANGED: {
    retryable: true,
    hint: 'the file changed while it was read; run it again when nobody writes to it',
  },
  FILE_FAILED: {
    retryable: false,
    hint: 'see what the system says of the file',
  },
  FILE_NAME_INVALID: {
    retryable: false,
    hint: 'open the object by itself and name the file to open it to',
  },
  FILE_NOT_FOUND: {
    retryable: false,
    hint: 'check the path',
  },
  INSTRUCTION_FILE_MISSING: {
    retryable: false,
    hint: 'restore the instruction file beside the object, or name the suffix that it has',
  },
  INSTRUCTION_FILE_STALE: {
    retryable: false,
    hint: 'verify it with --deep --repair, which puts back the version of the file that opens the object',
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
  KEY_NOT_IN_REGION: {
    retryable: false,
    hint: 'name the Region that the key is in, or make a replica of it here: only a multi-Region key can have one',
  },
  KEY_NOT_ROTATABLE: {
    retryable: false,
    hint: 'make a new key, and move the data keys to it (sealdrop rewrap --to-key)',
  },
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
  METADATA_HIDDEN: {
    retryable: false,
    hint: 'S3 holds metadata of the object that it cannot show, and a copy would lose it: seal the object anew',
  },
  METADATA_TOO_LARGE: {
    retryable: false,
    hint: 'S3 holds at most 2048 bytes of user metadata; shorten the metadata of the source object',
  },
  NOT_AN_INSTRUCTION_FILE: {
    retryable: false,
    hint: 'choose another suffix: what stands there is an object of its own, and stays as it is',
  },
  NOT_SEALED: { retryable: false, hint: 'the object carries no S3 Encryption Client metadata' },
  OBJECT_ARCHIVED: {
    retryable: false,
    hint: 'restore the object from its archive (aws s3api restore-object), then run this again',
  },
  OBJECT_CHANGED: { retryable: true, hint: 'another writer was faster; read the object again and retry' },
  OBJECT_KEY_TOO_LONG: {
    retryable: false,
    hint: 'S3 object keys hold at most 1024 bytes; use a shorter key',
  },
  OBJECT_NOT_FOUND: { retryable: false, hint: 'check the bucket, the key and the version' },
  OUTPUT_EXISTS: {
    retryable: false,
    hint: 'choose another place, or say that what stands there may be replaced (--overwrite)',
  },
  OUTPUT_IS_INPUT: {
    retryable: false,
    hint: 'name another place for the result: what is read would be replaced',
  },
  OUTSIDE_REGION: {
    retryable: false,
    hint: 'a drill shows something only where it calls one Region: name that of the replica with --region',
  },
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
  REGION_MISSING: {
    retryable: false,
    hint: 'name the Region: --region, AWS_REGION, or the profile',
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
  ROTATION_LIMIT_REACHED: {
    retryable: false,
    hint: 'the key has had all rotations on demand of its life: make a new key, and move the data keys to it',
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
} as const;

/** The closed union of error codes. */
export type SealdropErrorCode = keyof typeof errorCatalogue;
