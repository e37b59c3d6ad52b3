import { expect, test } from '@jest/globals';
import { bindContext } from '../../envelope/index.ts';
import { contextOf } from '../../operations/vault.ts';

test.each(['object', 'vault', 'none'] as const)(
  'the context of a vault bound to %s is its binding with the extra pairs of the user',
  (binding) => {
    const vault = { vaultId: 'archive', binding, extraContext: { team: 'blue' } };
    const identity = { vaultId: 'archive', objectKey: 'a.txt' };
    expect(contextOf(vault, 'a.txt')).toEqual(bindContext(binding, identity, { team: 'blue' }));
  },
);

test('two keys of one vault have different contexts only where objects are bound', () => {
  const isSame = (binding: 'object' | 'vault' | 'none') => {
    const [a, b] = ['a', 'b'].map((key) => JSON.stringify(contextOf({ vaultId: 'v', binding }, key)));
    return a === b;
  };
  expect([isSame('object'), isSame('vault'), isSame('none')]).toEqual([false, true, true]);
});
