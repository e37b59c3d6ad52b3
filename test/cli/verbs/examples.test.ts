import { expect, test } from '@jest/globals';
import { examples } from '../../../cli/verbs/examples.ts';

test('examples are told with their purpose', () => {
  const told = examples([
    ['one file', 'sealdrop seal a b'],
    ['a tree', 'sealdrop seal a/ b/'],
  ]);
  expect(told).toBe('\nExamples:\n  # one file\n  sealdrop seal a b\n\n  # a tree\n  sealdrop seal a/ b/');
});
