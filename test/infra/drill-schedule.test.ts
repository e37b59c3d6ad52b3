import { expect, test } from '@jest/globals';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { DrillSchedule } from '../../infra/drill-schedule.ts';
import { permissionsOf } from './policies.ts';
import { named, only } from './templates.ts';

const stack = new Stack(new App(), 'Test');
new DrillSchedule(stack, 'Drills', {
  vaultId: 'payroll',
  schedule: ScheduleExpression.rate(Duration.hours(6)),
  drillFunction: new LambdaFunction(stack, 'Function', {
    runtime: Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: Code.fromInline('exports.handler = () => {}'),
  }),
});
const template = Template.fromStack(stack);

test('the schedule starts a drill at its times, and does not insist for longer than an hour', () => {
  const schedule = only(template, 'AWS::Scheduler::Schedule');
  expect(schedule.Properties).toMatchObject({
    ScheduleExpression: 'rate(6 hours)',
    State: 'ENABLED',
    Target: {
      Arn: '${Function.Arn}',
      RoleArn: '${DrillsStarter.Arn}',
      RetryPolicy: { MaximumEventAgeInSeconds: 3600, MaximumRetryAttempts: 2 },
    },
  });
  expect(schedule.DependsOn).toEqual([
    expect.stringMatching(/^DrillsStarterDefaultPolicy/),
    expect.stringMatching(/^DrillsStarter[0-9A-F]{8}$/),
  ]);
});

test('its role starts this function, and does nothing else', () => {
  expect(permissionsOf(template, 'DrillsStarter')).toEqual({ '${Function.Arn}': ['lambda:InvokeFunction'] });
});

test('its role is taken by the scheduler for this account, and by nobody else', () => {
  const { Properties } = named(template, 'AWS::IAM::Role', 'DrillsStarter');
  expect(Properties['AssumeRolePolicyDocument']).toMatchObject({
    Statement: [
      {
        Principal: { Service: 'scheduler.amazonaws.com' },
        Condition: {
          StringEquals: {
            'aws:SourceAccount': '${AWS::AccountId}',
            'aws:SourceArn':
              'arn:${AWS::Partition}:scheduler:${AWS::Region}:${AWS::AccountId}:schedule-group/default',
          },
        },
      },
    ],
  });
});
