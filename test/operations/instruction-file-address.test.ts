import { expect, test } from '@jest/globals';
import { instructionFileAddress } from '../../operations/instruction-file-address.ts';
import { failureOf } from '../support/bytes.ts';

const object = { bucket: 'bucket', key: 'a', versionId: 'of the object' };

test.each([
  [{}, { bucket: 'bucket', key: 'a.instruction' }],
  [{ suffix: '.keys' }, { bucket: 'bucket', key: 'a.keys' }],
  [{ versionId: 'v1' }, { bucket: 'bucket', key: 'a.instruction', versionId: 'v1' }],
])('an instruction file is beside its object, with a version of its own: %j', (choice, expected) => {
  expect(instructionFileAddress(object, choice)).toEqual(expected);
});

test('an instruction file is nowhere where the key has no room for it', async () => {
  const address = () => Promise.resolve(instructionFileAddress({ ...object, key: 'k'.repeat(1013) }));
  expect((await failureOf(async () => address())).code).toBe('OBJECT_KEY_TOO_LONG');
});
