import { Readable } from 'node:stream';
import {
  GetObjectCommand,
  type GetObjectCommandInput,
  type GetObjectCommandOutput,
} from '@aws-sdk/client-s3';
import { sdkStreamMixin } from '@smithy/core/serde';
import {
  bufferLimitExceeded,
  contentLengthBytes,
  coveringRange,
  gcmSuite,
  openBuffered,
  parseContentRange,
  parseRange,
  resolveRange,
  SealdropError,
  startOpen,
  startOpenRange,
  withoutEnvelope,
  type ContentDecryptor,
  type Envelope,
  type RequestedRange,
} from '../../envelope/index.ts';
import { openEnvelope } from '../../operations/open-envelope.ts';
import { withoutRecords } from '../../operations/records.ts';
import { assertNoFile, writeVerifiedFile } from '../../operations/verified-file.ts';
import { withoutChecksums } from './content-checksums.ts';
import { fetchInstructionFile } from './fetch-instruction-file.ts';
import type { EncryptionSettings } from './settings.ts';

/** An answer whose envelope was opened, and whose body was not read yet. */
interface OpenedAnswer<Decryptor> {
  readonly answer: GetObjectCommandOutput;
  readonly sealed: Readable;
  readonly decryptor: Decryptor;
}

/**
 * Opens the object of a GetObject request. Its body is verified before it is handed out, unless the client
 * was made with delayed authentication; a range is never verified.
 *
 * @throws {@link SealdropError} RANGES_DISABLED, RANGE_INVALID, REQUEST_UNSUPPORTED, BUFFER_LIMIT_EXCEEDED,
 *   what {@link openEnvelope}, {@link startOpen} and {@link openBuffered} throw; and what the client throws.
 */
export async function getObject(
  settings: EncryptionSettings,
  input: GetObjectCommandInput,
  signal: AbortSignal | undefined,
): Promise<GetObjectCommandOutput> {
  if (input.Range !== undefined)
    return getRange(settings, input, parseAllowedRange(settings, input.Range), signal);
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
  if (input.Range !== undefined) throw unsupported('Range', 'a range cannot be verified');
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
  return open(settings, input, signal, (envelope, answer, options) => {
    if (answer.ContentRange !== undefined) {
      throw new SealdropError('SERVICE_FAILED', 'S3 answered with a range that nobody asked for');
    }
    // A content that is too short for its tag fails before its data key is asked for.
    contentLengthBytes(answer.ContentLength ?? 0, envelope.content.suite);
    return startOpen(settings.keyring, envelope, options);
  });
}

async function getRange(
  settings: EncryptionSettings,
  input: GetObjectCommandInput,
  range: RequestedRange,
  signal: AbortSignal | undefined,
): Promise<GetObjectCommandOutput> {
  // Both suites that have ranges have the same blocks and the same tag.
  const request = { ...input, Range: coveringRange(range, gcmSuite) };
  const { answer, decryptor, sealed } = await open(
    settings,
    request,
    signal,
    async (envelope, response, options) => {
      const answered = parseContentRange(response.ContentRange ?? '');
      const wanted = resolveRange(range, answered.totalBytes, envelope.content.suite);
      if (answered.first > wanted.first || answered.last < wanted.last) {
        throw new SealdropError('SERVICE_FAILED', 'S3 answered with another range than the one asked for');
      }
      const decryptor = await startOpenRange(settings.keyring, envelope, answered.first, options);
      return { decryptor, wanted };
    },
  );
  const { first, last, totalBytes } = decryptor.wanted;
  const plaintext = decryptor.decryptor.decryptUnauthenticated(sealed, { first, last });
  return {
    ...plaintextAnswer(answer, streamOf(plaintext, sealed), last - first + 1),
    ContentRange: `bytes ${first}-${last}/${totalBytes}`,
  };
}

async function open<Decryptor>(
  settings: EncryptionSettings,
  input: GetObjectCommandInput,
  signal: AbortSignal | undefined,
  start: (
    envelope: Envelope,
    answer: GetObjectCommandOutput,
    options: Parameters<typeof startOpen>[2],
  ) => Promise<Decryptor>,
): Promise<OpenedAnswer<Decryptor>> {
  if (input.PartNumber !== undefined)
    throw unsupported('PartNumber', 'one part of a sealed object opens nothing');
  const answer = await send(settings, input, signal);
  // A connection may break before the body is read; reading it then tells, and nobody else would listen.
  const sealed = (answer.Body as Readable).on('error', () => undefined);
  try {
    const options = { ...settings.openPolicy, expectedContext: settings.contextFor(input.Key ?? ''), signal };
    const decryptor = await openEnvelope(
      {
        metadata: answer.Metadata ?? {},
        readInstructionFile: (versionId) => fetchInstructionFile(settings, input, versionId, signal),
      },
      (envelope) => start(envelope, answer, options),
    );
    return { answer, sealed, decryptor };
  } catch (error) {
    sealed.destroy();
    throw error;
  }
}

async function send(
  { s3 }: EncryptionSettings,
  input: GetObjectCommandInput,
  signal: AbortSignal | undefined,
): Promise<GetObjectCommandOutput> {
  try {
    return await s3.send(new GetObjectCommand(input), signal === undefined ? {} : { abortSignal: signal });
  } catch (error) {
    if (!(error instanceof Error && error.name === 'InvalidRange')) throw error;
    throw new SealdropError('RANGE_INVALID', 'no byte of the object is in the range', { cause: error });
  }
}

/** A stream of the plaintext that takes the sealed stream with it when it is closed, read or not. */
function streamOf(plaintext: Iterable<Buffer> | AsyncIterable<Buffer>, sealed: Readable): Readable {
  return Readable.from(plaintext, { objectMode: false }).once('close', () => sealed.destroy());
}

/** What reading a body came to; a body that was not read to its end is destroyed. */
async function releasing<Result>(sealed: Readable, read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } finally {
    sealed.destroy();
  }
}

function assertFitsBuffer({ answer, decryptor }: OpenedAnswer<ContentDecryptor>, limitBytes: number): void {
  const sealedBytes = answer.ContentLength ?? 0;
  const lengthBytes = contentLengthBytes(sealedBytes, decryptor.suite) ?? sealedBytes;
  if (lengthBytes > limitBytes) throw bufferLimitExceeded(limitBytes);
}

/** The answer as the caller of a plain client would get it: of the plaintext. */
function plaintextAnswer(
  answer: GetObjectCommandOutput,
  plaintext: Readable,
  lengthBytes: number | undefined,
): GetObjectCommandOutput {
  const { ContentLength, ...rest } = withoutChecksums(answer);
  return {
    ...rest,
    ...(lengthBytes === undefined ? {} : { ContentLength: lengthBytes }),
    Metadata: { ...withoutRecords(withoutEnvelope(answer.Metadata ?? {})) },
    Body: sdkStreamMixin(plaintext) as NonNullable<GetObjectCommandOutput['Body']>,
  };
}

function parseAllowedRange(settings: EncryptionSettings, range: string): RequestedRange {
  if (settings.unauthenticatedRanges) return parseRange(range);
  throw new SealdropError('RANGES_DISABLED', 'a range of a sealed object cannot be verified');
}

function unsupported(parameter: string, message: string): SealdropError {
  return new SealdropError('REQUEST_UNSUPPORTED', message, { fields: { parameter } });
}
