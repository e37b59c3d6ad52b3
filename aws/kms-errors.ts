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

/** Turns what a KMS client threw into a {@link SealdropError} that names the action and the key. */
export function toKmsError(error: unknown, action: string, keyId: string): SealdropError {
  return toSealdropError(error, { action, resource: keyId }, kmsErrorCodes);
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
