import {
  DescribeExecutionCommand,
  ListExecutionsCommand,
  StartExecutionCommand,
  type ExecutionStatus,
} from '@aws-sdk/client-sfn';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RewrapSummary, WrappingRecord } from '../aws/index.ts';
import type { VaultOutputs } from './deploy.ts';
import type { LocalClients } from './local-clients.ts';
import { LocalError } from './local-error.ts';

/** A rewrap run, as Step Functions tells of it. */
export interface RewrapRun {
  readonly arn: string;
  readonly name: string;
  readonly status: ExecutionStatus;
  readonly startedAt: Date;
  readonly endedAt?: Date;
  /** What it answered, as JSON: the summary without the failures, where it rewrapped. */
  readonly output?: string;
  readonly cause?: string;
}

/** What a run wrote down in the report bucket. */
export interface StoredSummary extends RewrapSummary {
  readonly current: WrappingRecord;
  readonly isFailed: boolean;
  readonly error?: string;
}

const pollMilliseconds = 200;

/** Starts a run by hand. */
export async function startRun(
  { stepFunctions }: LocalClients,
  { RewrapMachineArn }: VaultOutputs,
  input: object = {},
): Promise<string> {
  const { executionArn = '' } = await stepFunctions.send(
    new StartExecutionCommand({ stateMachineArn: RewrapMachineArn, input: JSON.stringify(input) }),
  );
  return executionArn;
}

/** The runs since a time, the newest first. */
export async function listRuns(
  clients: LocalClients,
  { RewrapMachineArn }: VaultOutputs,
  since: Date,
): Promise<readonly RewrapRun[]> {
  const { executions = [] } = await clients.stepFunctions.send(
    new ListExecutionsCommand({ stateMachineArn: RewrapMachineArn, maxResults: 20 }),
  );
  const late = executions.filter(({ startDate }) => startDate !== undefined && startDate >= since);
  return Promise.all(late.map(({ executionArn = '' }) => describeRun(clients, executionArn)));
}

/**
 * Waits until a run has ended, well or badly.
 *
 * @throws {@link LocalError} where it takes too long.
 */
export async function endOfRun(
  clients: LocalClients,
  arn: string,
  patienceMilliseconds = 120_000,
): Promise<RewrapRun> {
  return waitFor(`the run ${arn}`, patienceMilliseconds, async () => {
    const run = await describeRun(clients, arn);
    return run.status === 'RUNNING' ? undefined : run;
  });
}

/**
 * Waits for a run that somebody else starts and that moves data keys to this key material.
 *
 * @throws {@link LocalError} where none has ended in that time.
 */
export async function runTo(
  keyMaterialId: string,
  clients: LocalClients,
  outputs: VaultOutputs,
  since: Date,
): Promise<RewrapRun> {
  // Where a run is under way as the key is rotated, the one that follows it does.
  return waitFor('a run to the new key material', 150_000, async () => {
    const runs = await listRuns(clients, outputs, since);
    return runs.find(({ output, status }) => status === 'FAILED' || output?.includes(keyMaterialId) === true);
  });
}

/** What a run wrote down. */
export async function summaryOf(
  { s3 }: LocalClients,
  { ReportBucketName }: VaultOutputs,
  { name }: RewrapRun,
): Promise<StoredSummary> {
  const { Body } = await s3.send(
    new GetObjectCommand({ Bucket: ReportBucketName, Key: `runs/${name}/summary.json` }),
  );
  return JSON.parse((await Body?.transformToString()) ?? '') as StoredSummary;
}

async function describeRun({ stepFunctions }: LocalClients, executionArn: string): Promise<RewrapRun> {
  const { name, status, startDate, stopDate, output, cause } = await stepFunctions.send(
    new DescribeExecutionCommand({ executionArn }),
  );
  if (name === undefined || status === undefined || startDate === undefined) {
    throw new Error(`Step Functions tells nothing of ${executionArn}`);
  }
  return {
    ...{ arn: executionArn, name, status, startedAt: startDate },
    ...(stopDate === undefined ? {} : { endedAt: stopDate }),
    ...(output === undefined ? {} : { output }),
    ...(cause === undefined ? {} : { cause }),
  };
}

async function waitFor<Answer>(
  what: string,
  patienceMilliseconds: number,
  ask: () => Promise<Answer | undefined>,
): Promise<Answer> {
  const giveUpAt = Date.now() + patienceMilliseconds;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > giveUpAt) {
      throw new LocalError(`waited in vain for ${what}`, 'read emulator.log in the folder .sealdrop');
    }
    await sleep(pollMilliseconds);
  }
}
