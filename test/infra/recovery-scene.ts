import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { SealedVault } from '../../infra/sealed-vault.ts';
import type { SealedVaultProps } from '../../infra/sealed-vault-props.ts';
import { RecoveryVault, type RecoveryVaultProps } from '../../infra/recovery-vault.ts';
import { ReplicaBucket } from '../../infra/replica-bucket.ts';

const account = '111122223333';

/** Where the two Regions of a vault are put; given once more to change them. */
export interface RecoveryPlaces {
  readonly vault?: { readonly account?: string; readonly region?: string };
  readonly second?: { readonly account?: string; readonly region?: string };
  /** @defaultValue a new multi-Region key */
  readonly key?: Pick<SealedVaultProps, 'multiRegion' | 'wrappingKey'>;
}

/** A vault "payroll" with a second Region, as a user of the constructs writes it: three stacks of one app. */
export function recoveryTemplates(
  props: Partial<RecoveryVaultProps> = {},
  {
    vault: env = { account, region: 'eu-west-1' },
    second = { account, region: 'eu-central-1' },
    key = { multiRegion: true },
  }: RecoveryPlaces = {},
): { readonly app: App; readonly replica: Template; readonly vault: Template; readonly recovery: Template } {
  const app = new App();
  const vaultId = 'payroll';
  const replicaStack = new Stack(app, 'Replica', { env: second });
  const replica = new ReplicaBucket(replicaStack, 'Replica');
  const vaultStack = new Stack(app, 'Vault', { env });
  const vault = new SealedVault(vaultStack, 'Vault', { vaultId, ...key, replica });
  const recoveryStack = new Stack(app, 'Recovery', { env: second });
  new RecoveryVault(recoveryStack, 'Recovery', { vault, replica, vaultId, ...props });
  return {
    app,
    replica: Template.fromStack(replicaStack),
    vault: Template.fromStack(vaultStack),
    recovery: Template.fromStack(recoveryStack),
  };
}
