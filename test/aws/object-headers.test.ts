import type { HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import { describe, expect, test } from '@jest/globals';
import { headerFields, storedObject } from '../../aws/object-headers.ts';
import { thrownBy } from '../support/bytes.ts';

const address = { bucket: 'b', key: 'k' };
const head: HeadObjectCommandOutput = {
  $metadata: {},
  ETag: '"abc"',
  ContentLength: 42,
  Metadata: { title: 'x' },
  VersionId: 'v1',
  ContentType: 'text/csv',
  CacheControl: 'no-store',
  ContentDisposition: 'attachment',
  ContentEncoding: 'gzip',
  ContentLanguage: 'de',
  ExpiresString: 'Thu, 01 Jan 2032 00:00:00 GMT',
  WebsiteRedirectLocation: '/elsewhere',
  ChecksumType: 'FULL_OBJECT',
  ChecksumCRC32: 'AAAAAA==',
  LastModified: new Date('2026-01-02T03:04:05Z'),
  TagCount: 2,
  StorageClass: 'STANDARD_IA',
  ServerSideEncryption: 'aws:kms',
  SSEKMSKeyId: 'arn:aws:kms:key',
};

describe('what a HEAD tells', () => {
  test('is put in the words of the port', () => {
    expect(storedObject(address, head)).toEqual({
      address: { ...address, versionId: 'v1' },
      etag: '"abc"',
      lengthBytes: 42,
      metadata: { title: 'x' },
      headers: {
        contentType: 'text/csv',
        cacheControl: 'no-store',
        contentDisposition: 'attachment',
        contentEncoding: 'gzip',
        contentLanguage: 'de',
        expires: 'Thu, 01 Jan 2032 00:00:00 GMT',
        websiteRedirectLocation: '/elsewhere',
      },
      crc32: 'AAAAAA==',
      checksum: { algorithm: 'CRC32', value: 'AAAAAA==', isOfWhole: true },
      lastModified: new Date('2026-01-02T03:04:05Z'),
      tagCount: 2,
      storageClass: 'STANDARD_IA',
      serverSideEncryption: 'aws:kms',
      kmsKeyId: 'arn:aws:kms:key',
    });
  });

  test('of an unversioned object has no version, and no field that is undefined', () => {
    const object = storedObject(address, { $metadata: {}, ETag: '"abc"', ContentLength: 0 });
    const names = ['address', 'etag', 'headers', 'lengthBytes', 'metadata', 'tagCount'];
    expect(Object.keys(object).sort()).toEqual(names);
    expect(object.address).toEqual(address);
  });

  test('of an object without tags is that it has none, which S3 does not say', () => {
    expect(storedObject(address, { ...head, TagCount: undefined }).tagCount).toBe(0);
  });

  test('keeps the version that was asked for', () => {
    const asked = { ...address, versionId: 'v7' };
    expect(storedObject(asked, { ...head, VersionId: undefined }).address).toEqual(asked);
  });

  test('has no checksum where it is one of parts: it says nothing about the whole', () => {
    expect(storedObject(address, { ...head, ChecksumType: 'COMPOSITE' }).crc32).toBeUndefined();
    expect(storedObject(address, { ...head, ChecksumType: undefined }).crc32).toBeUndefined();
  });

  test.each(['ETag', 'ContentLength'])(
    'is refused where it lacks %s, which all conditions need',
    async (field) => {
      // Without it a write or a read would no longer be pinned to anything.
      await expect(
        thrownBy(() => storedObject(address, { ...head, [field]: undefined })),
      ).resolves.toMatchObject({ name: 'SealdropError' });
    },
  );
});

describe('the checksum of an object', () => {
  const { ChecksumCRC32: _crc32, ...unsummed } = head;

  test.each([
    ['CRC64NVME', 'FULL_OBJECT', true],
    ['CRC32C', 'FULL_OBJECT', true],
    ['CRC32', 'COMPOSITE', false],
    ['SHA256', 'COMPOSITE', false],
    ['SHA256', 'FULL_OBJECT', true],
    ['SHA1', undefined, false],
  ] as const)('%s of the type %s is of the whole: %s', (algorithm, ChecksumType, isOfWhole) => {
    const told = { ...unsummed, [`Checksum${algorithm}`]: 'sum', ChecksumType };
    expect(storedObject(address, told).checksum).toEqual({ algorithm, value: 'sum', isOfWhole });
  });

  test('is the strongest of several', () => {
    const told = { ...head, ChecksumSHA1: 'weak', ChecksumCRC64NVME: 'strong' };
    expect(storedObject(address, told).checksum).toMatchObject({ algorithm: 'CRC64NVME', value: 'strong' });
  });

  test('is none where none is told', () => {
    expect(storedObject(address, unsummed)).not.toHaveProperty('checksum');
  });
});

describe('an object is archived', () => {
  test.each<[Partial<HeadObjectCommandOutput>, boolean]>([
    [{ StorageClass: 'GLACIER' }, true],
    [{ StorageClass: 'DEEP_ARCHIVE' }, true],
    [{ StorageClass: 'GLACIER', Restore: 'ongoing-request="true"' }, true],
    [{ StorageClass: 'GLACIER', Restore: 'ongoing-request="false", expiry-date="Fri, 1 Jan 2032"' }, true],
    [{ StorageClass: 'DEEP_ARCHIVE', Restore: 'ongoing-request="false", expiry-date="x"' }, true],
    [{ StorageClass: 'INTELLIGENT_TIERING', ArchiveStatus: 'ARCHIVE_ACCESS' }, true],
    [{ StorageClass: 'INTELLIGENT_TIERING', ArchiveStatus: 'DEEP_ARCHIVE_ACCESS' }, true],
    [{ StorageClass: 'INTELLIGENT_TIERING' }, false],
    [{ StorageClass: 'GLACIER_IR' }, false],
    [{ StorageClass: undefined }, false],
  ])('where S3 tells %j: %s', (told, expected) => {
    expect(storedObject(address, { ...head, ...told }).isArchived).toBe(expected ? true : undefined);
  });
});

describe('the lock of an object', () => {
  const until = new Date('2030-01-01');

  test('is its retention and its legal hold', () => {
    const lock = { ObjectLockMode: 'COMPLIANCE', ObjectLockRetainUntilDate: until } as const;
    const told = { ...head, ...lock, ObjectLockLegalHoldStatus: 'ON' as const };
    expect(storedObject(address, told)).toMatchObject({
      retention: { mode: 'COMPLIANCE', until },
      legalHold: true,
    });
  });

  test.each<Partial<HeadObjectCommandOutput>>([
    {},
    { ObjectLockMode: 'GOVERNANCE' },
    { ObjectLockRetainUntilDate: until },
    { ObjectLockLegalHoldStatus: 'OFF' },
  ])('is none where S3 tells %j', (told) => {
    const names = Object.keys(storedObject(address, { ...head, ...told }));
    expect(names.filter((name) => name === 'retention' || name === 'legalHold')).toEqual([]);
  });
});

test.each([
  [undefined, undefined],
  [2, 2],
])('metadata that S3 cannot show is counted: %s', (MissingMeta, hiddenEntries) => {
  expect(storedObject(address, { ...head, MissingMeta }).hiddenEntries).toBe(hiddenEntries);
});

test.each([true, false])('whether a bucket key is used is told as it is: %s', (BucketKeyEnabled) => {
  expect(storedObject(address, { ...head, BucketKeyEnabled }).bucketKeyEnabled).toBe(BucketKeyEnabled);
});

describe('the headers of a written object', () => {
  test('are the ones that were read', () => {
    expect(headerFields(storedObject(address, head).headers)).toEqual({
      ContentType: 'text/csv',
      CacheControl: 'no-store',
      ContentDisposition: 'attachment',
      ContentEncoding: 'gzip',
      ContentLanguage: 'de',
      Expires: new Date('2032-01-01T00:00:00Z'),
      WebsiteRedirectLocation: '/elsewhere',
    });
  });

  test('are none where none were read', () => {
    expect(headerFields({})).toEqual({});
  });

  test.each(['0', '-1', 'never'])('leave out an expiry that is no date: %s', (expires) => {
    const { Expires } = headerFields({ expires });
    expect(Expires === undefined || !Number.isNaN(Expires.getTime())).toBe(true);
  });
});
