import { Duration } from 'aws-cdk-lib';
import type { Bucket, IBucket } from 'aws-cdk-lib/aws-s3';
import { EventType } from 'aws-cdk-lib/aws-s3';
import { SqsDestination } from 'aws-cdk-lib/aws-s3-notifications';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import { mostKeepTryingSeconds, type SealSettings, type VaultSettings } from '../lambda/settings.ts';
import { assertNotWrappingKey } from './bucket-encryption.ts';
import { ConfigurationError } from './configuration-error.ts';
import { dataKeyCacheOf } from './data-key-cache.ts';
import { ExistingWrappingKey } from './existing-wrapping-key.ts';
import { IntakeBucket } from './intake-bucket.ts';
import { Migrator } from './migrator.ts';
import { requiredKeyPolicies, type RequiredKeyPolicies } from './required-key-policies.ts';
import { RewrapAlarms } from './rewrap-alarms.ts';
import { Replication } from './replication.ts';
import { ReportBucket } from './report-bucket.ts';
import { RewrapMachine } from './rewrap-machine.ts';
import { RewrapTriggers } from './rewrap-triggers.ts';
import { SealAlarms } from './seal-alarms.ts';
import { SealQueue } from './seal-queue.ts';
import { SealedBucket } from './sealed-bucket.ts';
import type { SealedVaultProps } from './sealed-vault-props.ts';
import { VaultFunction } from './vault-function.ts';
import { assertVaultId } from './vault-id.ts';
import { VaultRoles } from './vault-roles.ts';
import { vaultWrappingKey, type VaultWrappingKey } from './vault-wrapping-key.ts';
import { vaultContextOf } from './wrapping-key-uses.ts';

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
  readonly wrappingKey: VaultWrappingKey['key'];
  readonly roles: VaultRoles;
  /** There where a migration is asked for. */
  readonly migrator: Migrator | undefined;
  readonly queue: SealQueue;
  readonly sealFunction: VaultFunction;
  readonly rewrapFunction: VaultFunction;
  /** What rewrap runs report to. */
  readonly reports: Bucket;
  readonly rewrapMachine: RewrapMachine;
  /** What the owners of existing keys must add to their policies. */
  readonly requiredKeyPolicies: RequiredKeyPolicies;

  /**
   * @throws {@link ConfigurationError} for an id or a limit that cannot be, where the handlers were not built, or a
   *   key cannot be what is asked of it.
   */
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
    const { key, rotationsOf } = vaultWrappingKey(this, props, {
      ...bound,
      sealers: [this.roles.sealer],
      openers: [this.roles.opener],
      rotators: [this.roles.rotator],
      migrators,
      rsaSharers: migration?.sharesWithRsaKeys === true ? migrators : [],
    });
    this.wrappingKey = key;
    for (const choice of [props.sealedEncryption, props.intakeEncryption]) {
      assertNotWrappingKey(choice, key.arn);
    }
    const intake = new IntakeBucket(this, 'Intake', {
      vaultId: props.vaultId,
      sealer: this.roles.sealer,
      expireSourceAfter: props.expireSourceAfter ?? Duration.days(7),
      ...(props.intakeEncryption === undefined ? {} : { encryption: props.intakeEncryption }),
    });
    this.intake = intake.bucket;
    const sealed = new SealedBucket(this, 'Sealed', {
      vaultId: props.vaultId,
      writers: [this.roles.sealer, this.roles.rotator, ...migrators],
      readers: [this.roles.opener],
      ...(props.sealedEncryption === undefined ? {} : { encryption: props.sealedEncryption }),
      ...(props.expireNoncurrentAfter === undefined
        ? {}
        : { expireNoncurrentAfter: props.expireNoncurrentAfter }),
    });
    this.sealed = sealed.bucket;
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
      keepTryingSeconds: keepTryingSecondsOf(props),
      dataKeyCache: dataKeyCacheOf(this, binding, props.dataKeyCache),
      queueUrl: this.queue.queue.queueUrl,
      deadLetterQueueUrl: this.queue.deadLetters.queueUrl,
    });
    this.reports = new ReportBucket(this, 'Reports').bucket;
    this.roles.grantReports(this.reports);
    this.rewrapFunction = this.#rewrapBatches(props, vaultSettings);
    this.rewrapMachine = this.#rewrapRuns(props, rotationsOf);
    const describers = [this.rewrapMachine.machine.role];
    this.requiredKeyPolicies = requiredKeyPolicies({ wrappingKey: key, intake, sealed, describers });
  }

  #replicate({ vaultId, replica, sealedEncryption = 's3' }: SealedVaultProps): void {
    if (replica === undefined) return;
    if (!this.wrappingKey.isMultiRegion) {
      throw new ConfigurationError(
        `the vault ${vaultId} has a replica, and a wrapping key that cannot be there`,
        this.wrappingKey instanceof ExistingWrappingKey
          ? 'name a multi-Region key (mrk-…) by its own ARN'
          : 'set multiRegion: only before the first deployment, since a key stays what it is',
      );
    }
    if (sealedEncryption !== 's3') {
      throw new ConfigurationError(
        `the vault ${vaultId} has a replica, and a key of its sealed bucket that is not there`,
        'leave sealedEncryption out: what is replicated is encrypted already',
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
    // A message that is used up during an outage is sent to it anew.
    this.queue.queue.grant(this.roles.sealer, 'sqs:SendMessage');
    new SealAlarms(this, 'SealAlarms', { vaultId: props.vaultId, queue: this.queue.queue });
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

  #rewrapRuns(props: SealedVaultProps, rotationsOf: string | undefined): RewrapMachine {
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
      wrappingKey: this.wrappingKey.resource,
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
      ...(rotationsOf === undefined ? {} : { wrappingKeyArn: rotationsOf }),
      machine: runs.machine,
    });
    // A schedule fires at once where it is new: by then the machine's role must be whole.
    triggers.node.addDependency(runs);
    new RewrapAlarms(this, 'RewrapAlarms', { vaultId, machine: runs.machine });
    return runs;
  }
}

function keepTryingSecondsOf({ keepTryingFor = Duration.days(4) }: SealedVaultProps): number {
  const seconds = keepTryingFor.toSeconds();
  if (seconds <= mostKeepTryingSeconds) return seconds;
  throw new ConfigurationError('keepTryingFor is longer than 14 days', 'set it to 14 days or less');
}

function requestsPerSecondOf({ rewrapRequestsPerSecond = 500 }: SealedVaultProps): number {
  return rewrapRequestsPerSecond;
}

/** Each has about a request a second at least: with much less, a batch would not end in an invocation's time. */
function workersOf(props: SealedVaultProps): number {
  return Math.min(props.rewrapWorkers ?? defaultWorkers, Math.ceil(requestsPerSecondOf(props)));
}
