import { Duration } from 'aws-cdk-lib';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import {
  Choice,
  Condition,
  Fail,
  JitterType,
  JsonPath,
  Pass,
  TaskInput,
  type IChainable,
  type TaskStateBase,
} from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';

/** What becomes of one batch of a run. */
export interface RewrapBatchProps {
  readonly rewrapFunction: LambdaFunction;
  /** Whether its items are lines of an inventory, or keys of a listing. */
  readonly isInventoried: boolean;
}

/**
 * The states of one batch: it is handed on to the next invocation until nothing of it is left, or an invocation got
 * nowhere. Where an invocation that goes on is cut off for good, the batch ends with what those before it told.
 *
 * @param id - what the names of the states begin with
 */
export function rewrapBatch(
  scope: Construct,
  id: string,
  { rewrapFunction, isInventoried }: RewrapBatchProps,
): IChainable {
  const key = JsonPath.objectAt('$.BatchInput.key');
  const rewrap = invoke(scope, `${id}Batch`, rewrapFunction, {
    key,
    ...(isInventoried
      ? { inventoried: JsonPath.objectAt('$.Items') }
      : { keys: JsonPath.listAt('$.Items[*].key') }),
  });
  const goOn = invoke(scope, `${id}Rest`, rewrapFunction, {
    key,
    keys: JsonPath.listAt('$.report.told.left'),
    before: JsonPath.objectAt('$.report.told'),
  });
  const done = new Pass(scope, `${id}Done`, { outputPath: '$.report.told' });
  const isDone = new Choice(scope, `${id}Left`)
    .when(Condition.booleanEquals('$.report.told.goOn', true), goOn)
    .otherwise(done);
  // A batch that failed tells what came of all of it.
  const failed = new Fail(scope, `${id}RestFailed`, {
    errorPath: '$.ended.Error',
    causePath: '$.ended.Cause',
  });
  goOn.addCatch(failed, { errors: ['BatchFailed'], resultPath: '$.ended' });
  goOn.addCatch(done, { errors: ['States.ALL'], resultPath: '$.ended' });
  goOn.next(isDone);
  return rewrap.next(isDone);
}

function invoke(
  scope: Construct,
  id: string,
  lambdaFunction: LambdaFunction,
  payload: Record<string, unknown>,
): TaskStateBase {
  const task = new LambdaInvoke(scope, id, {
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
