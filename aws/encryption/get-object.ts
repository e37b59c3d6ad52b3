import type { GetObjectCommandInput, GetObjectCommandOutput } from '@aws-sdk/client-s3';
import {
  bufferLimitExceeded,
  contentLengthBytes,
  openBuffered,
  SealdropError,
  startOpen,
  type ContentDecryptor,
} from '../../envelope/index.ts';
import { assertNoFile, writeVerifiedFile } from '../../operations/verified-file.ts';
import { getRange } from './get-range.ts';
import { openAnswer, plaintextAnswer, releasing, streamOf, type OpenedAnswer } from './opened-answer.ts';
import type { EncryptionSettings } from './settings.ts';
import { unsupportedParameter } from './unsupported-parameter.ts';

/**
 * Opens the object of a GetObject request. Its body is verified before it is handed out, unless the client
 * was made with delayed authentication; a range is never verified.
 *
 * @throws {@link SealdropError} RANGES_DISABLED, RANGE_INVALID, REQUEST_UNSUPPORTED, BUFFER_LIMIT_EXCEEDED,
 *   what {@link openAnswer}, {@link startOpen} and {@link openBuffered} throw; and what the client throws.
 */
export async function getObject(
  settings: EncryptionSettings,
  input: GetObjectCommandInput,
  signal: AbortSignal | undefined,
): Promise<GetObjectCommandOutput> {
  if (input.Range !== undefined) return getRange(settings, input, input.Range, signal);
  const opened = await openWhole(settings, input, signal);
  const { answer, decryptor, sealed } = opened;
  if (settings.release === 'delayed') {
    const lengthBytes = contentLengthBytes(answer.ContentLength ?? 0, decryptor.suite);
    return plaintextAnswer(answer, streamOf(decryptor.decryptUnverified(sealed), sealed), lengthBytes);
  }
  const content = await releasing(sealed, () => {
    assertFitsBuffer(opened, settings.bufferLimitBytes);
    return openBuffered(decryptor, sealed, settings.bufferLimitBytes);
  });
  return plaintextAnswer(answer, streamOf([content], sealed), content.length);
}

/**
 * Opens the object of a GetObject request to a file, whatever its size: the file comes to be when all of it
 * has been verified.
 *
 * @param overwrite - whether a file of that name may be replaced
 * @throws as {@link getObject}, and the file system's own errors. No file is left then.
 */
export async function getObjectToFile(
  settings: EncryptionSettings,
  input: GetObjectCommandInput,
  path: string,
  overwrite: boolean,
  signal: AbortSignal | undefined,
): Promise<Omit<GetObjectCommandOutput, 'Body'>> {
  if (input.Range !== undefined) throw unsupportedParameter('Range', 'a range cannot be verified');
  if (!overwrite) await assertNoFile(path);
  const { answer, decryptor, sealed } = await openWhole(settings, input, signal);
  const plaintext = decryptor.decryptUnverified(sealed);
  const lengthBytes = await releasing(sealed, () => writeVerifiedFile(path, plaintext, overwrite));
  const { Body, ...facts } = plaintextAnswer(answer, sealed, lengthBytes);
  return facts;
}

async function openWhole(
  settings: EncryptionSettings,
  input: GetObjectCommandInput,
  signal: AbortSignal | undefined,
): Promise<OpenedAnswer<ContentDecryptor>> {
  return openAnswer(settings, input, signal, (envelope, answer, options) => {
    if (answer.ContentRange !== undefined) {
      throw new SealdropError('SERVICE_FAILED', 'S3 answered with a range that nobody asked for');
    }
    // A content that is too short for its tag fails before its data key is asked for.
    contentLengthBytes(answer.ContentLength ?? 0, envelope.content.suite);
    return startOpen(settings.keyring, envelope, options);
  });
}

function assertFitsBuffer({ answer, decryptor }: OpenedAnswer<ContentDecryptor>, limitBytes: number): void {
  const sealedBytes = answer.ContentLength ?? 0;
  const lengthBytes = contentLengthBytes(sealedBytes, decryptor.suite) ?? sealedBytes;
  if (lengthBytes > limitBytes) throw bufferLimitExceeded(limitBytes);
}
