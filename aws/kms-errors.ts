import { SealdropError } from '../envelope/index.ts';
import { toSealdropError, type ServiceErrorCodes } from './service-errors.ts';

const kmsErrorCodes: ServiceErrorCodes = {
  DisabledException: 'KEY_DISABLED',
  IncorrectKeyException: 'KEY_MISMATCH',
  InvalidArnException: 'KEY_NOT_FOUND',
  InvalidCiphertextException: 'AUTHENTICATION_FAILED',
  InvalidKeyUsageException: 'KEY_WRONG_TYPE',
  KeyUnavailableException: 'KEY_UNAVAILABLE',
  KMSInvalidStateException: 'KEY_UNAVAILABLE',
  NotFoundException: 'KEY_NOT_FOUND',
  UnsupportedOperationException: 'KEY_WRONG_TYPE',
};

/**
 * Turns what a KMS client threw into a {@link SealdropError} that names the action and the key; where an alias
 * was used without permission, also the key behind it, which a policy has to name.
 */
export function toKmsError(error: unknown, action: string, keyId: string): SealdropError {
  const denied = deniedKeyArn(error);
  const resource = denied === undefined || denied === keyId ? keyId : `${keyId} (${denied})`;
  const failure = toSealdropError(error, { action, resource }, kmsErrorCodes);
  if (failure.code !== 'ACCESS_DENIED' || action !== 'kms:ReEncrypt') return failure;
  const { message, fields, cause } = failure;
  return new SealdropError('ACCESS_DENIED', message, { fields, cause, hint: reEncryptHint });
}

/** No policy can name the call itself: it takes an action for each of its keys, which may be one. */
const reEncryptHint =
  'grant kms:ReEncryptFrom on the key that wraps, and kms:ReEncryptTo on the key that is to wrap, to this principal and in the policies of both';

/** Of what KMS says when it denies, the ARN of the key alone is taken: the rest may quote what was sent. */
function deniedKeyArn(error: unknown): string | undefined {
  if (!(error instanceof Error) || error.name !== 'AccessDeniedException') return undefined;
  return /\bon resource: (arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+)/.exec(error.message)?.[1];
}

/**
 * A field that KMS always answers with.
 *
 * @throws {@link SealdropError} SERVICE_FAILED where it is not there.
 */
export function present<Value>(value: Value | undefined, field: string): Value {
  if (value !== undefined) return value;
  throw new SealdropError('SERVICE_FAILED', `KMS answered without ${field}`);
}
