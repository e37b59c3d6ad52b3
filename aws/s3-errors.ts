import type { SealdropError } from '../envelope/index.ts';
import type { ObjectAddress } from '../operations/object-store.ts';
import { toSealdropError, type ServiceErrorCodes } from './service-errors.ts';

const s3ErrorCodes: ServiceErrorCodes = {
  BadDigest: 'VERIFICATION_FAILED',
  ConditionalRequestConflict: 'OBJECT_CHANGED',
  InvalidPart: 'VERIFICATION_FAILED',
  KeyTooLongError: 'OBJECT_KEY_TOO_LONG',
  // S3 answers so when the version that is addressed is a delete marker.
  MethodNotAllowed: 'OBJECT_NOT_FOUND',
  MetadataTooLarge: 'METADATA_TOO_LARGE',
  NoSuchBucket: 'BUCKET_NOT_FOUND',
  NoSuchKey: 'OBJECT_NOT_FOUND',
  NoSuchVersion: 'OBJECT_NOT_FOUND',
  NotFound: 'OBJECT_NOT_FOUND',
  OperationAborted: 'OBJECT_CHANGED',
  PreconditionFailed: 'OBJECT_CHANGED',
};

/** What S3 answers a HEAD with, which has no body and so no name of an error. */
const headStatusCodes: Readonly<Record<number, string>> = {
  403: 'AccessDenied',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  409: 'ConditionalRequestConflict',
  412: 'PreconditionFailed',
};

/** Turns what an S3 client threw into a {@link SealdropError} that names the action and the object. */
export function toS3Error(error: unknown, action: string, { bucket, key }: ObjectAddress): SealdropError {
  nameByStatus(error);
  return toSealdropError(error, { action, resource: `s3://${bucket}/${key}` }, s3ErrorCodes);
}

function nameByStatus(error: unknown): void {
  if (!(error instanceof Error) || error.name in s3ErrorCodes) return;
  const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
  const isNameless = ['Error', 'Unknown', 'UnknownError', 'S3ServiceException', '403', '405', '409', '412'];
  const name = status === undefined ? undefined : headStatusCodes[status];
  if (name !== undefined && isNameless.includes(error.name)) error.name = name;
}
