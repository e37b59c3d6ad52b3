import { describe, expect, test } from '@jest/globals';
import {
  assertMayOpen,
  commitmentPolicies,
  defaultCommitmentPolicy,
  suiteForSealing,
  type CommitmentPolicy,
} from '../../envelope/commitment-policy.ts';
import { cbcSuite, committingSuite, gcmSuite, type AlgorithmSuite } from '../../envelope/suite.ts';
import { failureOf } from '../support/bytes.ts';

const strict = 'REQUIRE_ENCRYPT_REQUIRE_DECRYPT';
const allowing = 'REQUIRE_ENCRYPT_ALLOW_DECRYPT';
const forbidding = 'FORBID_ENCRYPT_ALLOW_DECRYPT';

describe('the policies', () => {
  test('are three, the default first', () => {
    expect(commitmentPolicies).toEqual([strict, allowing, forbidding]);
    expect(defaultCommitmentPolicy).toBe(strict);
  });
});

describe('sealing', () => {
  test.each([
    [strict, undefined, committingSuite],
    [allowing, undefined, committingSuite],
    [forbidding, undefined, gcmSuite],
    [strict, committingSuite.name, committingSuite],
    [allowing, committingSuite.name, committingSuite],
    [forbidding, gcmSuite.name, gcmSuite],
  ] as [CommitmentPolicy, string | undefined, AlgorithmSuite][])(
    'under %s, asked for %s, takes the one suite that fits',
    (policy, name, suite) => {
      expect(suiteForSealing(policy, name)).toBe(suite);
    },
  );

  test.each([
    [strict, gcmSuite.name, `${strict} does not allow ${gcmSuite.name}`],
    [allowing, gcmSuite.name, `${allowing} does not allow ${gcmSuite.name}`],
    [forbidding, committingSuite.name, `${forbidding} does not allow ${committingSuite.name}`],
    [strict, cbcSuite.name, `${cbcSuite.name} is legacy: it is only read`],
    [allowing, cbcSuite.name, `${cbcSuite.name} is legacy: it is only read`],
    [forbidding, cbcSuite.name, `${cbcSuite.name} is legacy: it is only read`],
    [strict, 'AES', '"AES" is not an algorithm suite'],
    [forbidding, '', '"" is not an algorithm suite'],
    ['ALLOW', undefined, '"ALLOW" is not a commitment policy'],
    ['', committingSuite.name, '"" is not a commitment policy'],
  ])('under "%s" refuses "%s"', async (policy, name, message) => {
    const failure = await failureOf(() => suiteForSealing(policy as CommitmentPolicy, name));
    expect([failure.code, failure.message]).toEqual(['CONFIGURATION_INVALID', message]);
  });
});

describe('opening', () => {
  test.each([
    [strict, committingSuite],
    [allowing, committingSuite],
    [forbidding, committingSuite],
    [allowing, gcmSuite],
    [forbidding, gcmSuite],
    [allowing, cbcSuite],
    [forbidding, cbcSuite],
  ] as [CommitmentPolicy, AlgorithmSuite][])('under %s is allowed for $name', (policy, suite) => {
    expect(() => {
      assertMayOpen(policy, suite);
    }).not.toThrow();
  });

  test.each([gcmSuite, cbcSuite])('under the default is refused for $name', async (suite) => {
    const failure = await failureOf(() => {
      assertMayOpen(strict, suite);
    });
    expect(failure.code).toBe('COMMITMENT_REQUIRED');
    expect(failure.fields).toEqual({ policy: strict, suite: suite.name });
    expect(failure.message).toBe(`the object was sealed with ${suite.name}`);
  });

  test.each(['', 'ALLOW', 'require_encrypt_allow_decrypt'])(
    'under the unknown policy "%s" is refused: it allows nothing',
    async (policy) => {
      const failure = await failureOf(() => {
        assertMayOpen(policy as CommitmentPolicy, gcmSuite);
      });
      expect(failure.code).toBe('COMMITMENT_REQUIRED');
      expect(failure.fields).toMatchObject({ policy });
    },
  );
});
