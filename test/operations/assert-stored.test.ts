import { expect, test } from '@jest/globals';
import type { StoredObject } from '../../operations/object-store.ts';
import { assertStored } from '../../operations/assert-stored.ts';
import type { SentObject } from '../../operations/seal-content.ts';
import { failureOf } from '../support/bytes.ts';

const address = { bucket: 'sealed', key: 'a.txt' };
const sent: SentObject = {
  sealed: address,
  lengthBytes: 21,
  contentLengthBytes: 5,
  crc32: 'AAAAAA==',
  metadata: { title: 'x', 'x-amz-c': '115' },
};
const stored: StoredObject = { address, etag: '"abc"', headers: {}, ...sent };

test('what was sent is stored, whatever a store adds to its metadata', () => {
  assertStored(stored, sent);
  assertStored({ ...stored, metadata: { ...sent.metadata, more: 'y' } }, sent);
});

test.each([
  [{ lengthBytes: 20 }, ['length']],
  [{ crc32: 'AAAAAQ==' }, ['checksum']],
  [{ metadata: { title: 'x' } }, ['metadata']],
  [{ metadata: { ...sent.metadata, title: 'y' } }, ['metadata']],
  [{ lengthBytes: 0, crc32: '', metadata: {} }, ['length', 'checksum', 'metadata']],
])('what differs is told: %j', async (difference, differing) => {
  const failure = await failureOf(() => {
    assertStored({ ...stored, ...difference }, sent);
  });
  expect(failure.code).toBe('VERIFICATION_FAILED');
  expect(failure.fields).toEqual({ differing });
});

test('a checksum that the store does not tell is not taken on trust', async () => {
  const { crc32: _crc32, ...untold } = stored;
  const failure = await failureOf(() => {
    assertStored(untold, sent);
  });
  expect(failure.fields).toEqual({ differing: ['checksum'] });
});
