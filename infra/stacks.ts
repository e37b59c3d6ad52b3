import { Tags, type App } from 'aws-cdk-lib';
import type { Environment } from './environments.ts';
import { RecoveryStack } from './recovery-stack.ts';
import { ReplicaStack } from './replica-stack.ts';
import { TrailStack } from './trail-stack.ts';
import { VaultStack } from './vault-stack.ts';

/** The stacks of one environment. */
export interface Stacks {
  readonly vault: VaultStack;
  readonly trail: TrailStack;
  /** Those in a second Region, where there is one. */
  readonly replica?: ReplicaStack;
  readonly recovery?: RecoveryStack;
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
  const { recovery: second } = environment;
  const replica =
    second &&
    new ReplicaStack(app, `Sealdrop-${environment.name}-Replica`, {
      ...{ ...shared, env: { ...shared.env, region: second.region } },
      description: `Sealdrop vault ${environment.vaultId}: replicas of sealed objects`,
    });
  const vault = new VaultStack(app, `Sealdrop-${environment.name}-Vault`, {
    ...shared,
    ...(replica === undefined ? {} : { replica: replica.replica }),
    description: `Sealdrop vault ${environment.vaultId}: intake, sealing, rewrapping`,
  });
  const trail = new TrailStack(app, `Sealdrop-${environment.name}-Trail`, {
    ...shared,
    description: `Sealdrop vault ${environment.vaultId}: audit trail`,
    watchedBuckets: [
      ...[vault.vault.intake, vault.vault.sealed, vault.vault.reports],
      ...(replica === undefined ? [] : [replica.replica.bucket]),
    ],
  });
  const recovery =
    second &&
    replica &&
    new RecoveryStack(app, `Sealdrop-${environment.name}-Recovery`, {
      ...{ ...shared, env: { ...shared.env, region: second.region }, settings: second },
      ...{ vault: vault.vault, replica: replica.replica },
      description: `Sealdrop vault ${environment.vaultId}: opening in a second Region, and the drill`,
    });
  const inSecond = replica === undefined || recovery === undefined ? {} : { replica, recovery };
  for (const stack of [vault, trail, ...Object.values(inSecond)]) {
    Tags.of(stack).add('sealdrop:environment', environment.name);
  }
  return { vault, trail, ...inSecond };
}
