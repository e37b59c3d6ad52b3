import {
  PutObjectCommand,
  type CreateMultipartUploadCommandInput,
  type PutObjectCommandInput,
  type PutObjectCommandOutput,
} from '@aws-sdk/client-s3';
import {
  encodeInstructionFile,
  INSTRUCTION_FILE_MARK,
  splitEnvelope,
  startSeal,
  type ContentEncryptor,
  type Metadata,
} from '../../envelope/index.ts';
import { assertMetadataFits, assertNoReservedEntries } from '../../operations/metadata-limits.ts';
import { instructionVersionEntry, replacedVersionEntry, wrappingEntries } from '../../operations/records.ts';
import { assertNoInstructionFileKey, instructionFileKey } from '../../operations/sealed-key.ts';
import { writeInstructionFile } from './instruction-file-guard.ts';
import type { EncryptionSettings } from './settings.ts';
import { requestOptions } from '../request-options.ts';

/** What creates an object, whether in one request or in parts. */
export type CreatingInput = PutObjectCommandInput | CreateMultipartUploadCommandInput;

/** A seal that was started, and everything that its object's metadata takes. */
export interface StartedObject {
  readonly encryptor: ContentEncryptor;
  readonly metadata: Metadata;
}

/** What a request tells of its instruction file, too: who may read it, and how S3 keeps it. */
const sharedWithInstructionFile = [
  'ACL',
  'BucketKeyEnabled',
  'ExpectedBucketOwner',
  'GrantFullControl',
  'GrantRead',
  'GrantReadACP',
  'GrantWriteACP',
  'RequestPayer',
  'SSECustomerAlgorithm',
  'SSECustomerKey',
  'SSECustomerKeyMD5',
  'SSEKMSEncryptionContext',
  'SSEKMSKeyId',
  'ServerSideEncryption',
] as const;

/**
 * Starts to seal the object of a request. With instruction files, the file is written first: an object whose
 * file is not there yet could not be opened.
 *
 * @throws {@link SealdropError} RESERVED_NAME, RESERVED_METADATA, METADATA_TOO_LARGE, OBJECT_KEY_TOO_LONG,
 *   BUCKET_NOT_VERSIONED, CONTEXT_INVALID, and what the keyring and the client throw.
 */
export async function startObject(
  settings: EncryptionSettings,
  input: CreatingInput,
  signal: AbortSignal | undefined,
  contentLengthBytes?: number,
): Promise<StartedObject> {
  const { keyring, suite, vault, metadataStrategy } = settings;
  const key = input.Key ?? '';
  const own = input.Metadata ?? {};
  assertNoInstructionFileKey(key);
  assertNoReservedEntries(own);
  const fileKey = metadataStrategy === 'instruction-file' ? instructionFileKey(key) : undefined;
  const { encryptor, metadata, wrapping } = await startSeal(keyring, settings.contextFor(key), {
    suite,
    contentLengthBytes,
    signal,
  });
  // The records serve the rotation of a vault; other objects carry the format alone.
  const records = vault === undefined ? {} : wrappingEntries(wrapping);
  if (fileKey === undefined) return fitting(encryptor, { ...own, ...records, ...metadata });

  const { object, instructionFile } = splitEnvelope(metadata);
  fitting(encryptor, { ...own, ...records, ...object });
  const versionId = await putInstructionFile(settings, input, fileKey, instructionFile, signal);
  return fitting(encryptor, { ...own, ...records, ...object, ...instructionVersionEntry(versionId) });
}

function fitting(encryptor: ContentEncryptor, metadata: Metadata): StartedObject {
  assertMetadataFits(metadata);
  return { encryptor, metadata };
}

async function putInstructionFile(
  { s3 }: EncryptionSettings,
  input: CreatingInput,
  fileKey: string,
  instructionFile: Metadata,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const request = {
    ...Object.fromEntries(sharedWithInstructionFile.map((name) => [name, input[name]])),
    Bucket: input.Bucket,
    Key: fileKey,
    Body: encodeInstructionFile(instructionFile),
    ContentType: 'application/json',
  };
  const write = (condition: object, replacedVersion?: string): Promise<PutObjectCommandOutput> => {
    const Metadata = { [INSTRUCTION_FILE_MARK]: '', ...replacedVersionEntry(replacedVersion) };
    return s3.send(new PutObjectCommand({ ...request, Metadata, ...condition }), requestOptions(signal));
  };
  return writeInstructionFile(s3, request, write, signal);
}
