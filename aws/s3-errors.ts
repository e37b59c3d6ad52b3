import type { SealdropError } from '../envelope/index.ts';
import type { ObjectAddress } from '../operations/object-store.ts';
import { toSealdropError, type ErrorMeaning, type ServiceErrorCodes } from './service-errors.ts';

const s3ErrorCodes: ServiceErrorCodes = {
  BadDigest: 'VERIFICATION_FAILED',
  ConditionalRequestConflict: 'OBJECT_CHANGED',
  InvalidObjectState: 'OBJECT_ARCHIVED',
  InvalidPart: 'VERIFICATION_FAILED',
  KeyTooLongError: 'OBJECT_KEY_TOO_LONG',
  // S3 answers so when the version that is addressed is a delete marker.
  MethodNotAllowed: 'OBJECT_NOT_FOUND',
  MetadataTooLarge: 'METADATA_TOO_LARGE',
  NoSuchBucket: 'BUCKET_NOT_FOUND',
  NoSuchKey: 'OBJECT_NOT_FOUND',
  // The upload may have been completed by a request whose answer was lost: look again.
  NoSuchUpload: 'OBJECT_CHANGED',
  NoSuchVersion: 'OBJECT_NOT_FOUND',
  NotFound: 'OBJECT_NOT_FOUND',
  ObjectNotInActiveTierError: 'OBJECT_ARCHIVED',
  OperationAborted: 'OBJECT_CHANGED',
  PreconditionFailed: 'OBJECT_CHANGED',
  XAmzContentChecksumMismatch: 'VERIFICATION_FAILED',
};

/**
 * What S3 hands on of the KMS that it asks for objects under SSE-KMS: KMS's own names, after a prefix.
 *
 * Source: Amazon CloudWatch Logs User Guide, troubleshooting of exports to Amazon S3.
 */
const kmsErrorCodes: ServiceErrorCodes = {
  'KMS.AccessDeniedException': 'ACCESS_DENIED',
  'KMS.DependencyTimeoutException': 'SERVICE_UNAVAILABLE',
  'KMS.DisabledException': 'KEY_DISABLED',
  'KMS.InvalidKeyUsageException': 'KEY_WRONG_TYPE',
  'KMS.KMSInternalException': 'SERVICE_UNAVAILABLE',
  'KMS.KMSInvalidStateException': 'KEY_UNAVAILABLE',
  'KMS.KeyUnavailableException': 'KEY_UNAVAILABLE',
  'KMS.NotFoundException': 'KEY_NOT_FOUND',
  'KMS.ThrottlingException': 'THROTTLED',
};

/**
 * The codes of answers that name no error, by their status: S3 answers a HEAD without a body.
 */
const codesByStatus: Readonly<Record<number, ErrorMeaning>> = {
  400: {
    code: 'SERVICE_FAILED',
    hint: 'S3 does not say why: the credentials may have expired, or the version id may be none of its own',
  },
  403: 'ACCESS_DENIED',
  404: 'OBJECT_NOT_FOUND',
  405: 'OBJECT_NOT_FOUND',
  409: 'OBJECT_CHANGED',
  412: 'OBJECT_CHANGED',
  429: 'THROTTLED',
};

/** The names that the SDK gives to errors that have none. */
const namelessNames = ['Error', 'Unknown', 'UnknownError', 'S3ServiceException'];

/** Turns what an S3 client threw into a {@link SealdropError} that names the action and the object. */
export function toS3Error(error: unknown, action: string, { bucket, key }: ObjectAddress): SealdropError {
  const byStatus = codeByStatus(error);
  const codes = {
    ...s3ErrorCodes,
    ...kmsErrorCodes,
    ...(byStatus === undefined ? {} : { [byStatus.name]: byStatus.code }),
  };
  return toSealdropError(error, { action, resource: `s3://${bucket}/${key}` }, codes);
}

function codeByStatus(error: unknown): { name: string; code: ErrorMeaning } | undefined {
  if (!(error instanceof Error)) return undefined;
  const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
  const code = status === undefined ? undefined : codesByStatus[status];
  const isNameless = namelessNames.includes(error.name) || error.name === String(status);
  return code !== undefined && isNameless ? { name: error.name, code } : undefined;
}
