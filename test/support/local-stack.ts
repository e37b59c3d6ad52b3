import { readFileSync } from 'node:fs';
import type { VaultOutputs } from '../../local/deploy.ts';
import { inheritedEnvironment } from '../../local/emulator-environment.ts';
import type { Emulator } from '../../local/emulator.ts';

/** The local stack that the tests run on. */
export interface LocalStack {
  readonly emulator: Emulator;
  readonly outputs: VaultOutputs;
}

/** The stack that `npm test` started. */
export function localStack(): LocalStack {
  const file = process.env['SEALDROP_LOCAL_STACK'];
  if (file === undefined) throw new Error('these tests need the local stack: run them with npm test');
  const { emulator, outputs } = JSON.parse(readFileSync(file, 'utf8')) as LocalStack;
  const environment = { ...inheritedEnvironment(), ...emulator.environment };
  return { emulator: { ...emulator, environment }, outputs };
}
