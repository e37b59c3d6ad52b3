import { beforeAll, expect, test } from '@jest/globals';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { CfnOutput, Duration, Stack, type App } from 'aws-cdk-lib';
import { Alarm, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { eventually } from '../../support/eventually.ts';
import { localStack } from '../../support/local-stack.ts';
import { callAws } from './aws-call.ts';
import { StatesWorld } from './states-world.ts';

const handler = `exports.handler = async ({ failed }) => {
  console.log(JSON.stringify({
    _aws: {
      Timestamp: Date.now(),
      CloudWatchMetrics: [
        { Namespace: 'EmulatorDrills', Dimensions: [['Vault']], Metrics: [{ Name: 'Failed', Unit: 'Count' }] },
      ],
    },
    Vault: 'one',
    Failed: failed,
  }));
};`;

const world = new StatesWorld();
let stack: Record<string, string>;
beforeAll(async () => {
  stack = await world.deploy(drillStack);
});

/** A function that counts what failed, and an alarm on it. */
function drillStack(app: App): Stack {
  const made = new Stack(app, 'EmulatorDrill');
  const drill = new LambdaFunction(made, 'Drill', {
    runtime: Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: Code.fromInline(handler),
  });
  const metric = new Metric({
    namespace: 'EmulatorDrills',
    metricName: 'Failed',
    dimensionsMap: { Vault: 'one' },
    statistic: Stats.SUM,
    period: Duration.hours(1),
  });
  const alarm = new Alarm(made, 'Alarm', { metric, threshold: 2, evaluationPeriods: 1 });
  new CfnOutput(made, 'DrillOutput', { value: drill.functionName });
  new CfnOutput(made, 'AlarmOutput', { value: alarm.alarmName });
  return made;
}

async function drill(failed: number | number[]): Promise<void> {
  const Payload = JSON.stringify({ failed });
  await world.administrator.lambda.send(new InvokeCommand({ FunctionName: stack['DrillOutput'], Payload }));
}

const stateBecomes = (state: string): Promise<true> =>
  eventually(`the state ${state}`, async () => {
    const answer = await callAws(localStack().emulator, {
      service: 'monitoring',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        Action: 'DescribeAlarms',
        Version: '2010-08-01',
        'AlarmNames.member.1': stack['AlarmOutput'] ?? '',
      }).toString(),
    });
    return answer.includes(`<StateValue>${state}</StateValue>`) ? true : undefined;
  });

test('what a function logs as a metric sets off the alarm on it', async () => {
  expect(await stateBecomes('INSUFFICIENT_DATA')).toBe(true);
  await drill(0);
  expect(await stateBecomes('OK')).toBe(true);
  await drill([1, 1]);
  expect(await stateBecomes('ALARM')).toBe(true);
});
