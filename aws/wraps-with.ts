import { ReEncryptCommand, type KMSClient } from '@aws-sdk/client-kms';
import { hasCode } from '../operations/has-code.ts';
import type { WrappedKey } from '../operations/wrapped-keys.ts';
import { toKmsError } from './kms-errors.ts';
import { requestOptions } from './request-options.ts';

/**
 * Whether a key wraps an encrypted data key: by the word of KMS, which would open it, and does nothing. `unclear`
 * is what KMS cannot tell of: no encrypted data key of KMS, or one that was wrapped under another context than
 * the one beside it.
 */
export type WrapsAnswer = 'wraps' | 'not' | 'unclear';

/**
 * Asks KMS whether a key wraps an encrypted data key: a trial run of ReEncrypt.
 *
 * Source: AWS KMS API Reference, "ReEncrypt" (DryRun); AWS KMS Developer Guide, "Testing your permissions".
 *
 * @param keyArn - of the key in the client's Region
 * @throws {@link SealdropError} ACCESS_DENIED, KEY_DISABLED, THROTTLED, ABORTED, …
 */
export async function wrapsWith(
  client: KMSClient,
  keyArn: string,
  { ciphertext, context }: WrappedKey,
  signal?: AbortSignal,
): Promise<WrapsAnswer> {
  const command = new ReEncryptCommand({
    CiphertextBlob: ciphertext,
    SourceKeyId: keyArn,
    SourceEncryptionContext: context,
    DestinationKeyId: keyArn,
    DestinationEncryptionContext: context,
    DryRun: true,
  });
  try {
    await client.send(command, requestOptions(signal));
    return 'wraps';
  } catch (error) {
    if (error instanceof Error && error.name === 'DryRunOperationException') return 'wraps';
    const failure: unknown = toKmsError(error, 'kms:ReEncrypt', keyArn);
    if (hasCode(failure, 'KEY_MISMATCH')) return 'not';
    if (hasCode(failure, 'AUTHENTICATION_FAILED') || isOfTheRequest(error)) return 'unclear';
    throw failure;
  }
}

/** KMS refuses by form what cannot be an encrypted data key or a context: too long, or empty. */
function isOfTheRequest(error: unknown): boolean {
  return error instanceof Error && error.name === 'ValidationException';
}
