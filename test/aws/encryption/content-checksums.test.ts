import { describe, expect, test } from '@jest/globals';
import { verifyChecksums, withoutChecksums } from '../../../aws/encryption/content-checksums.ts';
import { failureOf, gather, inChunks, patternBytes } from '../../support/bytes.ts';
import { checksumOf } from '../../support/fake-s3/checksums.ts';

/** The parameters, and the checksum of the ASCII digits 1 to 9 as it is published. */
const known: [parameter: string, algorithm: string, hex: string][] = [
  ['ContentMD5', 'md5', '25f9e794323b453885f5181f1b624d0b'],
  ['ChecksumMD5', 'md5', '25f9e794323b453885f5181f1b624d0b'],
  ['ChecksumSHA1', 'sha1', 'f7c3bc1d808e04732adf679965ccc34ca7ae3441'],
  ['ChecksumSHA256', 'sha256', '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225'],
  [
    'ChecksumSHA512',
    'sha512',
    'd9e6762dd1c8eaf6d61b3c6192fc408d4d6d5f1176d0c29169bc24e71c3f274ad27fcd5811b313d681f7e55ec02d73d499c95455b6b5bb503acf574fba8ffe85',
  ],
  ['ChecksumCRC32', 'crc32', 'cbf43926'],
  ['ChecksumCRC32C', 'crc32c', 'e3069283'],
  ['ChecksumCRC64NVME', 'crc64nvme', 'ae8b14860a799888'],
];

const digits = Buffer.from('123456789');

describe.each(known)('%s', (parameter, algorithm, hex) => {
  const value = Buffer.from(hex, 'hex').toString('base64');

  test('is that of the content', async () => {
    expect(await gather(verifyChecksums(inChunks(digits, 2, 5), { [parameter]: value }))).toEqual(digits);
    const nothing = await checksumOf(algorithm, Buffer.alloc(0));
    expect(await gather(verifyChecksums(inChunks(Buffer.alloc(0)), { [parameter]: nothing }))).toHaveLength(
      0,
    );
  });

  test('of another content, or cut off, is refused when all of it has passed', async () => {
    const content = patternBytes(50);
    for (const stated of [value, '', value.slice(0, 4)]) {
      const seen: Uint8Array[] = [];
      const error = await failureOf(async () => {
        for await (const chunk of verifyChecksums(inChunks(content, 20), { [parameter]: stated })) {
          seen.push(chunk);
        }
      });
      expect(error).toMatchObject({ code: 'CHECKSUM_MISMATCH', fields: { parameter } });
      expect(Buffer.concat(seen)).toEqual(content);
    }
  });
});

test('every checksum that is stated is compared', async () => {
  const right = await checksumOf('crc32', digits);
  const wrong = await checksumOf('sha256', Buffer.from('other'));
  const error = await failureOf(() =>
    gather(verifyChecksums(inChunks(digits), { ChecksumCRC32: right, ChecksumSHA256: wrong })),
  );
  expect(error.fields).toEqual({ parameter: 'ChecksumSHA256' });
});

test('without a checksum the content is handed on as it is', () => {
  const chunks = inChunks(digits);
  expect(verifyChecksums(chunks, { Key: 'k', ContentMD5: undefined })).toBe(chunks);
  expect(
    verifyChecksums(chunks, {
      ChecksumAlgorithm: 'SHA256',
      ChecksumType: 'COMPOSITE',
      ChecksumMode: 'ENABLED',
    }),
  ).toBe(chunks);
});

test.each(['ChecksumXXHASH64', 'ChecksumXXHASH3', 'ChecksumOfTheFuture'])(
  '%s cannot be computed, and is refused before the content is read',
  async (parameter) => {
    const error = await failureOf(() => verifyChecksums(inChunks(digits), { [parameter]: 'AAAA' }));
    expect(error).toMatchObject({ code: 'REQUEST_UNSUPPORTED', fields: { parameter } });
  },
);

test('the fields without their checksums keep the settings', () => {
  const settings = {
    ChecksumAlgorithm: 'CRC32',
    ChecksumMode: 'ENABLED',
    ChecksumType: 'FULL_OBJECT',
    Key: 'k',
  };
  const checksums = Object.fromEntries(known.map(([parameter]) => [parameter, 'AAAA']));
  expect(withoutChecksums({ ...settings, ...checksums, ChecksumXXHASH128: 'AAAA' })).toEqual(settings);
});
