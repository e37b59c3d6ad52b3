import { Duration, Stack } from 'aws-cdk-lib';
import { Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { SfnStateMachine } from 'aws-cdk-lib/aws-events-targets';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Schedule, ScheduleTargetInput, type ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { StepFunctionsStartExecution } from 'aws-cdk-lib/aws-scheduler-targets';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';

/** What is started when. */
export interface RewrapTriggersProps {
  readonly vaultId: string;
  readonly schedule: ScheduleExpression;
  /**
   * The ARN of the wrapping key, where KMS tells of its rotations in the vault's account.
   * @defaultValue none: the schedule alone starts runs
   */
  readonly wrappingKeyArn?: string;
  readonly machine: StateMachine;
}

/**
 * Starts rewrap runs, by roles that can do nothing else: on a schedule, and when KMS has rotated the wrapping key,
 * by itself or on demand.
 */
export class RewrapTriggers extends Construct {
  constructor(scope: Construct, id: string, props: RewrapTriggersProps) {
    super(scope, id);
    const { vaultId, schedule, machine } = props;
    new Schedule(this, 'Schedule', {
      description: `Rewraps the vault ${vaultId}`,
      schedule,
      target: new StepFunctionsStartExecution(machine, {
        role: this.#starter('Scheduler', 'scheduler.amazonaws.com', 'schedule-group/default', props),
        input: ScheduleTargetInput.fromObject({}),
        retryAttempts: 2,
        maxEventAge: Duration.hours(1),
      }),
    });
    if (props.wrappingKeyArn !== undefined) this.#startWhenRotated(props.wrappingKeyArn, props);
  }

  #startWhenRotated(wrappingKeyArn: string, props: RewrapTriggersProps): void {
    const { vaultId, machine } = props;
    new Rule(this, 'Rotated', {
      description: `Rewraps the vault ${vaultId} when its wrapping key was rotated`,
      eventPattern: { source: ['aws.kms'], detailType: ['KMS CMK Rotation'], resources: [wrappingKeyArn] },
      targets: [
        new SfnStateMachine(machine, {
          role: this.#starter('Events', 'events.amazonaws.com', undefined, props),
          input: RuleTargetInput.fromObject({}),
          retryAttempts: 2,
          maxEventAge: Duration.hours(1),
        }),
      ],
    });
  }

  #starter(
    id: string,
    service: string,
    source: string | undefined,
    { vaultId, machine }: RewrapTriggersProps,
  ): Role {
    const { account } = Stack.of(this);
    const sourceArn =
      source === undefined
        ? {}
        : { 'aws:SourceArn': Stack.of(this).formatArn({ service: 'scheduler', resource: source }) };
    const starter = new Role(this, `${id}Starter`, {
      description: `Starts rewrapping the vault ${vaultId}`,
      assumedBy: new ServicePrincipal(service, {
        conditions: { StringEquals: { 'aws:SourceAccount': account, ...sourceArn } },
      }),
    });
    machine.grantStartExecution(starter);
    return starter;
  }
}
