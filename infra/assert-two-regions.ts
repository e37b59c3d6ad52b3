import { Stack, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { ConfigurationError } from './configuration-error.ts';

/**
 * Makes sure that two constructs are in stacks of one account and two Regions, all of which are known at synthesis.
 *
 * @throws {@link ConfigurationError}
 */
export function assertTwoRegions(one: IConstruct, other: IConstruct): void {
  const stacks = [Stack.of(one), Stack.of(other)] as const;
  if (stacks.some(({ account, region }) => Token.isUnresolved(account) || Token.isUnresolved(region))) {
    throw new ConfigurationError(
      'recovery in a second Region needs to know the account and both Regions',
      'give both stacks an env with an account and a Region',
    );
  }
  if (stacks[0].account !== stacks[1].account) {
    throw new ConfigurationError(
      `the replica is in the account ${stacks[1].account}, the vault in ${stacks[0].account}`,
      'put both into one account: the roles of the vault are its own',
    );
  }
  if (stacks[0].region !== stacks[1].region) return;
  throw new ConfigurationError(
    `the vault and its replica are both in ${stacks[0].region}`,
    'choose another Region for one of them: they would be lost together',
  );
}
