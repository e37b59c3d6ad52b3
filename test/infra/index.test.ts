import { expect, test } from '@jest/globals';
import * as constructs from '../../infra/index.ts';

test('a stack of one’s own can use the constructs, and tell their error from others', () => {
  expect(Object.keys(constructs).sort()).toEqual([
    'ConfigurationError',
    'DrillAlarms',
    'DrillSchedule',
    'ExistingWrappingKey',
    'IntakeBucket',
    'Migrator',
    'RecoveryRoles',
    'RecoveryVault',
    'ReplicaBucket',
    'ReplicaKey',
    'Replication',
    'ReportBucket',
    'RewrapAlarms',
    'RewrapMachine',
    'RewrapTriggers',
    'SealAlarms',
    'SealQueue',
    'SealedBucket',
    'SealedVault',
    'VaultFunction',
    'VaultRoles',
    'WrappingKey',
  ]);
});
