import { beforeAll, describe, expect, test } from '@jest/globals';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { RewrapSchedule } from '../../infra/rewrap-schedule.ts';
import { permissionsOf } from './policies.ts';
import { named, only } from './templates.ts';

describe('a rewrap schedule', () => {
  let template: Template;

  beforeAll(() => {
    const stack = new Stack(new App(), 'Test');
    new RewrapSchedule(stack, 'Rewraps', {
      vaultId: 'payroll',
      schedule: ScheduleExpression.rate(Duration.hours(6)),
      rewrapFunction: new LambdaFunction(stack, 'Rewrap', {
        runtime: Runtime.NODEJS_24_X,
        handler: 'index.handler',
        code: Code.fromInline('exports.handler = () => undefined'),
      }),
    });
    template = Template.fromStack(stack);
  });

  test('starts the function at its times, and does not insist for longer than an hour', () => {
    expect(only(template, 'AWS::Scheduler::Schedule').Properties).toEqual({
      Description: 'Rewraps the vault payroll',
      FlexibleTimeWindow: { Mode: 'OFF' },
      ScheduleExpression: 'rate(6 hours)',
      ScheduleExpressionTimezone: 'Etc/UTC',
      State: 'ENABLED',
      Target: {
        Arn: '${Rewrap.Arn}',
        RoleArn: '${RewrapsStarter.Arn}',
        RetryPolicy: { MaximumEventAgeInSeconds: 3600, MaximumRetryAttempts: 2 },
      },
    });
  });

  test('starts it by a role that may do nothing else', () => {
    expect(permissionsOf(template, 'RewrapsStarter')).toEqual({
      '${Rewrap.Arn}': ['lambda:InvokeFunction'],
      '${Rewrap.Arn}:$LATEST': ['lambda:InvokeFunction'],
    });
  });

  test('lets only the schedules of this account take that role', () => {
    const { Properties } = named(template, 'AWS::IAM::Role', 'RewrapsStarter');

    expect(Properties['AssumeRolePolicyDocument']).toMatchObject({
      Statement: [
        {
          Action: 'sts:AssumeRole',
          Effect: 'Allow',
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
    expect(Properties).not.toHaveProperty('ManagedPolicyArns');
  });
});
