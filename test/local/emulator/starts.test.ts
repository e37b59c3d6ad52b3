import { beforeAll, expect, test } from '@jest/globals';
import { RotateKeyOnDemandCommand } from '@aws-sdk/client-kms';
import { CfnOutput, Duration, Stack, type App } from 'aws-cdk-lib';
import { CfnRule, Rule } from 'aws-cdk-lib/aws-events';
import { SfnStateMachine } from 'aws-cdk-lib/aws-events-targets';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import {
  ContextAttribute,
  Schedule,
  ScheduleExpression,
  ScheduleTargetInput,
} from 'aws-cdk-lib/aws-scheduler';
import { StepFunctionsStartExecution } from 'aws-cdk-lib/aws-scheduler-targets';
import { DefinitionBody, LogLevel, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { lookUpEvents } from '../../../local/trail.ts';
import { StatesWorld } from './states-world.ts';

const world = new StatesWorld();
let stack: Record<string, string>;
beforeAll(async () => {
  stack = await world.deploy(startsStack);
});

/** State machines that a key's rotation starts, in a role that may and in one that may not, and a schedule. */
function startsStack(app: App): Stack {
  const made = new Stack(app, 'EmulatorStarts');
  const machine = (id: string): StateMachine =>
    new StateMachine(made, id, {
      definitionBody: DefinitionBody.fromString(
        '{"StartAt":"Keep","States":{"Keep":{"Type":"Pass","Result":"${kept}","ResultPath":"$.kept","End":true}}}',
      ),
      definitionSubstitutions: { kept: id },
      logs: { destination: new LogGroup(made, `${id}Logs`), level: LogLevel.ERROR },
      tracingEnabled: true,
    });
  const [rotated, refused, scheduled] = [machine('Rotated'), machine('Refused'), machine('Scheduled')];
  const key = new Key(made, 'Key');
  const eventPattern = { source: ['aws.kms'], detailType: ['KMS CMK Rotation'], resources: [key.keyArn] };
  new Rule(made, 'Rule', { eventPattern, targets: [new SfnStateMachine(rotated)] });
  const powerless = new Role(made, 'Powerless', { assumedBy: new ServicePrincipal('events.amazonaws.com') });
  new CfnRule(made, 'RefusedRule', {
    eventPattern: { source: ['aws.kms'], 'detail-type': ['KMS CMK Rotation'] },
    targets: [{ id: 'machine', arn: refused.stateMachineArn, roleArn: powerless.roleArn }],
  });
  new Schedule(made, 'Schedule', {
    schedule: ScheduleExpression.at(new Date(Date.now() + Duration.seconds(2).toMilliseconds())),
    target: new StepFunctionsStartExecution(scheduled, {
      input: ScheduleTargetInput.fromObject({ whole: true, at: ContextAttribute.scheduledTime }),
    }),
  });
  const outputs = {
    KeyArn: key.keyArn,
    KeyId: key.keyId,
    Rotated: rotated.stateMachineArn,
    Refused: refused.stateMachineArn,
    Scheduled: scheduled.stateMachineArn,
  };
  for (const [name, value] of Object.entries(outputs)) new CfnOutput(made, `${name}Output`, { value });
  return made;
}

test("a key's rotation on demand starts what a rule targets, in the rule's role", async () => {
  const { KeyArnOutput, KeyIdOutput, RotatedOutput = '', RefusedOutput = '' } = stack;
  await world.administrator.kms.send(new RotateKeyOnDemandCommand({ KeyId: KeyIdOutput }));
  const execution = await world.startedByItself(RotatedOutput, 20_000);
  expect(JSON.parse(execution.output ?? '')).toMatchObject({ kept: 'Rotated' });
  expect(JSON.parse(execution.input)).toMatchObject({
    source: 'aws.kms',
    'detail-type': 'KMS CMK Rotation',
    resources: [KeyArnOutput],
    detail: { 'key-id': KeyIdOutput },
  });
  const { executions } = await world.states<{ executions: [] }>('ListExecutions', {
    stateMachineArn: RefusedOutput,
  });
  expect(executions).toEqual([]);
  const starts = await lookUpEvents(world.administrator, 'StartExecution');
  expect(starts.filter(({ errorCode }) => errorCode === 'AccessDenied')).not.toEqual([]);
});

test('a schedule starts what it targets, with its input', async () => {
  const execution = await world.startedByItself(stack['ScheduledOutput'] ?? '', 40_000);
  expect(execution.status).toBe('SUCCEEDED');
  expect(JSON.parse(execution.input)).toEqual({
    whole: true,
    at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
  });
});
