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
  JitterType,
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
  type TaskStateBase,
} from 'aws-cdk-lib/aws-stepfunctions';
import { CallAwsService, LambdaInvoke, type CallAwsServiceProps } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { Construct } from 'constructs';
import { RewrapMachineRole } from './rewrap-machine-role.ts';

/** What a run is made of. */
export interface RewrapMachineProps {
  readonly vaultId: string;
  readonly wrappingKeyArn: string;
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

/** What the keys of the result files begin with, in the report bucket. */
const resultPrefix = 'runs/';

/** Without it, CDK leaves the writer out of the definition, and says nothing. */
const resultWriterFlag = '@aws-cdk/aws-stepfunctions:useDistributedMapResultWriterV2';

/**
 * A run over the sealed bucket: asks KMS which key material is the current one, hands the objects out in batches,
 * and adds up what came of them. Every object is listed; or, where the run's input names the manifest of an S3
 * Inventory (in CSV) as `{"inventory": {"bucket": …, "key": …}}`, read from there.
 *
 * A run that finds another one under way ends at once: together they would exceed the budget of requests. What it
 * would have done is left to the next one.
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
      resultPrefix,
      functions: [rewrapFunction, reportFunction],
    });
    this.machine = new StateMachine(this, 'Machine', {
      role: role.role,
      stateMachineType: StateMachineType.STANDARD,
      definitionBody: DefinitionBody.fromChainable(this.#definition(props)),
      comment: `Rewraps the vault ${props.vaultId}`,
      tracingEnabled: true,
      logs: { destination: logs, level: LogLevel.ALL, includeExecutionData: false },
    });
    // CDK's own policy for the map: nobody has it.
    this.machine.node.tryRemoveChild('DistributedMapPolicy');
    role.grantOwnRuns(this.machine);
  }

  #definition(props: RewrapMachineProps): IChainable {
    const describeKey = this.#call('DescribeKey', {
      service: 'kms',
      action: 'describeKey',
      parameters: { KeyId: props.wrappingKeyArn },
      resultSelector: { 'key.$': '$.KeyMetadata' },
      resultPath: '$.described',
    });
    const report = this.#report(props);
    const ended = new Pass(this, 'Ended', { parameters: {}, resultPath: '$.ended' });
    ended.next(report);
    const listed = this.#map('RewrapListed', props, false, new S3ObjectsItemReader({ bucket: props.sealed }));
    const inventoried = this.#map(
      'RewrapInventoried',
      props,
      true,
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
    return this.#unlessAnotherIsOn(describeKey);
  }

  /** Where two runs begin at the very same time, both may end so: the schedule comes again. */
  #unlessAnotherIsOn(run: IChainable): IChainable {
    const underWay = this.#call('RunsUnderWay', {
      service: 'sfn',
      action: 'listExecutions',
      parameters: {
        StateMachineArn: JsonPath.stringAt('$$.StateMachine.Id'),
        StatusFilter: 'RUNNING',
        MaxResults: 2,
      },
      resultSelector: { 'names.$': '$.Executions[*].Name' },
      resultPath: '$.underWay',
    });
    return underWay.next(
      new Choice(this, 'IsAnotherOn')
        .when(Condition.isPresent('$.underWay.names[1]'), new Succeed(this, 'AnotherIsOn'))
        .otherwise(run),
    );
  }

  /** The role of the machine says what it may call. */
  #call(id: string, props: Omit<CallAwsServiceProps, 'iamResources'>): CallAwsService {
    const call = new CallAwsService(this, id, { ...props, iamResources: [] });
    call.addRetry({
      errors: ['States.TaskFailed'],
      interval: Duration.seconds(2),
      backoffRate: 2,
      maxAttempts: 5,
      jitterStrategy: JitterType.FULL,
    });
    return call;
  }

  #map(
    id: string,
    props: RewrapMachineProps,
    areKeysEncoded: boolean,
    itemReader: IItemReader,
  ): DistributedMap {
    const map = new DistributedMap(this, id, {
      label: id,
      itemReader,
      // A listing tells more of each object than there is room for.
      itemSelector: { key: JsonPath.stringAt('$$.Map.Item.Value.Key') },
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
    return map.itemProcessor(this.#batch(id, props, areKeysEncoded));
  }

  /** A batch is handed on to the next invocation until nothing of it is left. */
  #batch(id: string, { rewrapFunction }: RewrapMachineProps, areKeysEncoded: boolean): IChainable {
    const rewrap = this.#invoke(`${id}Batch`, rewrapFunction, {
      key: JsonPath.objectAt('$.BatchInput.key'),
      keys: JsonPath.listAt('$.Items[*].key'),
      areKeysEncoded,
    });
    const goOn = this.#invoke(`${id}Rest`, rewrapFunction, {
      key: JsonPath.objectAt('$.BatchInput.key'),
      keys: JsonPath.listAt('$.report.told.left'),
      before: JsonPath.objectAt('$.report.told'),
    });
    const isDone = new Choice(this, `${id}Left`)
      .when(Condition.isPresent('$.report.told.left[0]'), goOn)
      .otherwise(new Pass(this, `${id}Done`, { outputPath: '$.report.told' }));
    goOn.next(isDone);
    return rewrap.next(isDone);
  }

  #invoke(id: string, lambdaFunction: LambdaFunction, payload: Record<string, unknown>): TaskStateBase {
    const task = new LambdaInvoke(this, id, {
      lambdaFunction,
      payload: TaskInput.fromObject(payload),
      resultSelector: { 'told.$': '$.Payload' },
      resultPath: '$.report',
      retryOnServiceExceptions: false,
    });
    // Whatever cut an invocation off; the objects that it had done are current now, and cost one look each.
    task.addRetry({
      errors: [
        'Lambda.ServiceException',
        'Lambda.AWSLambdaException',
        'Lambda.SdkClientException',
        'Lambda.ClientExecutionTimeoutException',
        'Lambda.Unknown',
        'Sandbox.Timedout',
        'Runtime.ExitError',
        'Runtime.OutOfMemory',
      ],
      interval: Duration.seconds(2),
      backoffRate: 2,
      maxDelay: Duration.minutes(2),
      maxAttempts: 6,
      jitterStrategy: JitterType.FULL,
    });
    // Other functions of the account may have taken all that it can run at once, for an hour or two.
    return task.addRetry({
      errors: ['Lambda.TooManyRequestsException'],
      interval: Duration.seconds(2),
      backoffRate: 2,
      maxDelay: Duration.minutes(1),
      maxAttempts: 120,
      jitterStrategy: JitterType.FULL,
    });
  }

  #report({ reportFunction }: RewrapMachineProps): IChainable {
    const report = new LambdaInvoke(this, 'Report', {
      lambdaFunction: reportFunction,
      payload: TaskInput.fromObject({
        prefix: JsonPath.format(`${resultPrefix}{}/`, JsonPath.stringAt('$$.Execution.Name')),
        startedAt: JsonPath.stringAt('$$.Execution.StartTime'),
        key: JsonPath.objectAt('$.described.key'),
        ended: JsonPath.objectAt('$.ended'),
      }),
      outputPath: '$.Payload',
    });
    return report.next(
      new Choice(this, 'WasItGood')
        .when(
          Condition.booleanEquals('$.isFailed', true),
          new Fail(this, 'Failed', {
            error: 'RewrapRunFailed',
            causePath: JsonPath.format('see {} in the report bucket', JsonPath.stringAt('$.summaryKey')),
          }),
        )
        .otherwise(new Succeed(this, 'Done')),
    );
  }
}
