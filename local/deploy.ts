import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Emulator } from './emulator.ts';
import { run } from './run.ts';

/** The outputs of the vault stack. */
export interface VaultOutputs {
  readonly VaultId: string;
  readonly IntakeBucketName: string;
  readonly SealedBucketName: string;
  readonly WrappingKeyArn: string;
  readonly OpenerRoleArn: string;
  /** There where the environment asks for a migration. */
  readonly MigratorRoleArn?: string;
  /** There where the wrapping key is an existing one: what its owner adds to its policy, as JSON. */
  readonly RequiredWrappingKeyPolicy?: string;
  readonly QueueUrl: string;
  readonly DeadLetterQueueUrl: string;
  readonly SealFunctionName: string;
  readonly RewrapFunctionName: string;
  readonly RewrapMachineArn: string;
  readonly ReportBucketName: string;
}

const outputsFile = z.record(z.string(), z.record(z.string(), z.string()));

const projectFolder: string = join(import.meta.dirname, '..');
const cdk: string = join(projectFolder, 'node_modules', 'aws-cdk', 'bin', 'cdk');

/**
 * Deploys the stacks of an environment to the emulator with the CDK's own command, as a user deploys them to
 * an account.
 *
 * @param environmentName - a name from `cdk.json`
 * @param cacheFolder - takes the assembly, the outputs and the logs
 * @param folder - where the `cdk.json` is
 * @throws {@link LocalError} with the last lines of the CDK's output where it fails.
 */
export async function deployStacks(
  emulator: Emulator,
  environmentName: string,
  cacheFolder: string,
  folder: string = projectFolder,
): Promise<VaultOutputs> {
  await mkdir(cacheFolder, { recursive: true });
  const outputs = join(cacheFolder, `outputs-${environmentName}.json`);
  const runCdk = (logName: string, ...words: string[]): Promise<void> =>
    run({
      command: process.execPath,
      arguments: [cdk, ...words, '-c', `env=${environmentName}`, '--output', join(cacheFolder, 'cdk.out')],
      folder,
      environment: emulator.environment,
      logFile: join(cacheFolder, `${logName}.log`),
    });
  await runCdk('cdk-bootstrap', 'bootstrap');
  await runCdk(
    'cdk-deploy',
    'deploy',
    '--all',
    '--require-approval=never',
    '--method=direct',
    '--concurrency=2',
    `--outputs-file=${outputs}`,
  );
  const stacks = outputsFile.parse(JSON.parse(await readFile(outputs, 'utf8')));
  return stacks[`Sealdrop-${environmentName}-Vault`] as unknown as VaultOutputs;
}
