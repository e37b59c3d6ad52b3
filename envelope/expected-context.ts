import { assertContextMatches, type EncryptionContext } from './encryption-context.ts';
import type { EncryptedDataKey } from './keyring.ts';
import { storedBeside } from './wrapping-algorithm.ts';

/**
 * Checks that a data key is wrapped under the expected context. The older KMS wrapping holds pairs of its writer's
 * own (a mail's id, say), which a reader cannot know; raw keys authenticate no context, so that an expected one can
 * never be met.
 *
 * @throws {@link SealdropError} CONTEXT_MISMATCH
 */
export function assertExpectedContext(
  { wrappingAlgorithm, context }: Pick<EncryptedDataKey, 'wrappingAlgorithm' | 'context'>,
  expected: EncryptionContext,
): void {
  const isContext = storedBeside(wrappingAlgorithm) === 'encryption-context';
  const mode = wrappingAlgorithm === 'kms' ? 'subset' : 'exact';
  assertContextMatches(isContext ? context : {}, expected, mode);
}
