import { describe, expect, test } from '@jest/globals';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { DefinitionBody, Pass, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { RewrapTriggers } from '../../infra/rewrap-triggers.ts';
import { permissionsOf } from './policies.ts';
import { named, only } from './templates.ts';

const wrappingKeyArn = 'arn:aws:kms:eu-west-1:111122223333:key/1';
const stack = new Stack(new App(), 'Test');
new RewrapTriggers(stack, 'Triggers', {
  vaultId: 'payroll',
  schedule: ScheduleExpression.rate(Duration.hours(6)),
  wrappingKeyArn,
  machine: new StateMachine(stack, 'Machine', {
    definitionBody: DefinitionBody.fromChainable(new Pass(stack, 'Pass')),
  }),
});
const template = Template.fromStack(stack);

test('the schedule starts a run at its times, and does not insist for longer than an hour', () => {
  expect(only(template, 'AWS::Scheduler::Schedule').Properties).toEqual({
    Description: 'Rewraps the vault payroll',
    FlexibleTimeWindow: { Mode: 'OFF' },
    ScheduleExpression: 'rate(6 hours)',
    ScheduleExpressionTimezone: 'Etc/UTC',
    State: 'ENABLED',
    Target: {
      Arn: '${Machine}',
      RoleArn: '${TriggersSchedulerStarter.Arn}',
      Input: '{}',
      RetryPolicy: { MaximumEventAgeInSeconds: 3600, MaximumRetryAttempts: 2 },
    },
  });
});

test('a rotation of this one key starts a run, whoever rotated it', () => {
  expect(only(template, 'AWS::Events::Rule').Properties).toEqual({
    Description: 'Rewraps the vault payroll when its wrapping key was rotated',
    EventPattern: { source: ['aws.kms'], 'detail-type': ['KMS CMK Rotation'], resources: [wrappingKeyArn] },
    State: 'ENABLED',
    Targets: [
      {
        Id: 'Target0',
        Arn: '${Machine}',
        RoleArn: '${TriggersEventsStarter.Arn}',
        Input: '{}',
        RetryPolicy: { MaximumEventAgeInSeconds: 3600, MaximumRetryAttempts: 2 },
      },
    ],
  });
});

test('a key whose rotations KMS does not tell of leaves it to the schedule', () => {
  const own = new Stack(new App(), 'Own');
  new RewrapTriggers(own, 'Triggers', {
    vaultId: 'payroll',
    schedule: ScheduleExpression.rate(Duration.hours(6)),
    machine: new StateMachine(own, 'Machine', {
      definitionBody: DefinitionBody.fromChainable(new Pass(own, 'Pass')),
    }),
  });
  const scheduled = Template.fromStack(own);

  scheduled.resourceCountIs('AWS::Events::Rule', 0);
  scheduled.resourceCountIs('AWS::Scheduler::Schedule', 1);
});

describe.each([
  {
    role: 'TriggersSchedulerStarter',
    Service: 'scheduler.amazonaws.com',
    source: {
      'aws:SourceArn':
        'arn:${AWS::Partition}:scheduler:${AWS::Region}:${AWS::AccountId}:schedule-group/default',
    },
  },
  { role: 'TriggersEventsStarter', Service: 'events.amazonaws.com', source: {} },
])('the role $role', ({ role, Service, source }) => {
  test('starts this machine, and does nothing else', () => {
    expect(permissionsOf(template, role)).toEqual({ '${Machine}': ['states:StartExecution'] });
  });

  test('is taken by its service for this account, and by nobody else', () => {
    const { Properties } = named(template, 'AWS::IAM::Role', role);
    expect(Properties['AssumeRolePolicyDocument']).toMatchObject({
      Statement: [
        {
          Action: 'sts:AssumeRole',
          Effect: 'Allow',
          Principal: { Service },
          Condition: { StringEquals: { 'aws:SourceAccount': '${AWS::AccountId}', ...source } },
        },
      ],
    });
    expect(Properties).not.toHaveProperty('ManagedPolicyArns');
  });
});
