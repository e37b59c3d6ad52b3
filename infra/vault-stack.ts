import { CfnOutput, Duration, Stack, Validations, type StackProps } from 'aws-cdk-lib';
import type { PolicyDocument } from 'aws-cdk-lib/aws-iam';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import type { Construct } from 'constructs';
import type { Environment } from './environments.ts';
import { importCommand } from './import-command.ts';
import type { ReplicaBucket } from './replica-bucket.ts';
import { SealedVault } from './sealed-vault.ts';
import { WrappingKey } from './wrapping-key.ts';

/** Which environment's vault it is, and where it is replicated to. */
interface VaultStackProps extends StackProps {
  readonly environment: Environment;
  readonly replica?: ReplicaBucket;
}

/** One environment's vault, with what a caller needs to reach it among its outputs. */
export class VaultStack extends Stack {
  readonly vault: SealedVault;

  constructor(scope: Construct, id: string, props: VaultStackProps) {
    super(scope, id, props);
    const { environment, replica } = props;
    const { dataKeyCache, expireNoncurrentAfterDays, migration, rotationPeriodDays } = environment;
    const { wrappingKey, sealedEncryption, intakeEncryption } = environment;
    this.vault = new SealedVault(this, 'Vault', {
      vaultId: environment.vaultId,
      binding: environment.binding,
      multiRegion: environment.multiRegion,
      ...(rotationPeriodDays === undefined ? {} : { rotationPeriod: Duration.days(rotationPeriodDays) }),
      ...(wrappingKey === undefined ? {} : { wrappingKey }),
      ...(sealedEncryption === undefined ? {} : { sealedEncryption }),
      ...(intakeEncryption === undefined ? {} : { intakeEncryption }),
      breakGlassArns: environment.breakGlassRoleArns,
      openerArns: environment.openerArns,
      handover: environment.handover,
      expireSourceAfter: Duration.days(environment.expireSourceAfterDays),
      expireNoncurrentAfter:
        expireNoncurrentAfterDays === 'none' ? 'none' : Duration.days(expireNoncurrentAfterDays),
      ...(migration === undefined ? {} : { migration }),
      ...(replica === undefined ? {} : { replica }),
      rewrapSchedule: ScheduleExpression.expression(environment.rewrapSchedule),
      rewrapRequestsPerSecond: environment.rewrapRequestsPerSecond,
      maxReceives: environment.maxReceives,
      keepTryingFor: Duration.hours(environment.keepTryingHours),
      ...(dataKeyCache === undefined ? {} : { dataKeyCache }),
    });
    this.#acknowledgeNotificationsHandler();
    this.#output('VaultId', environment.vaultId);
    this.#output('IntakeBucketName', this.vault.intake.bucketName);
    this.#output('SealedBucketName', this.vault.sealed.bucketName);
    this.#output('WrappingKeyArn', this.vault.wrappingKey.arn);
    this.#output('OpenerRoleArn', this.vault.roles.opener.roleArn);
    if (this.vault.migrator !== undefined) {
      this.#output('MigratorRoleArn', this.vault.migrator.role.roleArn);
    }
    this.#output('QueueUrl', this.vault.queue.queue.queueUrl);
    this.#output('DeadLetterQueueUrl', this.vault.queue.deadLetters.queueUrl);
    this.#output('SealFunctionName', this.vault.sealFunction.function.functionName);
    this.#output('RewrapFunctionName', this.vault.rewrapFunction.function.functionName);
    this.#output('RewrapMachineArn', this.vault.rewrapMachine.machine.stateMachineArn);
    this.#output('ReportBucketName', this.vault.reports.bucketName);
    this.#tellWhatIsLeftToDo();
  }

  /** What a deployment cannot do for the keys: others must. */
  #tellWhatIsLeftToDo(): void {
    const { wrappingKey, requiredKeyPolicies } = this.vault;
    if (wrappingKey instanceof WrappingKey && wrappingKey.material === 'imported') {
      this.#output('WrappingKeyImport', importCommand(wrappingKey.arn));
    }
    const { wrappingKey: ofWrappingKey, intakeKey, sealedKey } = requiredKeyPolicies;
    this.#outputPolicy('RequiredWrappingKeyPolicy', ofWrappingKey);
    this.#outputPolicy('RequiredIntakeKeyPolicy', intakeKey);
    this.#outputPolicy('RequiredSealedKeyPolicy', sealedKey);
  }

  #outputPolicy(name: string, policy: PolicyDocument | undefined): void {
    if (policy !== undefined) this.#output(name, this.toJsonString(policy));
  }

  /** CDK sets up the bucket's notifications by a function of its own, which it adds to the stack. */
  #acknowledgeNotificationsHandler(): void {
    const handlers = this.node.children.filter(({ node }) =>
      node.id.startsWith('BucketNotificationsHandler'),
    );
    for (const handler of handlers) {
      Validations.of(handler).acknowledge({
        id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]',
        reason: 'the role of a function of CDK; the managed policy lets it write its log and nothing else',
      });
    }
  }

  #output(name: string, value: string): void {
    new CfnOutput(this, name, { value });
  }
}
