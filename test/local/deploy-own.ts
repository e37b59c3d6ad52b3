import { localStack } from '../support/local-stack.ts';
import { deployOwnVault } from '../support/own-vault.ts';
import { StagingVault } from './staging-vault.ts';

/** Deploys a vault with settings of its own; its runs are started by hand. */
export async function deployOwn(vaultId: string, settings: object): Promise<StagingVault> {
  return new StagingVault(await deployOwnVault(localStack(), { vaultId, ...settings }));
}
