import { timingSafeEqual } from 'node:crypto';
import { authenticationFailure } from './errors.ts';
import { deriveCommitment } from './key-derivation.ts';

/**
 * Checks, in constant time, that the stored commitment is the one of this data key and message id. To be
 * called before the content key is derived.
 *
 * Spec: decryption.md#decrypting-with-commitment
 *
 * @throws {@link SealdropError} AUTHENTICATION_FAILED where it is not.
 */
export function verifyCommitment(dataKey: Uint8Array, messageId: Uint8Array, stored: Uint8Array): void {
  const derived = deriveCommitment(dataKey, messageId);
  if (derived.length !== stored.length || !timingSafeEqual(derived, stored)) throw authenticationFailure();
}
