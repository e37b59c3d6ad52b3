import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import {
  Choice,
  Condition,
  DefinitionBody,
  DistributedMap,
  Fail,
  ItemBatcher,
  JsonPath,
  LogLevel,
  OutputType,
  Pass,
  ResultWriterV2,
  S3ManifestItemReader,
  S3ObjectsItemReader,
  StateMachine,
  StateMachineType,
  Succeed,
  TaskInput,
  Transformation,
  WriterConfig,
  type IChainable,
  type IItemReader,
} from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke, type CallAwsService } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { Construct } from 'constructs';
import type { KeyResource } from './key-use.ts';
import { rewrapBatch } from './rewrap-batch.ts';
import { machineCall } from './rewrap-machine-call.ts';
import { RewrapMachineRole } from './rewrap-machine-role.ts';
import { unlessOlderRun } from './unless-older-run.ts';

/** What a run is made of. */
export interface RewrapMachineProps {
  readonly vaultId: string;
  /** What the wrapping key is called by: its own ARN, or that of an alias. */
  readonly wrappingKeyArn: string;
  /**
   * How the role's policy names the wrapping key.
   * @defaultValue by the same ARN
   */
  readonly wrappingKey?: KeyResource;
  readonly sealed: IBucket;
  readonly reports: IBucket;
  /** Where the inventories are that a run may be told to read. */
  readonly inventoryBuckets: readonly IBucket[];
  /** Rewraps one batch. */
  readonly rewrapFunction: LambdaFunction;
  /** Adds up what the batches told. */
  readonly reportFunction: LambdaFunction;
  /** How many batches are worked on at once. */
  readonly workers: number;
  /** How many of a hundred objects may fail before a run ends early. */
  readonly toleratedFailurePercentage: number;
}

/**
 * Objects for one invocation. Step Functions takes 256 KiB: so much may be a batch's keys, the keys again in the
 * report of what failed and what is left, and that report once more in the input of the invocation that goes on.
 */
const batchObjects = 100;
const batchInputBytes = 64 * 1024;

/** A run that goes on for longer hangs, and no other one begins meanwhile. */
const longestRun = Duration.days(7);

/** What the keys of the result files begin with, in the report bucket. */
const resultPrefix = 'runs/';

/** Without it, CDK leaves the writer out of the definition, and says nothing. */
const resultWriterFlag = '@aws-cdk/aws-stepfunctions:useDistributedMapResultWriterV2';

/**
 * A run over the sealed bucket: asks KMS which key material is the current one, hands the objects out in batches,
 * and adds up what came of them. Every object is listed; or, where the run's input names the manifest of an S3
 * Inventory (in CSV) as `{"inventory": {"bucket": …, "key": …}}`, read from there.
 *
 * A run that finds an older one under way ends at once: together they would exceed the budget of requests. Where the
 * key was rotated meanwhile, the older one starts another one when it has ended.
 */
export class RewrapMachine extends Construct {
  readonly machine: StateMachine;

  constructor(scope: Construct, id: string, props: RewrapMachineProps) {
    super(scope, id);
    this.node.setContext(resultWriterFlag, true);
    const logs = new LogGroup(this, 'Log', {
      retention: RetentionDays.SIX_MONTHS,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const { rewrapFunction, reportFunction } = props;
    const role = new RewrapMachineRole(this, 'Role', {
      ...props,
      wrappingKey: props.wrappingKey ?? { arn: props.wrappingKeyArn, conditions: {} },
      resultPrefix,
      functions: [rewrapFunction, reportFunction],
    });
    this.machine = new StateMachine(this, 'Machine', {
      role: role.role,
      stateMachineType: StateMachineType.STANDARD,
      definitionBody: DefinitionBody.fromChainable(this.#definition(props)),
      comment: `Rewraps the vault ${props.vaultId}`,
      timeout: longestRun,
      tracingEnabled: true,
      logs: { destination: logs, level: LogLevel.ALL, includeExecutionData: false },
    });
    // CDK's own policy for the map: nobody has it.
    this.machine.node.tryRemoveChild('DistributedMapPolicy');
    role.grantOwnRuns(this.machine);
  }

  #definition(props: RewrapMachineProps): IChainable {
    const describeKey = describe(this, 'DescribeKey', props, '$.described');
    const report = this.#report(props);
    const ended = new Pass(this, 'Ended', { parameters: {}, resultPath: '$.ended' });
    ended.next(report);
    const listed = this.#map(
      'RewrapListed',
      props,
      // A listing tells more of each object than there is room for.
      { key: JsonPath.stringAt('$$.Map.Item.Value.Key') },
      new S3ObjectsItemReader({ bucket: props.sealed }),
    );
    const inventoried = this.#map(
      'RewrapInventoried',
      props,
      {
        key: JsonPath.stringAt('$$.Map.Item.Value.Key'),
        bucket: JsonPath.stringAt('$$.Map.Item.Value.Bucket'),
      },
      new S3ManifestItemReader({
        bucketNamePath: JsonPath.stringAt('$.inventory.bucket'),
        key: JsonPath.stringAt('$.inventory.key'),
      }),
    );
    for (const map of [listed, inventoried]) {
      // What was done is reported, whatever ended the run.
      map.addCatch(report, { errors: ['States.ALL'], resultPath: '$.ended' });
      map.next(ended);
    }
    describeKey.next(
      new Choice(this, 'FromWhere').when(Condition.isPresent('$.inventory'), inventoried).otherwise(listed),
    );
    return unlessOlderRun(this, describeKey);
  }

  #map(
    id: string,
    props: RewrapMachineProps,
    itemSelector: Record<string, string>,
    itemReader: IItemReader,
  ): DistributedMap {
    const map = new DistributedMap(this, id, {
      label: id,
      itemReader,
      itemSelector,
      itemBatcher: new ItemBatcher({
        maxItemsPerBatch: batchObjects,
        maxInputBytesPerBatch: batchInputBytes,
        batchInput: { 'key.$': '$.described.key' },
      }),
      mapExecutionType: StateMachineType.STANDARD,
      maxConcurrency: props.workers,
      toleratedFailurePercentage: props.toleratedFailurePercentage,
      resultWriterV2: new ResultWriterV2({
        bucket: props.reports,
        prefix: JsonPath.format(`${resultPrefix}{}`, JsonPath.stringAt('$$.Execution.Name')),
        writerConfig: new WriterConfig({
          transformation: Transformation.COMPACT,
          outputType: OutputType.JSONL,
        }),
      }),
      resultPath: '$.map',
    });
    const { rewrapFunction } = props;
    return map.itemProcessor(
      rewrapBatch(this, id, { rewrapFunction, isInventoried: 'bucket' in itemSelector }),
    );
  }

  #report(props: RewrapMachineProps): IChainable {
    const report = new LambdaInvoke(this, 'Report', {
      lambdaFunction: props.reportFunction,
      payload: TaskInput.fromObject({
        prefix: JsonPath.format(`${resultPrefix}{}/`, JsonPath.stringAt('$$.Execution.Name')),
        startedAt: JsonPath.stringAt('$$.Execution.StartTime'),
        key: JsonPath.objectAt('$.described.key'),
        ended: JsonPath.objectAt('$.ended'),
      }),
      resultSelector: { 'told.$': '$.Payload' },
      resultPath: '$.report',
    });
    const wasItGood = new Choice(this, 'WasItGood')
      .when(
        Condition.booleanEquals('$.report.told.isFailed', true),
        new Fail(this, 'Failed', {
          error: 'RewrapRunFailed',
          causePath: JsonPath.format(
            'see {} in the report bucket',
            JsonPath.stringAt('$.report.told.summaryKey'),
          ),
        }),
      )
      .otherwise(new Succeed(this, 'Done', { outputPath: '$.report.told' }));
    return report.next(this.#startAnotherIfRotated(props, wasItGood));
  }

  /** What a rotation during a run would have started has left its work to it. */
  #startAnotherIfRotated(props: RewrapMachineProps, next: Choice): IChainable {
    const describeAgain = describe(this, 'DescribeKeyAgain', props, '$.now');
    const startAnother = machineCall(this, 'StartAnother', {
      service: 'sfn',
      action: 'startExecution',
      parameters: { StateMachineArn: JsonPath.stringAt('$$.StateMachine.Id'), Input: '{}' },
      resultPath: '$.another',
    });
    // Whatever comes of it, the run did what it did; the schedule starts the next one.
    for (const call of [describeAgain, startAnother]) {
      call.addCatch(next, { errors: ['States.ALL'], resultPath: '$.notStarted' });
    }
    const [used, now] = ['$.described.key.CurrentKeyMaterialId', '$.now.key.CurrentKeyMaterialId'];
    return describeAgain.next(
      new Choice(this, 'WasKeyRotated')
        .when(
          Condition.and(
            ...[used, now].map((path) => Condition.isPresent(path)),
            Condition.not(Condition.stringEqualsJsonPath(now, used)),
          ),
          startAnother.next(next),
        )
        .otherwise(next),
    );
  }
}

/** Asks KMS for the key, and with it for the key material that is current. */
function describe(
  scope: Construct,
  id: string,
  { wrappingKeyArn }: RewrapMachineProps,
  resultPath: string,
): CallAwsService {
  return machineCall(scope, id, {
    service: 'kms',
    action: 'describeKey',
    parameters: { KeyId: wrappingKeyArn },
    resultSelector: { 'key.$': '$.KeyMetadata' },
    resultPath,
  });
}
