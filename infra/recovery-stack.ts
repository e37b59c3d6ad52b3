import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import type { Construct } from 'constructs';
import type { Environment, RecoverySettings } from './environments.ts';
import { ExistingWrappingKey } from './existing-wrapping-key.ts';
import { importCommand } from './import-command.ts';
import { RecoveryVault } from './recovery-vault.ts';
import type { ReplicaBucket } from './replica-bucket.ts';
import type { SealedVault } from './sealed-vault.ts';

/** What an environment's second Region belongs to. */
export interface RecoveryStackProps extends StackProps {
  readonly environment: Environment;
  readonly settings: RecoverySettings;
  readonly vault: SealedVault;
  readonly replica: ReplicaBucket;
}

/** Where an environment's sealed objects open without its first Region. */
export class RecoveryStack extends Stack {
  readonly recovery: RecoveryVault;

  constructor(scope: Construct, id: string, props: RecoveryStackProps) {
    super(scope, id, props);
    const { environment, settings, vault, replica } = props;
    this.recovery = new RecoveryVault(this, 'Recovery', {
      ...{ vault, replica },
      vaultId: environment.vaultId,
      binding: environment.binding,
      breakGlassArns: environment.breakGlassRoleArns,
      openerArns: environment.openerArns,
      drillSchedule: ScheduleExpression.expression(settings.drillSchedule),
      drillSample: settings.drillSample,
      drillWithinDays: settings.drillWithinDays,
      maxLag: Duration.minutes(settings.maxLagMinutes),
    });
    const { key } = this.recovery;
    this.#output('ReplicaKeyArn', key.arn);
    if (key instanceof ExistingWrappingKey) {
      this.#output('RequiredReplicaKeyPolicy', this.toJsonString(key.requiredKeyPolicy()));
    } else if (key.material === 'imported') {
      this.#output('ReplicaKeyImport', `${importCommand(key.arn)} --region ${settings.region}`);
    }
    this.#output('RecoveryOpenerRoleArn', this.recovery.roles.opener.roleArn);
    this.#output('DrillFunctionName', this.recovery.drillFunction.function.functionName);
  }

  #output(name: string, value: string): void {
    new CfnOutput(this, name, { value });
  }
}
