import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deployStacks, type VaultOutputs } from '../../local/deploy.ts';
import { localStack } from '../support/local-stack.ts';
import { StagingVault } from './staging-vault.ts';

const projectFolder = join(import.meta.dirname, '..', '..');

/**
 * Deploys a vault with settings of its own, as a user does who writes them to `cdk.json`.
 *
 * @param vaultId - is the name of the environment, too
 */
export async function deployOwn(vaultId: string, settings: object): Promise<StagingVault> {
  const { emulator } = localStack();
  const folder = join(projectFolder, '.sealdrop', `test-${vaultId}`);
  const environments = { [vaultId]: { production: false, vaultId, ...settings } };
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'cdk.json'),
    JSON.stringify({ app: `node ${join(projectFolder, 'infra', 'app.ts')}`, context: { environments } }),
  );
  const inherited = Object.entries(process.env).filter(([, value]) => value !== undefined);
  const environment = {
    ...(Object.fromEntries(inherited) as Record<string, string>),
    ...emulator.environment,
  };
  const outputs: VaultOutputs = await deployStacks({ ...emulator, environment }, vaultId, folder, folder);
  return new StagingVault({ emulator, outputs });
}
