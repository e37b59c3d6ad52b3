import { type GetObjectCommandInput, type GetObjectCommandOutput } from '@aws-sdk/client-s3';
import {
  cbcSuite,
  contentLengthBytes,
  coveringRange,
  parseContentRange,
  parseRange,
  resolveRange,
  SealdropError,
  startOpenCbcRange,
  startOpenRange,
  type AnsweredRange,
  type Envelope,
  type OpenedRange,
  type RequestedRange,
  type StartOpenOptions,
} from '../../envelope/index.ts';
import { openAnswer, plaintextAnswer, streamOf } from './opened-answer.ts';
import type { EncryptionSettings } from './settings.ts';

/** What a range comes to once its bytes are there. */
interface PlaintextRange extends Pick<OpenedRange, 'range' | 'totalBytes'> {
  readonly content: Iterable<Buffer> | AsyncIterable<Buffer>;
}

/** Decrypts the bytes that a store answered with. */
type OpenRange = (sealed: AsyncIterable<Uint8Array>) => PlaintextRange | Promise<PlaintextRange>;

/**
 * Opens the range of an object that a GetObject request names. **Nobody can verify it.**
 *
 * @throws {@link SealdropError} RANGES_DISABLED, RANGE_INVALID, BUFFER_LIMIT_EXCEEDED, what {@link openAnswer}
 *   and {@link startOpenRange} throw; and what the client throws.
 */
export async function getRange(
  settings: EncryptionSettings,
  input: GetObjectCommandInput,
  header: string,
  signal: AbortSignal | undefined,
): Promise<GetObjectCommandOutput> {
  if (!settings.unauthenticatedRanges) {
    throw new SealdropError('RANGES_DISABLED', 'a range of a sealed object cannot be verified');
  }
  const requested = parseRange(header);
  const request = { ...input, Range: coveringRange(requested) };
  const { answer, sealed, decryptor } = await openAnswer(
    settings,
    request,
    signal,
    (envelope, response, options) => {
      const answered = parseContentRange(response.ContentRange ?? '');
      const start = envelope.content.suite === cbcSuite ? startCbc : startGcm;
      return start(settings, envelope, requested, answered, options);
    },
  );
  const { content, range, totalBytes } = await decryptor(sealed);
  const { first, last } = range;
  return {
    ...plaintextAnswer(answer, streamOf(content, sealed), last - first + 1),
    ContentRange: `bytes ${first}-${last}/${totalBytes ?? '*'}`,
  };
}

async function startGcm(
  { keyring }: EncryptionSettings,
  envelope: Envelope,
  requested: RequestedRange,
  answered: AnsweredRange,
  options: StartOpenOptions,
): Promise<OpenRange> {
  const totalBytes = contentLengthBytes(answered.totalBytes, envelope.content.suite) ?? 0;
  const range = resolveRange(requested, totalBytes);
  if (answered.first > range.first || answered.last < range.last) {
    throw new SealdropError('SERVICE_FAILED', 'S3 answered with another range than the one asked for');
  }
  const decryptor = await startOpenRange(keyring, envelope, answered.first, options);
  return (sealed) => ({ content: decryptor.decryptUnauthenticated(sealed, range), range, totalBytes });
}

/** With CBC the last block tells how long the content is, so that it must be read first. */
async function startCbc(
  { keyring, bufferLimitBytes }: EncryptionSettings,
  envelope: Envelope,
  requested: RequestedRange,
  answered: AnsweredRange,
  options: StartOpenOptions,
): Promise<OpenRange> {
  const decryptor = await startOpenCbcRange(keyring, envelope, options);
  return async (sealed) => {
    const opened = await decryptor.openUnauthenticated(sealed, answered, requested, bufferLimitBytes);
    return { ...opened, content: [opened.content] };
  };
}
