import {
  CopyObjectCommand,
  HeadObjectCommand,
  type CopyObjectCommandInput,
  type CopyObjectCommandOutput,
  type HeadObjectCommandOutput,
} from '@aws-sdk/client-s3';
import {
  classify,
  defaultInstructionFileSuffix,
  envelopeNames,
  mayHaveInstructionFile,
  SealdropError,
  type Metadata,
} from '../../envelope/index.ts';
import { assertMetadataFits, assertNoReservedEntries } from '../../operations/metadata-limits.ts';
import { recordPrefix } from '../../operations/records.ts';
import { assertNoInstructionFileKey, instructionFileKey } from '../../operations/sealed-key.ts';
import { toS3Error } from '../s3-errors.ts';
import { parseCopySource, type CopySource } from './copy-source.ts';
import type { EncryptionSettings } from './settings.ts';

/**
 * Copies an object inside S3. A sealed object stays sealed: its envelope travels along even where the copy
 * gets new metadata, and so does its instruction file. What could not be opened in its new place is refused.
 *
 * @throws {@link SealdropError} COPY_UNSUPPORTED, REQUEST_UNSUPPORTED, RESERVED_NAME, RESERVED_METADATA,
 *   METADATA_TOO_LARGE; and what the client throws.
 */
export async function copyObject(
  settings: EncryptionSettings,
  input: CopyObjectCommandInput,
  signal: AbortSignal | undefined,
): Promise<CopyObjectCommandOutput> {
  const options = signal === undefined ? {} : { abortSignal: signal };
  const source = parseCopySource(input.CopySource ?? '');
  const isInPlace = source.bucket === input.Bucket && source.key === input.Key;
  const replaces = input.MetadataDirective === 'REPLACE';
  if (isInPlace && !replaces) return settings.s3.send(new CopyObjectCommand(input), options);

  const head = await headSource(settings, input, source, signal);
  const metadata = head.Metadata ?? {};
  const file =
    mayHaveInstructionFile(metadata) && (await hasInstructionFile(settings, input, source, signal));
  if (classify(metadata) === 'none' && !file) return settings.s3.send(new CopyObjectCommand(input), options);

  assertOpensThere(settings, source, input);
  const request = replaces ? { ...input, Metadata: { ...mergedMetadata(input, metadata) } } : input;
  if (file && !isInPlace) await copyInstructionFile(settings, input, signal);
  // What was looked at is what is copied.
  return settings.s3.send(
    new CopyObjectCommand({ ...request, CopySourceIfMatch: input.CopySourceIfMatch ?? head.ETag }),
    options,
  );
}

/** An object of a vault may be bound to its own key; no other context can know where an object is. */
function assertOpensThere(
  { vault }: EncryptionSettings,
  source: CopySource,
  { Key = '' }: CopyObjectCommandInput,
): void {
  assertNoInstructionFileKey(Key);
  if (vault?.binding !== 'object' || source.key === Key) return;
  throw new SealdropError(
    'COPY_UNSUPPORTED',
    'the object is bound to its key and would not open under another',
  );
}

function mergedMetadata({ Metadata: given = {} }: CopyObjectCommandInput, sealed: Metadata): Metadata {
  assertNoReservedEntries(given);
  const kept = Object.entries(sealed).filter(
    ([name]) => envelopeNames.includes(name) || name.startsWith(recordPrefix),
  );
  const merged = { ...given, ...Object.fromEntries(kept) };
  assertMetadataFits(merged);
  return merged;
}

async function headSource(
  { s3 }: EncryptionSettings,
  input: CopyObjectCommandInput,
  { bucket, key, versionId }: CopySource,
  signal: AbortSignal | undefined,
): Promise<HeadObjectCommandOutput> {
  const request = new HeadObjectCommand({
    Bucket: bucket,
    Key: key,
    VersionId: versionId,
    ExpectedBucketOwner: input.ExpectedSourceBucketOwner,
    RequestPayer: input.RequestPayer,
    SSECustomerAlgorithm: input.CopySourceSSECustomerAlgorithm,
    SSECustomerKey: input.CopySourceSSECustomerKey,
    SSECustomerKeyMD5: input.CopySourceSSECustomerKeyMD5,
  });
  return s3.send(request, signal === undefined ? {} : { abortSignal: signal });
}

async function hasInstructionFile(
  settings: EncryptionSettings,
  input: CopyObjectCommandInput,
  { bucket, key }: CopySource,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const file = { bucket, key: key + defaultInstructionFileSuffix };
  try {
    await headSource(settings, input, file, signal);
    return true;
  } catch (error) {
    const { code } = toS3Error(error, 's3:GetObject', file);
    // A key too long for a file, too, answers that there is none.
    if (code === 'OBJECT_NOT_FOUND' || code === 'OBJECT_KEY_TOO_LONG') return false;
    throw error;
  }
}

async function copyInstructionFile(
  { s3 }: EncryptionSettings,
  input: CopyObjectCommandInput,
  signal: AbortSignal | undefined,
): Promise<void> {
  const [path = ''] = (input.CopySource ?? '').split('?');
  const shared = Object.entries(input).filter(([name]) => !isOfTheObject(name));
  const request = {
    ...(Object.fromEntries(shared) as CopyObjectCommandInput),
    Key: instructionFileKey(input.Key ?? ''),
    CopySource: path + defaultInstructionFileSuffix,
  };
  await s3.send(new CopyObjectCommand(request), signal === undefined ? {} : { abortSignal: signal });
}

/** What a request says of the object, and not of the file beside it. */
function isOfTheObject(name: string): boolean {
  const names = [
    'IfMatch',
    'IfNoneMatch',
    'Metadata',
    'MetadataDirective',
    'StorageClass',
    'WebsiteRedirectLocation',
  ];
  return names.includes(name) || name.startsWith('CopySourceIf');
}
