import { expect, test } from '@jest/globals';
import { isShareSuffix } from '../../infra/share-suffix.ts';
import { isShareSuffix as isShareSuffixOfTheCommand } from '../../operations/share-suffix.ts';

test.each([
  ...['.partner', '.p', '.Acme-2026_b', `.${'x'.repeat(64)}`, `.${'x'.repeat(65)}`, '.a\n'],
  ...['', '.', 'partner', '.a.b', '.*', '.?', '.instruction', '.Instruction', '${aws:username}', '.${a}'],
])('what may be a suffix in a policy may be one in the command: "%s"', (suffix) => {
  expect(isShareSuffix(suffix)).toBe(isShareSuffixOfTheCommand(suffix));
});

test('a suffix stands for itself alone', () => {
  expect(isShareSuffix('.partner')).toBe(true);
  expect(['.*', '.instruction', '.${a}', '.?'].filter(isShareSuffix)).toEqual([]);
});
