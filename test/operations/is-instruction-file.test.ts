import { describe, expect, test } from '@jest/globals';
import { SealdropError } from '../../envelope/index.ts';
import {
  assertNoInstructionFile,
  isInstructionFile,
  tellsOfInstructionFile,
} from '../../operations/is-instruction-file.ts';
import { failureOf } from '../support/bytes.ts';

const mark = { 'x-amz-crypto-instr-file': '' };

describe('metadata', () => {
  test.each([
    [true, mark],
    [true, { ...mark, title: 'x' }],
    [false, {}],
    [false, { title: 'x' }],
    // Anybody may mark an object.
    [false, { ...mark, 'x-amz-c': '115' }],
    [false, { ...mark, 'x-amz-key-v2': '' }],
  ])('is that of an instruction file (%p): %j', async (expected, metadata) => {
    expect(isInstructionFile(metadata)).toBe(expected);
    const checking = () => {
      assertNoInstructionFile(metadata);
    };
    if (expected) expect(tellsOfInstructionFile(await failureOf(checking))).toBe(true);
    else expect(checking).not.toThrow();
  });
});

test.each([new SealdropError('NOT_SEALED', 'x'), new Error('x'), undefined])(
  'another error tells of no instruction file: %p',
  (error) => {
    expect(tellsOfInstructionFile(error)).toBe(false);
  },
);
