import { withContentKey } from './content-key.ts';
import { encodeEnvelope, parseEnvelope } from './content-metadata.ts';
import type { Envelope } from './envelope.ts';
import { SealdropError } from './errors.ts';
import type { DataKeyWrapper, Keyring } from './keyring.ts';
import { onlyEnvelope, type Metadata } from './metadata-names.ts';
import { withDataKey, type StartOpenOptions } from './open.ts';

/**
 * Wraps an object's data key once more, for a raw key: the data key is opened, compared with the object's
 * commitment, wrapped, and zero-filled. The content, its message id and its commitment stay as they are.
 *
 * Spec: client.md#optional-api-operations
 *
 * @param metadata - the object's own, together with its instruction file's where it has one
 * @returns the entries of the format with the new wrapping in the place of the old one
 * @throws {@link SealdropError} ENVELOPE_UNSUPPORTED for content that nobody authenticates, and as
 *   {@link startOpen} and {@link parseEnvelope}; whatever the keyring and the wrapper throw.
 */
export async function reencryptEnvelope(
  keyring: Pick<Keyring, 'decryptDataKey'>,
  metadata: Metadata,
  wrapper: DataKeyWrapper,
  options: StartOpenOptions,
): Promise<Metadata> {
  const envelope = parseEnvelope(onlyEnvelope(metadata));
  const { content } = envelope;
  assertAuthenticated(envelope);
  const encryptedDataKey = await withDataKey(keyring, envelope, options, (dataKey) => {
    // Nothing is decrypted: this is what compares the commitment.
    withContentKey(dataKey, content, () => undefined);
    return wrapper.wrapDataKey(dataKey, content.suite);
  });
  return encodeEnvelope({ encryptedDataKey, content });
}

/**
 * Nobody is handed a data key whose content nobody authenticates.
 *
 * @throws {@link SealdropError} ENVELOPE_UNSUPPORTED
 */
export function assertAuthenticated({ content: { suite } }: Envelope): void {
  if (!suite.isLegacy) return;
  throw new SealdropError(
    'ENVELOPE_UNSUPPORTED',
    `the content was encrypted with the legacy suite ${suite.name}`,
    {
      fields: { suite: suite.name },
      hint: 'seal the object anew first (sealdrop rewrap --reseal): nobody authenticates its content',
    },
  );
}
