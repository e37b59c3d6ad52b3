import {
  HeadObjectCommand,
  type HeadObjectCommandInput,
  type HeadObjectCommandOutput,
} from '@aws-sdk/client-s3';
import { cbcSuite, classify, committingSuite, contentLengthBytes } from '../../envelope/index.ts';
import { usersMetadata } from '../../operations/records.ts';
import { withoutChecksums } from './content-checksums.ts';
import { unsupportedParameter } from './unsupported-parameter.ts';
import type { EncryptionSettings } from './settings.ts';
import { requestOptions } from '../request-options.ts';

/**
 * Answers a HeadObject request for the plaintext: its length, the user's own metadata. An object that is not
 * sealed is told of as it is, and so is one whose whole envelope is in an instruction file: its own metadata
 * does not tell that it is sealed.
 *
 * @throws {@link SealdropError} REQUEST_UNSUPPORTED, ENVELOPE_MALFORMED, AUTHENTICATION_FAILED; and what the client throws.
 */
export async function headObject(
  { s3 }: EncryptionSettings,
  input: HeadObjectCommandInput,
  signal: AbortSignal | undefined,
): Promise<HeadObjectCommandOutput> {
  const answer = await s3.send(new HeadObjectCommand(input), requestOptions(signal));
  const metadata = answer.Metadata ?? {};
  if (classify(metadata) === 'none') return answer;
  const ofPart = (['Range', 'PartNumber'] as const).find((name) => input[name] !== undefined);
  if (ofPart !== undefined) throw unsupportedParameter(ofPart, 'a part of a sealed object tells nothing');
  const { ContentLength: sealedBytes = 0, ...rest } = withoutChecksums(answer);
  const lengthBytes = plaintextLength(sealedBytes, metadata);
  return {
    ...rest,
    ...(lengthBytes === undefined ? {} : { ContentLength: lengthBytes }),
    Metadata: { ...usersMetadata(metadata) },
  };
}

/** CBC pads: only what the writer noted tells the length, where it did. */
function plaintextLength(
  sealedBytes: number,
  metadata: Readonly<Record<string, string>>,
): number | undefined {
  const cipher = metadata['x-amz-cek-alg'];
  const isCbc = classify(metadata) === 'v1' || cipher === cbcSuite.metadataValue;
  if (!isCbc) return contentLengthBytes(sealedBytes, committingSuite);
  const noted = metadata['x-amz-unencrypted-content-length'];
  return noted !== undefined && /^\d{1,15}$/.test(noted) ? Number(noted) : undefined;
}
