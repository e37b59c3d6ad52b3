import { existsSync, readdirSync, readFileSync } from 'node:fs';
import {
  DisableKeyCommand,
  EnableKeyCommand,
  GetKeyPolicyCommand,
  PutKeyPolicyCommand,
} from '@aws-sdk/client-kms';
import { GetFunctionConfigurationCommand, UpdateFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { endOfRun, listRuns, summaryOf, type RewrapRun } from '../../local/rewrap-runs.ts';
import { eventually } from '../support/eventually.ts';
import { StagingVault } from './staging-vault.ts';

const vault = await StagingVault.deploy();
const { outputs } = vault.stack;
const clients = vault.administrator;
const KeyId = outputs.WrappingKeyArn;
const FunctionName = outputs.RewrapFunctionName;

/** One batch, which takes longer at the pace below than a run waits before it looks for others; they are worked on in this order. */
const keys = Array.from({ length: 60 }, (_, index) => `faults/${String(index).padStart(2, '0')}`);
const [first = '', last = ''] = [keys[0], keys.at(-1)];

let variables: Record<string, string>;

/** Sets how fast the function may ask KMS: twenty copies share it. */
async function setPace(requestsPerSecond: string): Promise<void> {
  const Variables = { ...variables, SEALDROP_REQUESTS_PER_SECOND: requestsPerSecond };
  await clients.lambda.send(
    new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables } }),
  );
}

beforeAll(async () => {
  await vault.empty();
  await vault.dropAll(keys);
  const { Environment } = await clients.lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
  variables = Environment?.Variables ?? {};
  await setPace('100');
}, 180_000);

afterAll(async () => {
  await setPace(variables['SEALDROP_REQUESTS_PER_SECOND'] ?? '500');
});

/** Rotates the key, and waits until the run that this starts is in the middle of the batch. */
async function runUnderWay(): Promise<string> {
  const run = await vault.rotate();
  const material = await vault.material();
  await eventually('the first object', async () =>
    (await vault.materialOf(first)) === material ? true : undefined,
  );
  expect(await vault.materialOf(last)).not.toBe(material);
  return run;
}

async function expectAllToOpen(): Promise<void> {
  for (const key of keys) expect((await vault.open(key)).content.toString()).toBe(`content of ${key}`);
}

test('an object that is overwritten or deleted during a run is the newest one, or stays deleted', async () => {
  const [overwritten = '', deleted = ''] = keys.slice(-2);
  const arn = await runUnderWay();
  await vault.sealedFrom(overwritten, await vault.drop(overwritten, 'newer'));
  await clients.s3.send(new DeleteObjectCommand({ Bucket: outputs.SealedBucketName, Key: deleted }));
  const run = await endOfRun(clients, arn);
  expect(run.status).toBe('SUCCEEDED');
  expect((await vault.open(overwritten)).content.toString()).toBe('newer');
  expect(await vault.headIfThere(outputs.SealedBucketName, deleted)).toBeUndefined();
  expect((await summaryOf(clients, outputs, run)).counts).toMatchObject({ gone: 1, failed: 0 });
  await vault.dropAll([overwritten, deleted]);
});

/** Whether a run found another one under way, and left the work to it. */
const hasYielded = ({ status, output = '{}' }: RewrapRun): boolean =>
  status === 'SUCCEEDED' && !Object.hasOwn(JSON.parse(output) as object, 'counts');

test('a second run leaves the work to the one that is under way', async () => {
  const arn = await runUnderWay();
  expect(hasYielded(await vault.run())).toBe(true);
  const run = await endOfRun(clients, arn);
  expect((await summaryOf(clients, outputs, run)).counts).toMatchObject({ failed: 0 });
  expect(await vault.materialOf(last)).toBe(await vault.material());
});

test('of two runs that start at the same moment one does the work', async () => {
  const runs = await Promise.all([vault.run(), vault.run()]);
  expect(runs.map(hasYielded).toSorted()).toEqual([false, true]);
});

test('a key that is rotated during a run is rotated for all objects: another run follows by itself', async () => {
  const arn = await runUnderWay();
  const startedByRotation = await vault.rotate();
  expect(startedByRotation).not.toBe(arn);
  expect(hasYielded(await endOfRun(clients, startedByRotation))).toBe(true);
  const material = await vault.material();
  const { endedAt = new Date() } = await endOfRun(clients, arn);
  expect(await vault.materialOf(first)).not.toBe(material);
  const next = await eventually('the next run', async () => {
    // It is started just before this one ends.
    const runs = await listRuns(clients, outputs, new Date(endedAt.getTime() - 1000));
    return runs.find(({ output }) => output?.includes(material ?? '') === true);
  });
  expect(next.status).toBe('SUCCEEDED');
  for (const key of [first, last]) expect(await vault.materialOf(key)).toBe(material);
});

test('a batch whose function is killed is handed out again, and nothing of it is lost', async () => {
  // Elsewhere nobody can tell which process is the function's.
  if (!existsSync('/proc/self/environ')) return;
  const arn = await runUnderWay();
  const killed = processesOf(FunctionName);
  expect(killed.length).toBeGreaterThan(0);
  for (const pid of killed) process.kill(pid, 'SIGKILL');
  const run = await endOfRun(clients, arn);
  expect(run.status).toBe('SUCCEEDED');
  const { counts, left, isFailed } = await summaryOf(clients, outputs, run);
  expect({ left, isFailed, failed: counts.failed }).toEqual({ left: 0, isFailed: false, failed: 0 });
  // What the killed one had done, and what the next one did.
  expect(counts.current).toBeGreaterThan(0);
  expect(counts.rewrapped).toBeGreaterThan(0);
  expect(counts.current + counts.rewrapped).toBe(keys.length);
  expect(await vault.materialOf(last)).toBe(await vault.material());
  await expectAllToOpen();
});

/** The processes that run a function of the local stack. */
function processesOf(functionName: string): number[] {
  const name = `AWS_LAMBDA_FUNCTION_NAME=${functionName}\0`;
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(name);
      } catch {
        return false;
      }
    })
    .map(Number);
}

test('a key that is disabled midway fails the run, which says why; enabled again, all opens and is done', async () => {
  await letAdministratorDisable();
  const arn = await runUnderWay();
  await clients.kms.send(new DisableKeyCommand({ KeyId }));
  try {
    const run = await endOfRun(clients, arn);
    const { counts, failures, isFailed } = await summaryOf(clients, outputs, run);
    expect(run).toMatchObject({
      status: 'FAILED',
      cause: `see runs/${run.name}/summary.json in the report bucket`,
    });
    expect(isFailed).toBe(true);
    expect(counts.rewrapped).toBeGreaterThan(0);
    expect(counts.failed).toBeGreaterThan(0);
    expect(failures).toHaveLength(counts.failed);
    expect(new Set(failures.map(({ code }) => code))).toEqual(new Set(['KEY_DISABLED']));
    expect(failures.map(({ key }) => key)).toContain(last);

    const again = await vault.run();
    expect(again.status).toBe('FAILED');
    expect((await summaryOf(clients, outputs, again)).counts.failed).toBe(counts.failed);
  } finally {
    await clients.kms.send(new EnableKeyCommand({ KeyId }));
  }
  await expectAllToOpen();
  expect((await vault.run()).status).toBe('SUCCEEDED');
  expect(await vault.materialOf(last)).toBe(await vault.material());
});

/** Nobody may disable the key of this vault, until its policy is changed. */
async function letAdministratorDisable(): Promise<void> {
  const { Policy = '' } = await clients.kms.send(new GetKeyPolicyCommand({ KeyId }));
  const policy = JSON.parse(Policy) as { Statement: { Effect: string }[] };
  const Statement = policy.Statement.filter(({ Effect }) => Effect === 'Allow');
  await clients.kms.send(
    new PutKeyPolicyCommand({ KeyId, Policy: JSON.stringify({ ...policy, Statement }) }),
  );
}
