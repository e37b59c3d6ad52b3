import { Duration } from 'aws-cdk-lib';
import {
  Choice,
  Condition,
  JsonPath,
  Pass,
  Succeed,
  Wait,
  WaitTime,
  type IChainable,
} from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { machineCall } from './rewrap-machine-call.ts';

/** Until then, Step Functions may not list a run that began, and may list one that has ended. */
const settled = Duration.seconds(5);

/**
 * Has a run end at once where an older one is under way, and go on otherwise. Of two that begin at the same moment the
 * older one goes on: Step Functions lists runs under way by when they began, the newest first, in the same order to
 * both.
 *
 * Source: AWS Step Functions API Reference, ListExecutions.
 */
export function unlessOlderRun(scope: Construct, run: IChainable): IChainable {
  const wait = new Wait(scope, 'UntilRunsShow', { time: WaitTime.duration(settled) });
  const underWay = machineCall(scope, 'RunsUnderWay', {
    service: 'sfn',
    action: 'listExecutions',
    parameters: {
      StateMachineArn: JsonPath.stringAt('$$.StateMachine.Id'),
      StatusFilter: 'RUNNING',
      MaxResults: 100,
    },
    resultSelector: { 'names.$': '$.Executions[*].Name' },
    resultPath: '$.underWay',
  });
  const oldest = new Pass(scope, 'OldestRun', {
    parameters: {
      'name.$':
        'States.ArrayGetItem($.underWay.names, States.MathAdd(States.ArrayLength($.underWay.names), -1))',
    },
    resultPath: '$.oldest',
  });
  const isItThis = new Choice(scope, 'IsItThisOne')
    .when(Condition.stringEqualsJsonPath('$.oldest.name', '$$.Execution.Name'), run)
    .otherwise(new Succeed(scope, 'AnotherIsOn'));
  // Where not even this run shows, there is none to leave the work to.
  const isAnyListed = new Choice(scope, 'IsAnyListed')
    .when(Condition.isPresent('$.underWay.names[0]'), oldest.next(isItThis))
    .otherwise(run);
  return wait.next(underWay).next(isAnyListed);
}
