import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Metadata } from '../../envelope/index.ts';
import type {
  ContentHeaders,
  KeptSettings,
  ObjectAddress,
  StoredObject,
  Tags,
} from '../../operations/object-store.ts';

/** One version in the store; a delete marker has no content. */
export interface Version {
  readonly versionId: string | undefined;
  readonly content: Buffer | undefined;
  readonly metadata: Metadata;
  readonly headers: ContentHeaders;
  readonly modified: Date | undefined;
  readonly facts: StoredFacts;
  tags: Tags;
}

/** What is told of an object as it was put. */
export type StoredFacts = KeptSettings & Pick<StoredObject, 'isArchived' | 'hiddenEntries'>;

/** What a copy or a write is told of how it is to be kept. */
export function settingsOf(settings: KeptSettings): KeptSettings {
  const names = [
    'storageClass',
    'serverSideEncryption',
    'kmsKeyId',
    'bucketKeyEnabled',
    'retention',
    'legalHold',
  ];
  return Object.fromEntries(Object.entries(settings).filter(([name]) => names.includes(name)));
}

export function describe(
  address: ObjectAddress,
  { versionId, content, metadata, headers, facts }: Version,
): StoredObject {
  const bytes = content ?? Buffer.alloc(0);
  const { bucket, key } = address;
  return {
    address: versionId === undefined ? { bucket, key } : { bucket, key, versionId },
    etag: etagOf(bytes),
    lengthBytes: bytes.length,
    metadata,
    headers,
    crc32: checksumOf(bytes),
    ...facts,
  };
}

/** As S3 has it: big-endian, in base64. */
export function checksumOf(content: Buffer): string {
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(content));
  return checksum.toString('base64');
}

/** As S3's: of the content alone, so that it does not change when only the metadata does. */
export function etagOf(content: Buffer): string {
  return `"${createHash('md5').update(content).digest('hex')}"`;
}
