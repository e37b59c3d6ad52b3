import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { deployStacks } from '../../local/deploy.ts';
import { VaultClient } from '../support/vault-client.ts';

const local = new VaultClient();
const { emulator, outputs, folder } = local.stack;
const devOutputs = await deployStacks(emulator, 'dev', join(folder, 'dev'));
const dev = new VaultClient({ ...local.stack, outputs: devOutputs });

test('two environments stand in one account side by side', () => {
  const names = [...Object.values<string>({ ...devOutputs }), ...Object.values<string>({ ...outputs })];
  expect(new Set(names).size).toBe(names.length);
  expect(devOutputs.VaultId).toBe('dev');
});

test('each seals for its own vault', async () => {
  const key = 'environments/object';
  await dev.sealedFrom(key, await dev.drop(key, 'of dev'));
  expect((await dev.open(key)).content.toString()).toBe('of dev');
  expect(await local.headIfThere(outputs.SealedBucketName, key)).toBeUndefined();
});
