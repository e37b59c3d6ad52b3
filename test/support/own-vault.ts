import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deployStacks, type VaultOutputs } from '../../local/deploy.ts';
import type { Emulator } from '../../local/emulator.ts';

const projectFolder = join(import.meta.dirname, '..', '..');

/** An environment as `cdk.json` takes it; its vault id is its name, too. */
export interface OwnEnvironment extends Readonly<Record<string, unknown>> {
  readonly vaultId: string;
}

/** Deploys an environment that the project's `cdk.json` does not have, as a user does who writes it to his own. */
export async function deployOwnVault(emulator: Emulator, environment: OwnEnvironment): Promise<VaultOutputs> {
  const { vaultId } = environment;
  const folder = folderOf(vaultId);
  mkdirSync(folder, { recursive: true });
  const { context } = JSON.parse(readFileSync(join(projectFolder, 'cdk.json'), 'utf8')) as {
    context: object;
  };
  const environments = { [vaultId]: { production: false, ...environment } };
  const app = `node ${join(projectFolder, 'infra', 'app.ts')}`;
  writeFileSync(join(folder, 'cdk.json'), JSON.stringify({ app, context: { ...context, environments } }));
  return deployStacks(emulator, vaultId, folder, folder);
}

/** What the other stacks of a deployed environment put out. */
export function outputsOf(vaultId: string, stack: 'Replica' | 'Recovery' | 'Trail'): Record<string, string> {
  const file = join(folderOf(vaultId), `outputs-${vaultId}.json`);
  const all = JSON.parse(readFileSync(file, 'utf8')) as Record<string, Record<string, string>>;
  return all[`Sealdrop-${vaultId}-${stack}`] ?? {};
}

function folderOf(vaultId: string): string {
  return join(projectFolder, '.sealdrop', `test-${vaultId}`);
}
