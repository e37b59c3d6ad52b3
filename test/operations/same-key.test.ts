import { expect, test } from '@jest/globals';
import { isSameKey } from '../../operations/same-key.ts';

const primary = 'arn:aws:kms:eu-west-1:111122223333:key/mrk-1';

test.each([
  ['itself', primary, true],
  ['its replica', 'arn:aws:kms:eu-central-1:111122223333:key/mrk-1', true],
  ['another multi-Region key', 'arn:aws:kms:eu-west-1:111122223333:key/mrk-2', false],
  ['a key of that id in another account', 'arn:aws:kms:eu-west-1:444455556666:key/mrk-1', false],
  ['a key of that id in another partition', 'arn:aws-cn:kms:eu-west-1:111122223333:key/mrk-1', false],
  ['an alias of that name', 'arn:aws:kms:eu-west-1:111122223333:alias/mrk-1', false],
])('a multi-Region key and %s: %s', (_, other, isSame) => {
  expect(isSameKey(primary, other)).toBe(isSame);
  expect(isSameKey(other, primary)).toBe(isSame);
});

test('a single-Region key is in its Region alone', () => {
  const single = 'arn:aws:kms:eu-west-1:111122223333:key/1';
  expect(isSameKey(single, single)).toBe(true);
  expect(isSameKey(single, single.replace('eu-west-1', 'eu-central-1'))).toBe(false);
});
