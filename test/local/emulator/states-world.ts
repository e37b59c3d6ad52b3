import { afterAll } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { App, LegacyStackSynthesizer, type IReusableStackSynthesizer, type Stack } from 'aws-cdk-lib';
import type { Emulator } from '../../../local/emulator.ts';
import { administratorOf, createLocalClients, type LocalClients } from '../../../local/local-clients.ts';
import { eventually } from '../../support/eventually.ts';
import { localStack } from '../../support/local-stack.ts';
import { callAws } from './aws-call.ts';

/** An execution that has ended, or one that runs. */
export interface Execution {
  readonly executionArn: string;
  readonly status: string;
  readonly input: string;
  readonly output?: string | null;
  readonly error?: string;
  readonly cause?: string;
}

/** The result of a Map state with a ResultWriter. */
export interface Exported {
  readonly MapRunArn: string;
  readonly ResultWriterDetails: { readonly Bucket: string; readonly Key: string };
}

/** The manifest of a Distributed Map's results. */
export interface Manifest {
  readonly DestinationBucket: string;
  readonly MapRunArn: string;
  readonly ResultFiles: Record<'FAILED' | 'PENDING' | 'SUCCEEDED', { Key: string; Size: number }[]>;
}

/** A record of a child execution in a file of results. */
export interface ChildRecord {
  readonly Input: string;
  readonly Output?: string;
  readonly Error?: string;
  readonly Status: string;
  readonly StartDate: string;
  readonly StopDate: string;
}

/** Stacks, state machines and objects on the local emulator, made as its administrator. */
export class StatesWorld {
  readonly administrator: LocalClients;
  readonly #emulator: Emulator;

  /** @param region - default: the local stack's */
  constructor(region?: string) {
    const { emulator } = localStack();
    this.#emulator = { ...emulator, region: region ?? emulator.region };
    this.administrator = createLocalClients(this.#emulator, administratorOf(this.#emulator));
    afterAll(() => {
      this.administrator.close();
    });
  }

  /** Deploys a stack without assets, as CDK synthesizes it; returns its outputs. */
  async deploy(define: (app: App) => Stack): Promise<Record<string, string>> {
    const defaultStackSynthesizer = new LegacyStackSynthesizer() as IReusableStackSynthesizer;
    const app = new App({ defaultStackSynthesizer });
    const stack = define(app);
    const template = JSON.stringify(app.synth().getStackArtifact(stack.artifactId).template);
    const StackName = `${stack.stackName}-${randomUUID().slice(0, 8)}`;
    const call = (Action: string, more: Record<string, string>): Promise<string> =>
      callAws(this.#emulator, {
        service: 'cloudformation',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ Action, Version: '2010-05-15', StackName, ...more }).toString(),
      });
    await call('CreateStack', { TemplateBody: template, 'Capabilities.member.1': 'CAPABILITY_IAM' });
    const described = await eventually('the stack', async () => {
      const answer = await call('DescribeStacks', {});
      if (/<StackStatus>(?!CREATE_COMPLETE|CREATE_IN_PROGRESS)/.test(answer)) throw new Error(answer);
      return answer.includes('<StackStatus>CREATE_COMPLETE<') ? answer : undefined;
    });
    const outputs = described.matchAll(
      /<OutputKey>([^<]*)<\/OutputKey>\s*<OutputValue>([^<]*)<\/OutputValue>/g,
    );
    return Object.fromEntries([...outputs].map(([, key = '', value = '']) => [key, value]));
  }

  /** Calls Step Functions. */
  async states<Answer>(operation: string, body: object): Promise<Answer> {
    const answer = await callAws(this.#emulator, {
      service: 'states',
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': `AWSStepFunctions.${operation}`,
      },
      body: JSON.stringify(body),
    });
    return JSON.parse(answer) as Answer;
  }

  /** Makes a state machine of these states, the first of which it starts at; returns its ARN. */
  async machine(roleArn: string, states: Record<string, object>): Promise<string> {
    const definition = JSON.stringify({ StartAt: Object.keys(states)[0], States: states });
    const { stateMachineArn } = await this.states<{ stateMachineArn: string }>('CreateStateMachine', {
      name: `machine-${randomUUID()}`,
      roleArn,
      definition,
    });
    return stateMachineArn;
  }

  /** Starts an execution and waits for its end. */
  async run(stateMachineArn: string, input: object = {}): Promise<Execution> {
    const { executionArn } = await this.states<Execution>('StartExecution', {
      stateMachineArn,
      input: JSON.stringify(input),
    });
    return this.ended(executionArn);
  }

  /** Waits for the end of an execution. */
  ended(executionArn: string): Promise<Execution> {
    return eventually('the end of the execution', async () => {
      const execution = await this.states<Execution>('DescribeExecution', { executionArn });
      return execution.status === 'RUNNING' ? undefined : execution;
    });
  }

  /** Waits for the first execution of a machine that nobody here started, and for its end. */
  async startedByItself(stateMachineArn: string, patienceMilliseconds: number): Promise<Execution> {
    const started = await eventually(
      'an execution',
      async () => {
        const { executions } = await this.states<{ executions: Execution[] }>('ListExecutions', {
          stateMachineArn,
        });
        return executions[0];
      },
      patienceMilliseconds,
    );
    return this.ended(started.executionArn);
  }

  async put(Bucket: string, Key: string, Body: string | Uint8Array): Promise<void> {
    await this.administrator.s3.send(new PutObjectCommand({ Bucket, Key, Body }));
  }

  async read(Bucket: string, Key: string): Promise<string> {
    const { Body } = await this.administrator.s3.send(new GetObjectCommand({ Bucket, Key }));
    return (await Body?.transformToString()) ?? '';
  }

  /** The manifest of a Distributed Map's results, and the records of one status. */
  async results(
    { Bucket, Key }: { Bucket: string; Key: string },
    status: keyof Manifest['ResultFiles'],
  ): Promise<{ manifest: Manifest; records: ChildRecord[] }> {
    const manifest = JSON.parse(await this.read(Bucket, Key)) as Manifest;
    const files = await Promise.all(
      manifest.ResultFiles[status].map(async (file) => {
        const content = await this.read(Bucket, file.Key);
        if (Buffer.byteLength(content) !== file.Size) throw new Error(`${file.Key} is not of its size`);
        return JSON.parse(content) as ChildRecord[];
      }),
    );
    return { manifest, records: files.flat() };
  }
}

/** A Map state in Distributed mode, whose children keep what they get where no states are named. */
export function mapOf(
  more: object,
  states: Record<string, object> = { Keep: { Type: 'Pass', End: true } },
): object {
  return {
    Type: 'Map',
    End: true,
    ItemProcessor: {
      ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
      StartAt: Object.keys(states)[0],
      States: states,
    },
    ...more,
  };
}

/** The output of an execution that succeeded. */
export function outputOf({ status, output, cause }: Execution): unknown {
  if (status !== 'SUCCEEDED') throw new Error(`${status}: ${cause ?? ''}`);
  return JSON.parse(output ?? '');
}
