import { expect, test } from '@jest/globals';
import { addressOf } from '../../operations/address-of.ts';

const place = { bucket: 'bucket', key: 'a' };

test('an address is of the current version where none is told', () => {
  expect(Object.keys(addressOf({ ...place, versionId: undefined }))).toEqual(['bucket', 'key']);
  expect(addressOf(place)).toEqual(place);
});

test('an address is of the version that is told, and holds nothing else', () => {
  const told = { ...place, versionId: 'v1', sequencer: '00' };
  expect(addressOf(told)).toEqual({ ...place, versionId: 'v1' });
});
