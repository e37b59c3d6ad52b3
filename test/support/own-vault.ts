import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deployStacks, type VaultOutputs } from '../../local/deploy.ts';
import type { Emulator } from '../../local/emulator.ts';

const projectFolder = join(import.meta.dirname, '..', '..');

/** Deploys a vault of its own from an environment that `cdk.json` does not have; its name is its vault id. */
export async function deployOwnVault(
  emulator: Emulator,
  environment: { readonly vaultId: string } & Readonly<Record<string, unknown>>,
): Promise<VaultOutputs> {
  const { vaultId } = environment;
  const folder = join(projectFolder, '.sealdrop', `test-${vaultId}`);
  mkdirSync(folder, { recursive: true });
  const context = { environments: { [vaultId]: { production: false, ...environment } } };
  const app = `node ${join(projectFolder, 'infra', 'app.ts')}`;
  writeFileSync(join(folder, 'cdk.json'), JSON.stringify({ app, context }));
  const inherited = Object.entries(process.env).filter(([, value]) => value !== undefined);
  const whole = { ...(Object.fromEntries(inherited) as Record<string, string>), ...emulator.environment };
  return deployStacks({ ...emulator, environment: whole }, vaultId, folder, folder);
}
