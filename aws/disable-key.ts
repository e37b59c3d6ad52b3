import { DisableKeyCommand, type KMSClient } from '@aws-sdk/client-kms';
import { toKmsError } from './kms-errors.ts';
import { requestOptions } from './request-options.ts';

/**
 * Disables a key: nobody can use it until it is enabled again.
 *
 * @param keyArn - its ARN: an alias does not do
 * @throws {@link SealdropError} ACCESS_DENIED, KEY_NOT_FOUND, KEY_UNAVAILABLE, …
 */
export async function disableKey(client: KMSClient, keyArn: string, signal?: AbortSignal): Promise<void> {
  try {
    await client.send(new DisableKeyCommand({ KeyId: keyArn }), requestOptions(signal));
  } catch (error) {
    throw toKmsError(error, 'kms:DisableKey', keyArn);
  }
}
