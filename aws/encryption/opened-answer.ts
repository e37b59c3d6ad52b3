import { Readable } from 'node:stream';
import {
  GetObjectCommand,
  type GetObjectCommandInput,
  type GetObjectCommandOutput,
} from '@aws-sdk/client-s3';
import { sdkStreamMixin } from '@smithy/core/serde';
import { SealdropError, type Envelope, type StartOpenOptions } from '../../envelope/index.ts';
import { findInstructionFile, type ChainedInstructionFile } from '../../operations/find-instruction-file.ts';
import { openEnvelope } from '../../operations/open-envelope.ts';
import { concerningFile, recordedInstructionVersion, usersMetadata } from '../../operations/records.ts';
import { withoutChecksums } from './content-checksums.ts';
import { fetchInstructionFile } from './fetch-instruction-file.ts';
import type { EncryptionSettings } from './settings.ts';
import { requestOptions } from '../request-options.ts';
import { unsupportedParameter } from './unsupported-parameter.ts';

/** An answer whose envelope was opened, and whose body was not read yet. */
export interface OpenedAnswer<Decryptor> {
  readonly answer: GetObjectCommandOutput;
  readonly sealed: Readable;
  readonly decryptor: Decryptor;
}

/**
 * Sends a GetObject request, and opens the envelope of what it answers. Where that fails, the body is
 * destroyed.
 *
 * @param start - starts to open the object that has this envelope
 * @throws {@link SealdropError} REQUEST_UNSUPPORTED, RANGE_INVALID, what {@link openEnvelope} and `start` throw;
 *   and what the client throws.
 */
export async function openAnswer<Decryptor>(
  settings: EncryptionSettings,
  input: GetObjectCommandInput,
  signal: AbortSignal | undefined,
  start: (
    envelope: Envelope,
    answer: GetObjectCommandOutput,
    options: StartOpenOptions,
  ) => Promise<Decryptor>,
): Promise<OpenedAnswer<Decryptor>> {
  if (input.PartNumber !== undefined) {
    throw unsupportedParameter('PartNumber', 'one part of a sealed object opens nothing');
  }
  const answer = await send(settings, input, signal);
  // A connection may break before the body is read; reading it then tells, and nobody else would listen.
  const sealed = (answer.Body as Readable).on('error', () => undefined);
  try {
    const options = { ...settings.openPolicy, expectedContext: settings.contextFor(input.Key ?? ''), signal };
    const metadata = answer.Metadata ?? {};
    const read = (versionId?: string): Promise<ChainedInstructionFile> =>
      fetchInstructionFile(settings, input, versionId, signal);
    const decryptor = await openEnvelope(
      {
        metadata: concerningFile(metadata, settings.instructionFileSuffix),
        readInstructionFile: async (versionId) => (await read(versionId)).entries,
        findInstructionFile: async () =>
          (await findInstructionFile(recordedInstructionVersion(metadata), read))?.entries,
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
    return await s3.send(new GetObjectCommand(input), requestOptions(signal));
  } catch (error) {
    if (!(error instanceof Error && error.name === 'InvalidRange')) throw error;
    throw new SealdropError('RANGE_INVALID', 'no byte of the object is in the range', { cause: error });
  }
}

/** A stream of the plaintext that takes the sealed stream with it when it is closed, read or not. */
export function streamOf(plaintext: Iterable<Buffer> | AsyncIterable<Buffer>, sealed: Readable): Readable {
  return Readable.from(plaintext, { objectMode: false }).once('close', () => sealed.destroy());
}

/** What reading a body came to; a body that was not read to its end is destroyed. */
export async function releasing<Result>(sealed: Readable, read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } finally {
    sealed.destroy();
  }
}

/** The answer as the caller of a plain client would get it: of the plaintext. */
export function plaintextAnswer(
  answer: GetObjectCommandOutput,
  plaintext: Readable,
  lengthBytes: number | undefined,
): GetObjectCommandOutput {
  const { ContentLength, ...rest } = withoutChecksums(answer);
  return {
    ...rest,
    ...(lengthBytes === undefined ? {} : { ContentLength: lengthBytes }),
    Metadata: { ...usersMetadata(answer.Metadata ?? {}) },
    Body: sdkStreamMixin(plaintext) as NonNullable<GetObjectCommandOutput['Body']>,
  };
}
