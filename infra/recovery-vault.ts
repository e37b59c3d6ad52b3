import { Duration, Stack } from 'aws-cdk-lib';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import type { CfnBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { DrillSettings } from '../lambda/settings.ts';
import { arnSeenFrom } from './arn-seen-from.ts';
import { assertTwoRegions } from './assert-two-regions.ts';
import { ConfigurationError } from './configuration-error.ts';
import { DrillAlarms } from './drill-alarms.ts';
import { DrillSchedule } from './drill-schedule.ts';
import type { ExistingWrappingKey } from './existing-wrapping-key.ts';
import { recoveryKey } from './recovery-key.ts';
import { RecoveryRoles } from './recovery-roles.ts';
import type { ReplicaBucket } from './replica-bucket.ts';
import type { ReplicaKey } from './replica-key.ts';
import type { SealedVault } from './sealed-vault.ts';
import { VaultFunction } from './vault-function.ts';
import { weakReference } from './weak-reference.ts';

/** What a vault's second Region is made of. */
export interface RecoveryVaultProps {
  /** The vault, in another Region, with a multi-Region key and with the same `replica`. */
  readonly vault: SealedVault;
  readonly replica: ReplicaBucket;
  /** The logical id and the binding of the vault. */
  readonly vaultId: string;
  /** @defaultValue `object` */
  readonly binding?: DrillSettings['binding'];
  /**
   * The only principals that may disable the replica of the key or have it deleted.
   * @defaultValue none
   */
  readonly breakGlassArns?: readonly string[];
  /**
   * Who may assume the role that opens sealed objects in this Region.
   * @defaultValue whom the account's IAM policies let
   */
  readonly openerArns?: readonly string[];
  /** @defaultValue once a day */
  readonly drillSchedule?: ScheduleExpression;
  /**
   * How many objects a drill opens.
   * @defaultValue 100
   */
  readonly drillSample?: number;
  /**
   * How many days may pass without a drill that opened something before an alarm rings: 1 to 7.
   * @defaultValue 2
   */
  readonly drillWithinDays?: number;
  /**
   * How far the replica may be behind before an alarm rings.
   * @defaultValue 15 minutes, which S3 promises
   */
  readonly maxLag?: Duration;
}

/**
 * The second Region of a vault, where its sealed objects open without the first: the replica of the wrapping key, a
 * role that opens, and a drill that shows every day that it does. It is deployed after the vault, and the replica
 * bucket before it.
 */
export class RecoveryVault extends Construct {
  /** A replica that is made here, or that of an existing wrapping key. */
  readonly key: ReplicaKey | ExistingWrappingKey;
  readonly roles: RecoveryRoles;
  readonly drillFunction: VaultFunction;

  /** @throws {@link ConfigurationError} where the vault is not in another Region, or the handlers were not built. */
  constructor(scope: Construct, id: string, props: RecoveryVaultProps) {
    super(scope, id);
    const { vault, vaultId, binding = 'object', replica, breakGlassArns = [], openerArns = [] } = props;
    const { drillWithinDays = 2, drillSample = 100 } = props;
    assertTwoRegions(vault, this);
    assertDays(drillWithinDays);
    const { bucket } = replica;
    const replicaArn = arnSeenFrom(this, bucket);
    const sealedBucketName = weakReference((vault.sealed.node.defaultChild as CfnBucket).ref);
    const sealedArn = Stack.of(this).formatArn({
      service: 's3',
      region: '',
      account: '',
      resource: sealedBucketName,
    });
    this.roles = new RecoveryRoles(this, 'Roles', { vaultId, replicaArn, sealedArn, openerArns });
    this.key = recoveryKey(this, {
      ...{ vaultId, breakGlassArns, requireVaultContext: binding !== 'none' },
      wrappingKey: vault.wrappingKey,
      openers: [this.roles.opener, this.roles.drill],
    });
    this.drillFunction = new VaultFunction(this, 'Drill', {
      handler: 'drill',
      description: `Opens a sample of the vault ${vaultId} in its second Region`,
      role: this.roles.drill,
      settings: {
        ...{ vaultId, binding, keyArn: this.key.arn, sealedBucket: bucket.bucketName, sealedPrefix: '' },
        ...{ concurrency: 8, sample: drillSample },
      },
      memorySizeMebibytes: 1024,
    });
    const drillFunction = this.drillFunction.function;
    const schedule = new DrillSchedule(this, 'DrillSchedule', {
      vaultId,
      schedule: props.drillSchedule ?? ScheduleExpression.rate(Duration.days(1)),
      drillFunction,
    });
    schedule.node.addDependency(this.roles, this.key);
    new DrillAlarms(this, 'Alarms', {
      ...{ vaultId, drillFunction, drillWithinDays },
      sealedBucketName,
      replicaBucketName: bucket.bucketName,
      maxLag: props.maxLag ?? Duration.minutes(15),
    });
  }
}

function assertDays(days: number): void {
  if (Number.isInteger(days) && days >= 1 && days <= 7) return;
  throw new ConfigurationError(
    `drillWithinDays is ${days}`,
    'give it 1 to 7 days: CloudWatch looks back no further',
  );
}
