/**
 * CDK constructs: a vault in a stack of your own.
 *
 * @packageDocumentation
 */
export type { BucketEncryptionChoice } from './bucket-encryption.ts';
export { ConfigurationError } from './configuration-error.ts';
export { DrillAlarms, type DrillAlarmsProps } from './drill-alarms.ts';
export { DrillSchedule, type DrillScheduleProps } from './drill-schedule.ts';
export { ExistingWrappingKey, type ExistingWrappingKeyProps } from './existing-wrapping-key.ts';
export { IntakeBucket, type IntakeBucketProps } from './intake-bucket.ts';
export { Migrator, type MigrationProps, type MigratorProps } from './migrator.ts';
export { RecoveryRoles, type RecoveryRolesProps } from './recovery-roles.ts';
export { RecoveryVault, type RecoveryVaultProps } from './recovery-vault.ts';
export { ReplicaBucket, type ReplicaBucketProps } from './replica-bucket.ts';
export { ReplicaKey, type ReplicaKeyProps } from './replica-key.ts';
export { Replication, type ReplicationProps } from './replication.ts';
export { ReportBucket } from './report-bucket.ts';
export type { RequiredKeyPolicies } from './required-key-policies.ts';
export { RewrapMachine, type RewrapMachineProps } from './rewrap-machine.ts';
export { RewrapTriggers, type RewrapTriggersProps } from './rewrap-triggers.ts';
export { SealedBucket, type SealedBucketProps } from './sealed-bucket.ts';
export { SealedVault } from './sealed-vault.ts';
export type { SealedVaultProps } from './sealed-vault-props.ts';
export { RewrapAlarms, type RewrapAlarmsProps } from './rewrap-alarms.ts';
export { SealAlarms, type SealAlarmsProps } from './seal-alarms.ts';
export { SealQueue, type SealQueueProps } from './seal-queue.ts';
export { VaultFunction, type VaultFunctionProps } from './vault-function.ts';
export { VaultRoles, type VaultRolesProps } from './vault-roles.ts';
export { WrappingKey, type WrappingKeyProps } from './wrapping-key.ts';
export type { WrappingKeySource } from './wrapping-key-source.ts';
