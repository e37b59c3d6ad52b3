import { describe, expect, test } from '@jest/globals';
import { permissionsOf } from './policies.ts';
import { machineOf, state, templateWith, wrappingKeyArn } from './rewrap-machine-template.ts';
import { only, resourcesOf } from './templates.ts';

const template = templateWith();
const machine = machineOf(template);
const maps = [
  {
    id: 'RewrapListed',
    item: { 'key.$': '$$.Map.Item.Value.Key' },
  },
  {
    id: 'RewrapInventoried',
    item: { 'key.$': '$$.Map.Item.Value.Key', 'bucket.$': '$$.Map.Item.Value.Bucket' },
  },
];

describe('a run', () => {
  test('ends where an older one is under way, once Step Functions shows all of them', () => {
    expect(machine.StartAt).toBe('UntilRunsShow');
    expect(state(machine, 'UntilRunsShow')).toEqual({ Type: 'Wait', Seconds: 5, Next: 'RunsUnderWay' });
    expect(state(machine, 'RunsUnderWay')).toMatchObject({
      Resource: 'arn:${AWS::Partition}:states:::aws-sdk:sfn:listExecutions',
      Parameters: {
        'StateMachineArn.$': '$$.StateMachine.Id',
        StatusFilter: 'RUNNING',
        MaxResults: 100,
      },
      ResultSelector: { 'names.$': '$.Executions[*].Name' },
      ResultPath: '$.underWay',
      Next: 'IsAnyListed',
    });
    expect(state(machine, 'IsAnyListed')).toMatchObject({
      Choices: [{ Variable: '$.underWay.names[0]', IsPresent: true, Next: 'OldestRun' }],
      Default: 'DescribeKey',
    });
    // The newest comes first.
    expect(state(machine, 'OldestRun')).toMatchObject({
      Parameters: {
        'name.$':
          'States.ArrayGetItem($.underWay.names, States.MathAdd(States.ArrayLength($.underWay.names), -1))',
      },
      ResultPath: '$.oldest',
      Next: 'IsItThisOne',
    });
    expect(state(machine, 'IsItThisOne')).toMatchObject({
      Choices: [{ Variable: '$.oldest.name', StringEqualsPath: '$$.Execution.Name', Next: 'DescribeKey' }],
      Default: 'AnotherIsOn',
    });
    expect(state(machine, 'AnotherIsOn')).toEqual({ Type: 'Succeed' });
  });

  test('starts another one where the key was rotated meanwhile, however it ended itself', () => {
    expect(state(machine, 'Report').Next).toBe('DescribeKeyAgain');
    expect(state(machine, 'DescribeKeyAgain')).toMatchObject({
      Parameters: { KeyId: wrappingKeyArn },
      ResultSelector: { 'key.$': '$.KeyMetadata' },
      ResultPath: '$.now',
      Next: 'WasKeyRotated',
      Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.notStarted', Next: 'WasItGood' }],
    });
    const [used, now] = ['$.described.key.CurrentKeyMaterialId', '$.now.key.CurrentKeyMaterialId'];
    expect(state(machine, 'WasKeyRotated')).toMatchObject({
      Choices: [
        {
          And: [
            { Variable: used, IsPresent: true },
            { Variable: now, IsPresent: true },
            { Not: { Variable: now, StringEqualsPath: used } },
          ],
          Next: 'StartAnother',
        },
      ],
      Default: 'WasItGood',
    });
    expect(state(machine, 'StartAnother')).toMatchObject({
      Resource: 'arn:${AWS::Partition}:states:::aws-sdk:sfn:startExecution',
      Parameters: { 'StateMachineArn.$': '$$.StateMachine.Id', Input: '{}' },
      ResultPath: '$.another',
      Next: 'WasItGood',
      Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.notStarted', Next: 'WasItGood' }],
    });
  });

  test('is ended after a week: it hangs, and keeps the next ones from beginning', () => {
    expect(machine.TimeoutSeconds).toBe(7 * 24 * 3600);
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
      ResultSelector: { 'told.$': '$.Payload' },
      ResultPath: '$.report',
    });
  });

  test('fails where the report says so, and names the summary', () => {
    expect(state(machine, 'WasItGood')).toMatchObject({
      Choices: [{ Variable: '$.report.told.isFailed', BooleanEquals: true, Next: 'Failed' }],
      Default: 'Done',
    });
    expect(state(machine, 'Done')).toEqual({ Type: 'Succeed', OutputPath: '$.report.told' });
    expect(state(machine, 'Failed')).toEqual({
      Type: 'Fail',
      Error: 'RewrapRunFailed',
      CausePath: "States.Format('see {} in the report bucket', $.report.told.summaryKey)",
    });
  });

  test.each(['RunsUnderWay', 'DescribeKey', 'Report', 'DescribeKeyAgain', 'StartAnother'])(
    'does not fail for a passing failure of %s',
    (id) => {
      expect(state(machine, id).Retry?.[0]?.MaxAttempts).toBeGreaterThan(3);
    },
  );

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

describe.each(maps)('the map $id', ({ id, item }) => {
  test('hands out keys in batches with room to spare, as many at once as there are workers', () => {
    expect(state(machine, id)).toMatchObject({
      ItemSelector: item,
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
