import {
  CopyObjectCommand,
  RenameObjectCommand,
  type CopyObjectCommandInput,
  type CopyObjectCommandOutput,
  type RenameObjectCommandInput,
  type RenameObjectCommandOutput,
} from '@aws-sdk/client-s3';
import { classify, envelopeNames, SealdropError, type Metadata } from '../../envelope/index.ts';
import { assertMetadataFits, assertNoReservedEntries } from '../../operations/metadata-limits.ts';
import { recordPrefix, withInstructionVersion } from '../../operations/records.ts';
import { assertNoInstructionFileKey } from '../../operations/sealed-key.ts';
import { contentHeaders, headerFields } from '../object-headers.ts';
import { copyInstructionFile, findInstructionFile } from './copy-instruction-file.ts';
import { headSource, parseCopySource } from './copy-source.ts';
import type { EncryptionSettings } from './settings.ts';
import { requestOptions } from '../request-options.ts';

/**
 * Copies an object inside S3. A sealed object stays sealed: its envelope travels along even where the copy
 * gets new metadata, and so does its instruction file. What could not be opened in its new place is refused.
 *
 * @throws {@link SealdropError} COPY_UNSUPPORTED, REQUEST_UNSUPPORTED, RESERVED_NAME, RESERVED_METADATA,
 *   METADATA_TOO_LARGE, INSTRUCTION_FILE_MISSING, BUCKET_NOT_VERSIONED; and what the client throws.
 */
export async function copyObject(
  settings: EncryptionSettings,
  input: CopyObjectCommandInput,
  signal: AbortSignal | undefined,
): Promise<CopyObjectCommandOutput> {
  const copy = (request: CopyObjectCommandInput): Promise<CopyObjectCommandOutput> =>
    settings.s3.send(new CopyObjectCommand(request), requestOptions(signal));
  const replaces = input.MetadataDirective === 'REPLACE';
  const source = parseCopySource(input.CopySource ?? '');
  const isOntoItself =
    source.bucket === input.Bucket && source.key === input.Key && source.versionId === undefined;
  assertNoInstructionFileKey(input.Key ?? '');
  if (isOntoItself && !replaces) return copy(input);

  const head = await headSource(settings.s3, input, source, signal);
  const metadata = head.Metadata ?? {};
  const file = await findInstructionFile(settings.s3, input, source, metadata, signal);
  if (classify(metadata) === 'none' && file === undefined) return copy(input);
  if (source.key !== input.Key) assertOpensElsewhere(settings);

  // What was looked at is what is copied.
  const pinned = { ...input, CopySourceIfMatch: head.ETag };
  const own = replaces ? ownMetadata(input) : metadata;
  if (file !== undefined && !isOntoItself) {
    fitting({ ...own, ...sealedEntries(metadata) });
    const versionId = await copyInstructionFile(settings.s3, input, file, signal);
    // To record the file's version is to replace the metadata, and with it the content headers.
    const { WebsiteRedirectLocation, ...headers } = replaces ? {} : headerFields(contentHeaders(head));
    const kept = withInstructionVersion({ ...own, ...sealedEntries(metadata) }, versionId);
    return copy({ ...pinned, ...headers, MetadataDirective: 'REPLACE', Metadata: fitting(kept) });
  }
  return copy(replaces ? { ...pinned, Metadata: fitting({ ...own, ...sealedEntries(metadata) }) } : pinned);
}

/**
 * Renames an object, where S3 does that: in a directory bucket.
 *
 * @throws {@link SealdropError} COPY_UNSUPPORTED; and what the client throws.
 */
export async function renameObject(
  settings: EncryptionSettings,
  input: RenameObjectCommandInput,
  signal: AbortSignal | undefined,
): Promise<RenameObjectCommandOutput> {
  assertOpensElsewhere(settings);
  const options = requestOptions(signal);
  return settings.s3.send(new RenameObjectCommand(input), options);
}

/** An object of a vault may be bound to its own key; no other context can know where an object is. */
function assertOpensElsewhere({ vault }: EncryptionSettings): void {
  if (vault?.binding !== 'object') return;
  throw new SealdropError(
    'COPY_UNSUPPORTED',
    'the object is bound to its key and would not open under another',
  );
}

function ownMetadata({ Metadata: own = {} }: CopyObjectCommandInput): Metadata {
  assertNoReservedEntries(own);
  return own;
}

function sealedEntries(metadata: Metadata): Metadata {
  return Object.fromEntries(
    Object.entries(metadata).filter(
      ([name]) => envelopeNames.includes(name) || name.startsWith(recordPrefix),
    ),
  );
}

function fitting(metadata: Metadata): Record<string, string> {
  assertMetadataFits(metadata);
  return { ...metadata };
}
