import { Duration } from 'aws-cdk-lib';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { alarmAt } from './alarm-at.ts';
import { vaultMetric } from './vault-metric.ts';

/** Whose runs are watched. */
export interface RewrapAlarmsProps {
  readonly vaultId: string;
  readonly machine: StateMachine;
}

const period = Duration.hours(1);

/** Rings where a rewrap run left objects in their old wrapping. They still open; the runs need a look. */
export class RewrapAlarms extends Construct {
  constructor(scope: Construct, id: string, { vaultId, machine }: RewrapAlarmsProps) {
    super(scope, id);
    alarmAt(this, 'Failed', {
      metric: vaultMetric(vaultId, 'RewrapFailed', 'Maximum', period),
      alarmDescription: 'Objects could not be rewrapped: read the summary of the run.',
    });
    alarmAt(this, 'Incomplete', {
      metric: vaultMetric(vaultId, 'RewrapIncomplete', 'Maximum', period),
      alarmDescription: 'A rewrap run ended before it had seen every object.',
    });
    // What cannot even report is seen by nobody else.
    alarmAt(this, 'RunFailed', {
      metric: machine.metricFailed({ period }),
      alarmDescription: 'A rewrap run failed: see its execution.',
    });
    alarmAt(this, 'RunTimedOut', {
      metric: machine.metricTimedOut({ period }),
      alarmDescription: 'A rewrap run hung, and was ended: see its execution.',
    });
  }
}
