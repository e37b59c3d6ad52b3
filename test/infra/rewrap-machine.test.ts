import { describe, expect, test } from '@jest/globals';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Bucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import { RewrapMachine } from '../../infra/rewrap-machine.ts';
import { permissionsOf } from './policies.ts';
import { only, resourcesOf } from './templates.ts';

const wrappingKeyArn = 'arn:aws:kms:eu-west-1:111122223333:key/1';

function templateWith(toleratedFailurePercentage = 5): Template {
  const stack = new Stack(new App(), 'Test');
  const inlineFunction = (id: string): LambdaFunction =>
    new LambdaFunction(stack, id, {
      runtime: Runtime.NODEJS_24_X,
      handler: 'index.handler',
      code: Code.fromInline('exports.handler = () => undefined'),
    });
  new RewrapMachine(stack, 'Runs', {
    vaultId: 'payroll',
    wrappingKeyArn,
    sealed: new Bucket(stack, 'Sealed') as IBucket,
    reports: new Bucket(stack, 'Reports') as IBucket,
    inventoryBuckets: [new Bucket(stack, 'Inventories') as IBucket],
    rewrapFunction: inlineFunction('Rewrap'),
    reportFunction: inlineFunction('Report'),
    workers: 7,
    toleratedFailurePercentage,
  });
  return Template.fromStack(stack);
}

/** A state, or a part of one, as the Amazon States Language has it. */
interface State {
  readonly [field: string]: unknown;
  readonly Next?: string;
  readonly Choices?: readonly { readonly Variable: string; readonly Next: string }[];
  readonly Default?: string;
  readonly ItemProcessor?: Machine;
  readonly Retry?: readonly { readonly ErrorEquals: readonly string[]; readonly MaxAttempts: number }[];
}

interface Machine {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

function machineOf(template: Template): Machine {
  const { DefinitionString } = only(template, 'AWS::StepFunctions::StateMachine').Properties;
  return JSON.parse(DefinitionString as string) as Machine;
}

const template = templateWith();
const machine = machineOf(template);
const maps = [
  { id: 'RewrapListed', areKeysEncoded: false },
  { id: 'RewrapInventoried', areKeysEncoded: true },
];

function state({ States }: Machine, id: string): State {
  const found = States[id];
  if (found === undefined) throw new Error(`no state ${id}`);
  return found;
}

function itemProcessor(id: string): Machine {
  const processor = state(machine, id).ItemProcessor;
  if (processor === undefined) throw new Error(`${id} is no map`);
  return processor;
}

describe('a run', () => {
  test('ends at once where another one is under way', () => {
    expect(machine.StartAt).toBe('RunsUnderWay');
    expect(state(machine, 'RunsUnderWay')).toMatchObject({
      Resource: 'arn:${AWS::Partition}:states:::aws-sdk:sfn:listExecutions',
      Parameters: {
        'StateMachineArn.$': '$$.StateMachine.Id',
        StatusFilter: 'RUNNING',
        MaxResults: 2,
      },
      ResultSelector: { 'names.$': '$.Executions[*].Name' },
      ResultPath: '$.underWay',
      Next: 'IsAnotherOn',
    });
    expect(state(machine, 'IsAnotherOn')).toMatchObject({
      Choices: [{ Variable: '$.underWay.names[1]', IsPresent: true, Next: 'AnotherIsOn' }],
      Default: 'DescribeKey',
    });
    expect(state(machine, 'AnotherIsOn')).toEqual({ Type: 'Succeed' });
  });

  test('asks KMS once which key material is current', () => {
    expect(state(machine, 'DescribeKey')).toMatchObject({
      Resource: 'arn:${AWS::Partition}:states:::aws-sdk:kms:describeKey',
      Parameters: { KeyId: wrappingKeyArn },
      ResultSelector: { 'key.$': '$.KeyMetadata' },
      ResultPath: '$.described',
      Next: 'FromWhere',
    });
  });

  test('reads an inventory where its input names one, and lists the sealed bucket otherwise', () => {
    expect(state(machine, 'FromWhere')).toMatchObject({
      Choices: [{ Variable: '$.inventory', IsPresent: true, Next: 'RewrapInventoried' }],
      Default: 'RewrapListed',
    });
    expect(state(machine, 'RewrapListed')['ItemReader']).toEqual({
      Resource: 'arn:${AWS::Partition}:states:::s3:listObjectsV2',
      Parameters: { Bucket: '${Sealed}' },
    });
    expect(state(machine, 'RewrapInventoried')['ItemReader']).toEqual({
      Resource: 'arn:${AWS::Partition}:states:::s3:getObject',
      ReaderConfig: { InputType: 'MANIFEST' },
      Parameters: { 'Bucket.$': '$.inventory.bucket', 'Key.$': '$.inventory.key' },
    });
  });

  test('has its batches added up, however the map ended', () => {
    for (const { id } of maps) {
      expect(state(machine, id)).toMatchObject({
        Next: 'Ended',
        Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.ended', Next: 'Report' }],
      });
    }
    expect(state(machine, 'Ended')).toEqual({
      Type: 'Pass',
      Parameters: {},
      ResultPath: '$.ended',
      Next: 'Report',
    });
    expect(state(machine, 'Report')).toMatchObject({
      Parameters: {
        FunctionName: '${Report.Arn}',
        Payload: {
          'prefix.$': "States.Format('runs/{}/', $$.Execution.Name)",
          'startedAt.$': '$$.Execution.StartTime',
          'key.$': '$.described.key',
          'ended.$': '$.ended',
        },
      },
      OutputPath: '$.Payload',
      Next: 'WasItGood',
    });
  });

  test('fails where the report says so, and names the summary', () => {
    expect(state(machine, 'WasItGood')).toMatchObject({
      Choices: [{ Variable: '$.isFailed', BooleanEquals: true, Next: 'Failed' }],
      Default: 'Done',
    });
    expect(state(machine, 'Failed')).toEqual({
      Type: 'Fail',
      Error: 'RewrapRunFailed',
      CausePath: "States.Format('see {} in the report bucket', $.summaryKey)",
    });
  });

  test.each(['RunsUnderWay', 'DescribeKey', 'Report'])('does not fail for a passing failure of %s', (id) => {
    expect(state(machine, id).Retry?.[0]?.MaxAttempts).toBeGreaterThan(3);
  });

  test('is traced, and logged without a name of an object', () => {
    expect(only(template, 'AWS::StepFunctions::StateMachine').Properties).toMatchObject({
      StateMachineType: 'STANDARD',
      TracingConfiguration: { Enabled: true },
      LoggingConfiguration: { IncludeExecutionData: false, Level: 'ALL' },
    });
    expect(only(template, 'AWS::Logs::LogGroup')).toMatchObject({
      Properties: { RetentionInDays: 180 },
      DeletionPolicy: 'Retain',
    });
  });
});

describe.each(maps)('the map $id', ({ id, areKeysEncoded }) => {
  const { States, StartAt } = itemProcessor(id);
  const inMap = (name: string): State => state(itemProcessor(id), `${id}${name}`);

  test('hands out keys in batches with room to spare, as many at once as there are workers', () => {
    expect(state(machine, id)).toMatchObject({
      ItemSelector: { 'key.$': '$$.Map.Item.Value.Key' },
      ItemBatcher: {
        MaxItemsPerBatch: 100,
        MaxInputBytesPerBatch: 65_536,
        BatchInput: { 'key.$': '$.described.key' },
      },
      MaxConcurrency: 7,
      ToleratedFailurePercentage: 5,
      ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' } },
    });
  });

  test('leaves its results in the report bucket, below the name of the run', () => {
    expect(state(machine, id)).toMatchObject({
      ResultPath: '$.map',
      ResultWriter: {
        Resource: 'arn:${AWS::Partition}:states:::s3:putObject',
        Parameters: { Bucket: '${Reports}', 'Prefix.$': "States.Format('runs/{}', $$.Execution.Name)" },
        WriterConfig: { OutputType: 'JSONL', Transformation: 'COMPACT' },
      },
    });
  });

  test(`tells the function whether keys are encoded: ${areKeysEncoded}`, () => {
    expect(StartAt).toBe(`${id}Batch`);
    expect(inMap('Batch')).toMatchObject({
      Parameters: {
        FunctionName: '${Rewrap.Arn}',
        Payload: { 'key.$': '$.BatchInput.key', 'keys.$': '$.Items[*].key', areKeysEncoded },
      },
      ResultSelector: { 'told.$': '$.Payload' },
      ResultPath: '$.report',
      Next: `${id}Left`,
    });
  });

  test('goes on with what is left, decoded by then, until nothing is', () => {
    expect(inMap('Left')).toMatchObject({
      Choices: [{ Variable: '$.report.told.left[0]', IsPresent: true, Next: `${id}Rest` }],
      Default: `${id}Done`,
    });
    expect(inMap('Rest')).toMatchObject({
      Parameters: {
        FunctionName: '${Rewrap.Arn}',
        Payload: {
          'key.$': '$.BatchInput.key',
          'keys.$': '$.report.told.left',
          'before.$': '$.report.told',
        },
      },
      ResultPath: '$.report',
      Next: `${id}Left`,
    });
    expect(inMap('Done')).toEqual({ Type: 'Pass', OutputPath: '$.report.told', End: true });
    expect(Object.keys(States)).toHaveLength(4);
  });

  test.each(['Batch', 'Rest'])(
    'tries %s again where Lambda cut it off, and not where the batch failed',
    (name) => {
      const errors = inMap(name).Retry?.flatMap(({ ErrorEquals }) => ErrorEquals);
      expect(errors).toEqual(
        expect.arrayContaining([
          'Lambda.ServiceException',
          'Sandbox.Timedout',
          'Lambda.TooManyRequestsException',
        ]),
      );
      expect(errors).not.toContain('States.ALL');
      expect(errors).not.toContain('States.TaskFailed');
    },
  );
});

test('a tolerance of nothing is none, which is what Step Functions takes a missing one for', () => {
  const map = state(machineOf(templateWith(0)), 'RewrapListed');
  expect(map['ToleratedFailurePercentage'] ?? 0).toBe(0);
  expect(map).not.toHaveProperty('ToleratedFailureCount');
});

test('a run works in one role, with no policy of CDK’s own making', () => {
  expect(only(template, 'AWS::StepFunctions::StateMachine').Properties['RoleArn']).toBe('${RunsRole.Arn}');
  expect(permissionsOf(template, 'RunsRole')['${Reports.Arn}/runs/*']).toContain('s3:PutObject');
  expect(Object.keys(resourcesOf(template, 'AWS::IAM::Policy'))).toEqual([
    'RunsRoleDefaultPolicy',
    'RunsRoleOwnRuns',
  ]);
});
