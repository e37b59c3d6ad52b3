import fc from 'fast-check';
import { expect, test } from '@jest/globals';
import { parseCopySource } from '../../../aws/encryption/copy-source.ts';
import { failureOf } from '../../support/bytes.ts';

const accessPoint = 'arn:aws:s3:eu-west-1:111122223333:accesspoint/readers';
const outpost = 'arn:aws:s3-outposts:eu-west-1:111122223333:outpost/op-1/accesspoint/readers';

test.each([
  ['bucket/key', { bucket: 'bucket', key: 'key' }],
  ['/bucket/key', { bucket: 'bucket', key: 'key' }],
  ['bucket/a/b/c', { bucket: 'bucket', key: 'a/b/c' }],
  ['bucket//twice', { bucket: 'bucket', key: '/twice' }],
  ['bucket/ends/', { bucket: 'bucket', key: 'ends/' }],
  ['bucket%2Fkey', { bucket: 'bucket', key: 'key' }],
  ['bucket/with%20space%2Band%3Fmore', { bucket: 'bucket', key: 'with space+and?more' }],
  ['bucket/with+plus', { bucket: 'bucket', key: 'with+plus' }],
  ['bucket/gr%C3%BCn', { bucket: 'bucket', key: 'grün' }],
  ['bucket/key?versionId=v1', { bucket: 'bucket', key: 'key', versionId: 'v1' }],
  ['bucket/key?versionId=a%2Fb', { bucket: 'bucket', key: 'key', versionId: 'a/b' }],
  ['bucket/key?versionId=null', { bucket: 'bucket', key: 'key', versionId: 'null' }],
  [`${accessPoint}/object/a/b`, { bucket: accessPoint, key: 'a/b' }],
  [`${encodeURIComponent(accessPoint)}%2Fobject%2Fa%20b`, { bucket: accessPoint, key: 'a b' }],
  [`${accessPoint}/object/k?versionId=v1`, { bucket: accessPoint, key: 'k', versionId: 'v1' }],
  [`${outpost}/object/a/b`, { bucket: outpost, key: 'a/b' }],
  [
    `${encodeURIComponent(`${outpost}/object/a b`)}?versionId=v`,
    { bucket: outpost, key: 'a b', versionId: 'v' },
  ],
  [`${accessPoint}/object/a/object/b`, { bucket: accessPoint, key: 'a/object/b' }],
  ['bucket/a/object/b', { bucket: 'bucket', key: 'a/object/b' }],
  [`${accessPoint}/object/two%0Alines`, { bucket: accessPoint, key: 'two\nlines' }],
])('%s is read', (copySource, expected) => {
  expect(parseCopySource(copySource)).toEqual(expected);
});

test('every key that was encoded is found again', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), (key) => {
      expect(parseCopySource(`bucket/${encodeURIComponent(key)}`)).toEqual({ bucket: 'bucket', key });
      const byPath = key.split('/').map(encodeURIComponent).join('/');
      expect(parseCopySource(`/bucket/${byPath}?versionId=v`)).toEqual({
        bucket: 'bucket',
        key,
        versionId: 'v',
      });
    }),
  );
});

test.each([
  '',
  '/',
  'bucket',
  'bucket/',
  '/bucket',
  '?versionId=v',
  'bucket/%E0%A4%A',
  'bucket/k?versionId=%',
])('"%s" cannot be read', async (copySource) => {
  const error = await failureOf(() => parseCopySource(copySource));
  expect(error).toMatchObject({ code: 'REQUEST_UNSUPPORTED', fields: { parameter: 'CopySource' } });
});
