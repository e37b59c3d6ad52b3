import { Tags, type App } from 'aws-cdk-lib';
import type { Environment } from './environments.ts';
import { TrailStack } from './trail-stack.ts';
import { VaultStack } from './vault-stack.ts';

/** The stacks of one environment. */
export interface Stacks {
  readonly vault: VaultStack;
  readonly trail: TrailStack;
}

/** Adds an environment's stacks to an app. Every name carries the environment's, so that none clash. */
export function addStacks(app: App, environment: Environment): Stacks {
  const shared = {
    environment,
    terminationProtection: environment.production,
    env: {
      ...(environment.account === undefined ? {} : { account: environment.account }),
      ...(environment.region === undefined ? {} : { region: environment.region }),
    },
  };
  const vault = new VaultStack(app, `Sealdrop-${environment.name}-Vault`, {
    ...shared,
    description: `Sealdrop vault ${environment.vaultId}: intake, sealing, rewrapping`,
  });
  const trail = new TrailStack(app, `Sealdrop-${environment.name}-Trail`, {
    ...shared,
    description: `Sealdrop vault ${environment.vaultId}: audit trail`,
    watchedBuckets: [vault.vault.intake, vault.vault.sealed, vault.vault.reports],
  });
  for (const stack of [vault, trail]) Tags.of(stack).add('sealdrop:environment', environment.name);
  return { vault, trail };
}
