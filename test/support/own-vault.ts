import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deployStacks } from '../../local/deploy.ts';
import type { LocalStack } from './local-stack.ts';

const projectFolder = join(import.meta.dirname, '..', '..');

/** An environment as `cdk.json` takes it; its vault id is its name, too. */
export interface OwnEnvironment extends Readonly<Record<string, unknown>> {
  readonly vaultId: string;
}

/** Deploys an environment that the project's `cdk.json` does not have, as a user does who writes it to his own. */
export async function deployOwnVault(
  stack: Omit<LocalStack, 'outputs'>,
  environment: OwnEnvironment,
): Promise<LocalStack> {
  const { vaultId } = environment;
  const folder = join(stack.folder, vaultId);
  mkdirSync(folder, { recursive: true });
  const { context } = JSON.parse(readFileSync(join(projectFolder, 'cdk.json'), 'utf8')) as {
    context: object;
  };
  const environments = { [vaultId]: { production: false, ...environment } };
  const app = `node ${join(projectFolder, 'infra', 'app.ts')}`;
  writeFileSync(join(folder, 'cdk.json'), JSON.stringify({ app, context: { ...context, environments } }));
  return { ...stack, outputs: await deployStacks(stack.emulator, vaultId, folder, folder) };
}

/** What the other stacks of an environment of one's own put out. */
export function outputsOf(
  { folder }: LocalStack,
  vaultId: string,
  stack: 'Replica' | 'Recovery' | 'Trail',
): Record<string, string> {
  const file = join(folder, vaultId, `outputs-${vaultId}.json`);
  const all = JSON.parse(readFileSync(file, 'utf8')) as Record<string, Record<string, string>>;
  return all[`Sealdrop-${vaultId}-${stack}`] ?? {};
}
