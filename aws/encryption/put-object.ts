import {
  PutObjectCommand,
  type PutObjectCommandInput,
  type PutObjectCommandOutput,
} from '@aws-sdk/client-s3';
import { committingSuite, sealedLengthBytes } from '../../envelope/index.ts';
import { crc32Of } from '../../operations/crc32.ts';
import { uploadInParts } from '../multipart-upload.ts';
import { verifyChecksums, withoutChecksums } from './content-checksums.ts';
import { plaintextBody } from './plaintext-body.ts';
import { startObject } from './sealed-metadata.ts';
import type { EncryptionSettings } from './settings.ts';
import { requestOptions } from '../request-options.ts';
import { unsupportedParameter } from './unsupported-parameter.ts';
import { gather } from '../../operations/gather.ts';

/**
 * Seals the body of a PutObject request. What fits one part goes in one request; longer bodies, and streams
 * that do not tell their length, go in parts, with constant memory.
 *
 * Checksums that the request states are compared with the plaintext, and not sent on.
 *
 * @throws {@link SealdropError} REQUEST_UNSUPPORTED, CHECKSUM_MISMATCH, CONTENT_TOO_LONG,
 *   CONTENT_LENGTH_MISMATCH, what {@link startObject} throws; and what the client throws. Nothing is written
 *   then, but perhaps an instruction file that no object names.
 */
export async function putObject(
  settings: EncryptionSettings,
  input: PutObjectCommandInput,
  signal: AbortSignal | undefined,
): Promise<PutObjectCommandOutput> {
  if (input.WriteOffsetBytes !== undefined) {
    throw unsupportedParameter('WriteOffsetBytes', 'a sealed object cannot be appended to');
  }
  const body = plaintextBody(input.Body, input.ContentLength);
  const plaintext = verifyChecksums(body.chunks, input);
  const lengthBytes = body.lengthBytes === undefined ? undefined : sealedLengthBytes(body.lengthBytes);
  const { encryptor, metadata } = await startObject(settings, input, signal, body.lengthBytes);
  const sealed = encryptor.encrypt(plaintext, body.lengthBytes);

  const fields: PutObjectCommandInput = { ...withoutChecksums(input), Metadata: { ...metadata } };
  delete fields.ContentLength;
  const output =
    lengthBytes !== undefined && lengthBytes <= settings.partSizeBytes
      ? await settings.s3.send(
          new PutObjectCommand({ ...fields, Body: await gather(sealed) }),
          requestOptions(signal),
        )
      : await putInParts(settings, sealed, lengthBytes, fields, signal);
  return withoutChecksums(output);
}

async function putInParts(
  { s3, partSizeBytes, partsAtOnce }: EncryptionSettings,
  sealed: AsyncIterable<Uint8Array>,
  lengthBytes: number | undefined,
  fields: PutObjectCommandInput,
  signal: AbortSignal | undefined,
): Promise<PutObjectCommandOutput> {
  const checksum = crc32Of(sealed);
  const content = {
    body: checksum.body,
    crc32: () => checksum.base64(),
    atMostBytes: lengthBytes ?? committingSuite.maxContentBytes + committingSuite.tagBytes,
  };
  const output = await uploadInParts(s3, content, fields, { partSizeBytes, partsAtOnce }, signal);
  // What the caller asked for is a PutObject, and its answer names no place.
  const { Location, Bucket, Key, ...answer } = output;
  return answer;
}
