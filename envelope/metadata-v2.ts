import { algorithmPairName, encodeContext, parseContext } from './encryption-context.ts';
import type { Envelope, NonCommittingContent } from './envelope.ts';
import { SealdropError } from './errors.ts';
import type { EncryptedDataKey } from './keyring.ts';
import { base64, malformedEntry, type MetadataEntries } from './metadata-entries.ts';
import {
  CONTENT_CIPHER_V2,
  CONTENT_IV,
  ENCRYPTED_DATA_KEY_ALGORITHM_V2,
  ENCRYPTED_DATA_KEY_V1,
  ENCRYPTED_DATA_KEY_V2,
  MAT_DESC,
  TAG_LENGTH_V2,
  UNENCRYPTED_CONTENT_LENGTH,
  type Metadata,
} from './metadata-names.ts';
import { cbcSuite, gcmSuite, type NonCommittingSuite } from './suite.ts';
import { storedBeside, wrappingFromV2, type WrappingAlgorithm } from './wrapping-algorithm.ts';

/** The one length of a tag, in bits. */
const tagLength = '128';

/** What a raw AES key makes of a data key of 32 bytes; anything longer was wrapped by RSA. */
const maxAesWrappedBytes = 48;

/** The entries of a V2 envelope. */
export function encodeV2(encryptedDataKey: EncryptedDataKey, content: NonCommittingContent): Metadata {
  const { wrappingAlgorithm, ciphertext, context } = encryptedDataKey;
  return {
    [ENCRYPTED_DATA_KEY_V2]: base64(ciphertext),
    [ENCRYPTED_DATA_KEY_ALGORITHM_V2]: wrappingAlgorithm,
    [CONTENT_CIPHER_V2]: content.suite.metadataValue,
    [CONTENT_IV]: base64(content.iv),
    [MAT_DESC]: encodeContext(context),
    ...(content.suite === gcmSuite ? { [TAG_LENGTH_V2]: tagLength } : {}),
    ...(content.noted === undefined
      ? {}
      : { [UNENCRYPTED_CONTENT_LENGTH]: String(content.noted.lengthBytes) }),
  };
}

/** @throws {@link SealdropError} ENVELOPE_MALFORMED, ENVELOPE_UNSUPPORTED */
export function parseV2(entries: MetadataEntries): Envelope {
  const suite = suiteOf(entries.required(CONTENT_CIPHER_V2));
  if (suite === gcmSuite && entries.required(TAG_LENGTH_V2) !== tagLength)
    throw malformedEntry(TAG_LENGTH_V2);
  if (suite === cbcSuite) entries.assertAbsent(TAG_LENGTH_V2);
  const wrappingAlgorithm = wrappingFromV2(entries.required(ENCRYPTED_DATA_KEY_ALGORITHM_V2));
  const context = parseContext(entries.required(MAT_DESC));
  assertAlgorithmPair(wrappingAlgorithm, context[algorithmPairName], suite);
  return {
    encryptedDataKey: { wrappingAlgorithm, ciphertext: entries.bytes(ENCRYPTED_DATA_KEY_V2), context, suite },
    content: contentOf(entries, suite),
  };
}

/**
 * The format of the first clients: a raw key, which the metadata does not name, and CBC.
 *
 * @throws {@link SealdropError} ENVELOPE_MALFORMED
 */
export function parseV1(entries: MetadataEntries): Envelope {
  const ciphertext = entries.bytes(ENCRYPTED_DATA_KEY_V1);
  return {
    encryptedDataKey: {
      wrappingAlgorithm: ciphertext.length > maxAesWrappedBytes ? 'RSA' : 'AES',
      ciphertext,
      context: parseContext(entries.required(MAT_DESC)),
      suite: cbcSuite,
    },
    content: contentOf(entries, cbcSuite),
  };
}

function suiteOf(contentAlgorithm: string): NonCommittingSuite {
  const suite = [gcmSuite, cbcSuite].find(({ metadataValue }) => metadataValue === contentAlgorithm);
  if (suite !== undefined) return suite;
  throw new SealdropError('ENVELOPE_UNSUPPORTED', 'the content algorithm is unknown');
}

/**
 * KMS authenticates the context, so its pair tells when the metadata was given another algorithm: the
 * wrapping "kms+context" always has it, the older "kms" never had.
 */
function assertAlgorithmPair(
  wrappingAlgorithm: WrappingAlgorithm,
  pair: string | undefined,
  { metadataValue }: NonCommittingSuite,
): void {
  if (storedBeside(wrappingAlgorithm) !== 'encryption-context') return;
  const expected = wrappingAlgorithm === 'kms+context' ? metadataValue : undefined;
  if (pair !== expected) throw malformedEntry(MAT_DESC);
}

function contentOf(entries: MetadataEntries, suite: NonCommittingSuite): NonCommittingContent {
  const iv = entries.bytes(CONTENT_IV, suite.ivBytes);
  const noted = entries.optional(UNENCRYPTED_CONTENT_LENGTH);
  if (noted === undefined) return { suite, iv };
  if (!/^\d{1,15}$/.test(noted)) throw malformedEntry(UNENCRYPTED_CONTENT_LENGTH);
  return { suite, iv, noted: { lengthBytes: Number(noted) } };
}
