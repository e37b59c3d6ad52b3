import { expect, test } from '@jest/globals';
import { table } from '../../cli/table.ts';

test.each([
  ['nothing', [], ''],
  ['a head', [['A', 'B']], 'A  B\n'],
  [
    'rows',
    [
      ['A', 'B', 'C'],
      ['long', '', 'c'],
      ['1', '22', ''],
    ],
    'A     B   C\nlong      c\n1     22\n',
  ],
  ['what others wrote', [['A'], ['\u001b[2J']], 'A\n\\u001b[2J\n'],
])('of %s', (_, rows, expected) => {
  expect(table(rows)).toBe(expected);
});
