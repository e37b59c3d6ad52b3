import { Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Schedule, ScheduleTargetInput, type ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Construct } from 'constructs';

/** What is started when. */
export interface DrillScheduleProps {
  readonly vaultId: string;
  readonly schedule: ScheduleExpression;
  readonly drillFunction: IFunction;
}

/** Starts drills on a schedule, by a role that can do nothing else. */
export class DrillSchedule extends Construct {
  constructor(scope: Construct, id: string, { vaultId, schedule, drillFunction }: DrillScheduleProps) {
    super(scope, id);
    const stack = Stack.of(this);
    const starter = new Role(this, 'Starter', {
      description: `Starts drills of the vault ${vaultId}`,
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: {
          StringEquals: {
            'aws:SourceAccount': stack.account,
            'aws:SourceArn': stack.formatArn({ service: 'scheduler', resource: 'schedule-group/default' }),
          },
        },
      }),
    });
    starter.addToPolicy(
      new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [drillFunction.functionArn] }),
    );
    const every = new Schedule(this, 'Schedule', {
      description: `Drills the recovery of the vault ${vaultId}`,
      schedule,
      target: new LambdaInvoke(drillFunction, {
        // CDK would give it every version of the function.
        role: starter.withoutPolicyUpdates(),
        input: ScheduleTargetInput.fromObject({}),
        retryAttempts: 2,
        maxEventAge: Duration.hours(1),
      }),
    });
    // A schedule fires at once where it is new: by then its role must be whole.
    every.node.addDependency(starter);
  }
}
