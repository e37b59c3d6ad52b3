import { Duration } from 'aws-cdk-lib';
import type { Bucket, IBucket } from 'aws-cdk-lib/aws-s3';
import { EventType } from 'aws-cdk-lib/aws-s3';
import { SqsDestination } from 'aws-cdk-lib/aws-s3-notifications';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import type { SealSettings, VaultSettings } from '../lambda/settings.ts';
import { IntakeBucket } from './intake-bucket.ts';
import { Migrator, type MigrationProps } from './migrator.ts';
import { RewrapAlarms } from './rewrap-alarms.ts';
import { ConfigurationError } from './configuration-error.ts';
import type { ReplicaBucket } from './replica-bucket.ts';
import { Replication } from './replication.ts';
import { ReportBucket } from './report-bucket.ts';
import { RewrapMachine } from './rewrap-machine.ts';
import { RewrapTriggers } from './rewrap-triggers.ts';
import { SealQueue } from './seal-queue.ts';
import { SealedBucket } from './sealed-bucket.ts';
import { VaultFunction } from './vault-function.ts';
import { assertVaultId } from './vault-id.ts';
import { VaultRoles } from './vault-roles.ts';
import { vaultContextOf, WrappingKey } from './wrapping-key.ts';

/** What a vault is made of. */
export interface SealedVaultProps {
  /**
   * The vault's logical id, 1 to 63 lower-case letters, digits and hyphens. It is part of every encryption
   * context, so it cannot change once something was sealed.
   */
  readonly vaultId: string;
  /**
   * What a sealed object is bound to.
   * @defaultValue `object`
   */
  readonly binding?: SealSettings['binding'];
  /**
   * Whether the wrapping key can have replicas in other Regions. Cannot be changed later.
   * @defaultValue false
   */
  readonly multiRegion?: boolean;
  /** @defaultValue 365 days */
  readonly rotationPeriod?: Duration;
  /**
   * The only principals that may disable the wrapping key or have it deleted.
   * @defaultValue none: to end the key, its policy must be changed first
   */
  readonly breakGlassArns?: readonly string[];
  /**
   * Who may assume the role that opens sealed objects.
   * @defaultValue whom the account's IAM policies let
   */
  readonly openerArns?: readonly string[];
  /**
   * What becomes of a dropped file once it was sealed and verified.
   * @defaultValue `delete`: a delete marker hides it, and its version expires after `expireSourceAfter`
   */
  readonly handover?: SealSettings['handover'];
  /** @defaultValue 7 days */
  readonly expireSourceAfter?: Duration;
  /**
   * How long versions of sealed objects are kept once they are not the current ones, as {@link SealedBucketProps}
   * tells; each rewrap leaves one.
   * @defaultValue 90 days
   */
  readonly expireNoncurrentAfter?: Duration | 'none';
  /**
   * Makes a role that moves data keys to other keys, or sealed objects to other names, for as long as it is there.
   * @defaultValue none: no role, and nobody can
   */
  readonly migration?: MigrationProps;
  /**
   * A bucket in another Region that sealed objects are replicated to; takes `multiRegion`. {@link RecoveryVault} opens
   * them there.
   * @defaultValue none
   */
  readonly replica?: ReplicaBucket;
  /** @defaultValue once a day */
  readonly rewrapSchedule?: ScheduleExpression;
  /**
   * How many requests a second a rewrap run sends to KMS, at most: a share of the quota that the account's
   * other users of KMS can do without. Two runs never go on at once.
   * @defaultValue 500
   */
  readonly rewrapRequestsPerSecond?: number;
  /**
   * How many batches of 100 objects a rewrap run works on at once, each with its share of the requests to KMS.
   * @defaultValue 20, or fewer where that would leave one with less than a request a second
   */
  readonly rewrapWorkers?: number;
  /**
   * How many of a hundred objects may fail before a rewrap run ends early and counts as failed.
   * @defaultValue 5
   */
  readonly toleratedFailurePercentage?: number;
  /**
   * The buckets whose S3 Inventories a rewrap run may read in the place of a listing.
   * @defaultValue none
   */
  readonly inventoryBuckets?: readonly IBucket[];
  /**
   * How often sealing a file is tried before its message goes to the dead-letter queue.
   * @defaultValue 12, which is about an hour
   */
  readonly maxReceives?: number;
  /**
   * How many copies of the seal function work at once.
   * @defaultValue 10
   */
  readonly maxConcurrency?: number;
}

/** Messages for one invocation; each is sealed with constant memory, all at once. */
const batchSize = 5;

const defaultWorkers = 20;

/**
 * Drop a file in `intake`; it comes out sealed in `sealed`. Holds the wrapping key and its policy, both
 * buckets, the queue between them, the functions that seal and rewrap, and the role that opens.
 */
export class SealedVault extends Construct {
  readonly intake: Bucket;
  readonly sealed: Bucket;
  readonly wrappingKey: WrappingKey;
  readonly roles: VaultRoles;
  /** There where a migration is asked for. */
  readonly migrator: Migrator | undefined;
  readonly queue: SealQueue;
  readonly sealFunction: VaultFunction;
  readonly rewrapFunction: VaultFunction;
  /** What rewrap runs report to. */
  readonly reports: Bucket;
  readonly rewrapMachine: RewrapMachine;

  /** @throws {@link ConfigurationError} where the vault's id is none, or the handlers were not built. */
  constructor(scope: Construct, id: string, props: SealedVaultProps) {
    super(scope, id);
    assertVaultId(props.vaultId);
    const binding = props.binding ?? 'object';
    const handover = props.handover ?? 'delete';
    const maxReceives = props.maxReceives ?? 12;

    this.roles = new VaultRoles(this, 'Roles', { openerArns: props.openerArns ?? [] });
    const { vaultId, migration } = props;
    this.migrator = migration && new Migrator(this, 'Migrator', { vaultId, ...migration });
    const migrators = this.migrator === undefined ? [] : [this.migrator.role];
    const bound = { vaultId, requireVaultContext: binding !== 'none' };
    this.wrappingKey = new WrappingKey(this, 'WrappingKey', {
      ...bound,
      multiRegion: props.multiRegion ?? false,
      ...(props.rotationPeriod === undefined ? {} : { rotationPeriod: props.rotationPeriod }),
      sealers: [this.roles.sealer],
      openers: [this.roles.opener],
      rotators: [this.roles.rotator],
      migrators,
      breakGlassArns: props.breakGlassArns ?? [],
    });
    this.intake = new IntakeBucket(this, 'Intake', {
      vaultId: props.vaultId,
      sealer: this.roles.sealer,
      expireSourceAfter: props.expireSourceAfter ?? Duration.days(7),
    }).bucket;
    this.sealed = new SealedBucket(this, 'Sealed', {
      writers: [this.roles.sealer, this.roles.rotator, ...migrators],
      ...(props.expireNoncurrentAfter === undefined
        ? {}
        : { expireNoncurrentAfter: props.expireNoncurrentAfter }),
    }).bucket;
    this.#replicate(props);
    this.roles.grantIntake(this.intake, handover);
    this.roles.grantSealed(this.sealed);
    this.migrator?.grantSealed(this.sealed);
    this.migrator?.grantKeys(this.wrappingKey.arn, migration?.toKeyArns ?? [], vaultContextOf(bound));

    const vaultSettings: VaultSettings = {
      vaultId: props.vaultId,
      binding,
      keyArn: this.wrappingKey.arn,
      sealedBucket: this.sealed.bucketName,
      sealedPrefix: '',
    };
    this.queue = new SealQueue(this, 'Drops', { maxReceives });
    this.sealFunction = this.#sealWhatIsDropped(props, {
      ...vaultSettings,
      handover,
      maxReceives,
      queueUrl: this.queue.queue.queueUrl,
      deadLetterQueueUrl: this.queue.deadLetters.queueUrl,
    });
    this.reports = new ReportBucket(this, 'Reports').bucket;
    this.roles.grantReports(this.reports);
    this.rewrapFunction = this.#rewrapBatches(props, vaultSettings);
    this.rewrapMachine = this.#rewrapRuns(props);
  }

  #replicate({ vaultId, replica, multiRegion = false }: SealedVaultProps): void {
    if (replica === undefined) return;
    if (!multiRegion) {
      throw new ConfigurationError(
        `the vault ${vaultId} has a replica, and a wrapping key that cannot be there`,
        'set multiRegion: only before the first deployment, since a key stays what it is',
      );
    }
    new Replication(this, 'Replication', { vaultId, sealed: this.sealed, replica });
  }

  #sealWhatIsDropped(props: SealedVaultProps, settings: SealSettings): VaultFunction {
    const seal = new VaultFunction(this, 'Seal', {
      handler: 'seal',
      description: `Seals what is dropped in the vault ${props.vaultId}`,
      role: this.roles.sealer,
      settings,
      memorySizeMebibytes: 1769,
    });
    seal.function.addEventSource(
      new SqsEventSource(this.queue.queue, {
        batchSize,
        reportBatchItemFailures: true,
        maxConcurrency: props.maxConcurrency ?? 10,
      }),
    );
    this.queue.deadLetters.grantSendMessages(this.roles.sealer);
    this.intake.addEventNotification(EventType.OBJECT_CREATED, new SqsDestination(this.queue.queue));
    return seal;
  }

  #rewrapBatches(props: SealedVaultProps, settings: VaultSettings): VaultFunction {
    return new VaultFunction(this, 'Rewrap', {
      handler: 'rewrap',
      description: `Moves data keys of the vault ${props.vaultId} to the newest key material`,
      role: this.roles.rotator,
      settings: {
        ...settings,
        concurrency: 16,
        workers: workersOf(props),
        requestsPerSecond: requestsPerSecondOf(props),
      },
      memorySizeMebibytes: 1024,
    });
  }

  #rewrapRuns(props: SealedVaultProps): RewrapMachine {
    const { vaultId } = props;
    const toleratedFailurePercentage = props.toleratedFailurePercentage ?? 5;
    const report = new VaultFunction(this, 'RewrapReport', {
      handler: 'rewrap-report',
      description: `Adds up what rewrap runs of the vault ${vaultId} did`,
      role: this.roles.reporter,
      settings: { vaultId, reportBucket: this.reports.bucketName, toleratedFailurePercentage },
      memorySizeMebibytes: 512,
    });
    const runs = new RewrapMachine(this, 'RewrapRuns', {
      vaultId,
      wrappingKeyArn: this.wrappingKey.arn,
      sealed: this.sealed as IBucket,
      reports: this.reports as IBucket,
      inventoryBuckets: props.inventoryBuckets ?? [],
      rewrapFunction: this.rewrapFunction.function,
      reportFunction: report.function,
      workers: workersOf(props),
      toleratedFailurePercentage,
    });
    const triggers = new RewrapTriggers(this, 'RewrapTriggers', {
      vaultId,
      schedule: props.rewrapSchedule ?? ScheduleExpression.rate(Duration.days(1)),
      wrappingKeyArn: this.wrappingKey.arn,
      machine: runs.machine,
    });
    // A schedule fires at once where it is new: by then the machine's role must be whole.
    triggers.node.addDependency(runs);
    new RewrapAlarms(this, 'RewrapAlarms', { vaultId, machine: runs.machine });
    return runs;
  }
}

function requestsPerSecondOf({ rewrapRequestsPerSecond = 500 }: SealedVaultProps): number {
  return rewrapRequestsPerSecond;
}

/** Each has about a request a second at least: with much less, a batch would not end in an invocation's time. */
function workersOf(props: SealedVaultProps): number {
  return Math.min(props.rewrapWorkers ?? defaultWorkers, Math.ceil(requestsPerSecondOf(props)));
}
