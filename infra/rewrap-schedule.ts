import { Duration, Stack } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Schedule, type ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Construct } from 'constructs';

/** What is started when. */
export interface RewrapScheduleProps {
  readonly vaultId: string;
  readonly schedule: ScheduleExpression;
  readonly rewrapFunction: LambdaFunction;
}

/** Starts the rewrap function again and again, by a role that can do nothing else. */
export class RewrapSchedule extends Construct {
  constructor(scope: Construct, id: string, { vaultId, schedule, rewrapFunction }: RewrapScheduleProps) {
    super(scope, id);
    const stack = Stack.of(this);
    const starter = new Role(this, 'Starter', {
      description: `Starts rewrapping the vault ${vaultId}`,
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: {
          StringEquals: {
            'aws:SourceAccount': stack.account,
            'aws:SourceArn': stack.formatArn({
              service: 'scheduler',
              resource: 'schedule-group',
              resourceName: 'default',
            }),
          },
        },
      }),
    });
    rewrapFunction.grantInvokeLatestVersion(starter);
    new Schedule(this, 'Schedule', {
      description: `Rewraps the vault ${vaultId}`,
      schedule,
      target: new LambdaInvoke(rewrapFunction, {
        // By itself the target would let the role invoke every version of the function.
        role: starter.withoutPolicyUpdates(),
        retryAttempts: 2,
        maxEventAge: Duration.hours(1),
      }),
    });
  }
}
