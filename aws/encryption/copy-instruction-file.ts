import {
  CopyObjectCommand,
  type CopyObjectCommandInput,
  type CopyObjectCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';
import {
  classify,
  defaultInstructionFileSuffix,
  mayHaveInstructionFile,
  SealdropError,
  type Metadata,
} from '../../envelope/index.ts';
import { recordedInstructionVersion } from '../../operations/records.ts';
import { instructionFileKey } from '../../operations/sealed-key.ts';
import { toS3Error } from '../s3-errors.ts';
import { headSource, type CopySource } from './copy-source.ts';
import { writeInstructionFile } from './instruction-file-guard.ts';
import { requestOptions } from '../request-options.ts';

/**
 * The instruction file of the object that is to be copied: the version that it records, or the one that
 * stands.
 *
 * @param metadata - the object's own
 * @returns nothing where the object has none
 * @throws {@link SealdropError} INSTRUCTION_FILE_MISSING where it must have one; COPY_UNSUPPORTED for an older
 *   version whose file nobody noted; and what the client throws.
 */
export async function findInstructionFile(
  s3: S3Client,
  input: CopyObjectCommandInput,
  { bucket, key, versionId }: CopySource,
  metadata: Metadata,
  signal: AbortSignal | undefined,
): Promise<CopySource | undefined> {
  if (!mayHaveInstructionFile(metadata)) return undefined;
  const file = { bucket, key: key + defaultInstructionFileSuffix };
  const recorded = recordedInstructionVersion(metadata);
  if (recorded !== undefined && (await isThere(s3, input, { ...file, versionId: recorded }, signal))) {
    return { ...file, versionId: recorded };
  }
  if (!(await isThere(s3, input, file, signal))) {
    if (classify(metadata) === 'none') return undefined;
    throw new SealdropError('INSTRUCTION_FILE_MISSING', 'the object to copy has no instruction file');
  }
  if (versionId === undefined) return file;
  throw new SealdropError('COPY_UNSUPPORTED', 'which instruction file belongs to that version was not noted');
}

/**
 * Copies an instruction file beside the object that will be copied.
 *
 * @param input - the request for the object
 * @returns the version of the copy, where the bucket has versions
 * @throws {@link SealdropError} BUCKET_NOT_VERSIONED, OBJECT_KEY_TOO_LONG; and what the client throws.
 */
export async function copyInstructionFile(
  s3: S3Client,
  input: CopyObjectCommandInput,
  file: CopySource,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const [path = ''] = (input.CopySource ?? '').split('?');
  const version = file.versionId === undefined ? '' : `?versionId=${encodeURIComponent(file.versionId)}`;
  const shared = Object.entries(input).filter(([name]) => !isOfTheObject(name));
  const request = {
    ...(Object.fromEntries(shared) as CopyObjectCommandInput),
    Key: instructionFileKey(input.Key ?? ''),
    CopySource: path + defaultInstructionFileSuffix + version,
  };
  const write = (condition: object): Promise<CopyObjectCommandOutput> =>
    s3.send(new CopyObjectCommand({ ...request, ...condition }), requestOptions(signal));
  return writeInstructionFile(s3, request, write, signal);
}

async function isThere(
  s3: S3Client,
  input: CopyObjectCommandInput,
  file: CopySource,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  try {
    await headSource(s3, { ...input, ...noConditions }, file, signal);
    return true;
  } catch (error) {
    const { code } = toS3Error(error, 's3:GetObject', file);
    // A key too long for a file, too, answers that there is none.
    if (code === 'OBJECT_NOT_FOUND' || code === 'OBJECT_KEY_TOO_LONG') return false;
    throw error;
  }
}

/** The caller's conditions are on the object. */
const noConditions = {
  CopySourceIfMatch: undefined,
  CopySourceIfModifiedSince: undefined,
  CopySourceIfNoneMatch: undefined,
  CopySourceIfUnmodifiedSince: undefined,
};

/** What a request says of the object, and not of the file beside it. */
function isOfTheObject(name: string): boolean {
  const names = [
    'CacheControl',
    'ContentDisposition',
    'ContentEncoding',
    'ContentLanguage',
    'ContentType',
    'Expires',
    'IfMatch',
    'IfNoneMatch',
    'Metadata',
    'MetadataDirective',
    'StorageClass',
    'Tagging',
    'TaggingDirective',
    'WebsiteRedirectLocation',
  ];
  return names.includes(name) || name.startsWith('CopySourceIf') || name.startsWith('ObjectLock');
}
