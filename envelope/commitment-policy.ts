import { SealdropError } from './errors.ts';
import { cbcSuite, committingSuite, gcmSuite, type AlgorithmSuite } from './suite.ts';

/**
 * Whether objects must commit to their data key when they are sealed, and when they are opened.
 *
 * Spec: key-commitment.md#commitment-policy
 */
export type CommitmentPolicy =
  'REQUIRE_ENCRYPT_REQUIRE_DECRYPT' | 'REQUIRE_ENCRYPT_ALLOW_DECRYPT' | 'FORBID_ENCRYPT_ALLOW_DECRYPT';

/** Every policy, the default first. */
export const commitmentPolicies: readonly CommitmentPolicy[] = [
  'REQUIRE_ENCRYPT_REQUIRE_DECRYPT',
  'REQUIRE_ENCRYPT_ALLOW_DECRYPT',
  'FORBID_ENCRYPT_ALLOW_DECRYPT',
];

/** The policy that holds where none was chosen. */
export const defaultCommitmentPolicy: CommitmentPolicy = 'REQUIRE_ENCRYPT_REQUIRE_DECRYPT';

const allowingPolicies: readonly CommitmentPolicy[] = [
  'REQUIRE_ENCRYPT_ALLOW_DECRYPT',
  'FORBID_ENCRYPT_ALLOW_DECRYPT',
];

const suites = [committingSuite, gcmSuite, cbcSuite];

/**
 * The suite that objects are sealed with.
 *
 * @param suiteName - a suite of the caller's choice; without one, the suite that the policy asks for
 * @throws {@link SealdropError} CONFIGURATION_INVALID for an unknown policy or suite, a legacy suite, and one
 *   that the policy forbids.
 */
export function suiteForSealing(policy: CommitmentPolicy, suiteName?: string): AlgorithmSuite {
  if (!commitmentPolicies.includes(policy)) throw invalid(`"${policy}" is not a commitment policy`);
  const mustCommit = policy !== 'FORBID_ENCRYPT_ALLOW_DECRYPT';
  if (suiteName === undefined) return mustCommit ? committingSuite : gcmSuite;
  const suite = suites.find(({ name }) => name === suiteName);
  if (suite === undefined) throw invalid(`"${suiteName}" is not an algorithm suite`);
  if (suite.isLegacy) throw invalid(`${suite.name} is legacy: it is only read`);
  if (suite.isCommitting !== mustCommit) throw invalid(`${policy} does not allow ${suite.name}`);
  return suite;
}

/**
 * Checks that a policy lets an object of this suite be opened.
 *
 * Spec: decryption.md#key-commitment
 *
 * @throws {@link SealdropError} COMMITMENT_REQUIRED
 */
export function assertMayOpen(policy: CommitmentPolicy, suite: AlgorithmSuite): void {
  // An unknown policy, which only a caller without types can name, allows nothing.
  if (suite.isCommitting || allowingPolicies.includes(policy)) return;
  throw new SealdropError('COMMITMENT_REQUIRED', `the object was sealed with ${suite.name}`, {
    fields: { policy, suite: suite.name },
  });
}

function invalid(message: string): SealdropError {
  return new SealdropError('CONFIGURATION_INVALID', message);
}
