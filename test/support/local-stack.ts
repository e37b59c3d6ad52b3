import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { VaultOutputs } from '../../local/deploy.ts';
import { inheritedEnvironment } from '../../local/emulator-environment.ts';
import type { Emulator } from '../../local/emulator.ts';

/** The local stack that the tests run on. */
export interface LocalStack {
  readonly emulator: Emulator;
  readonly outputs: VaultOutputs;
  /** Takes what is deployed to it besides. */
  readonly folder: string;
}

/** The stack that `npm test` started for this worker of Jest's. */
export function localStack(): LocalStack {
  const { SEALDROP_LOCAL_STACKS: stacks, JEST_WORKER_ID: worker = '1' } = process.env;
  if (stacks === undefined) throw new Error('these tests need the local stack: run them with npm test');
  const folder = join(stacks, worker);
  const { emulator, outputs } = JSON.parse(readFileSync(join(folder, 'stack.json'), 'utf8')) as LocalStack;
  const environment = { ...inheritedEnvironment(), ...emulator.environment };
  return { emulator: { ...emulator, environment }, outputs, folder };
}
