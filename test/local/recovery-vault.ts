import { afterAll } from '@jest/globals';
import type { Emulator } from '../../local/emulator.ts';
import { cutOffKms, reconnectKms } from '../../local/kms-proxy-control.ts';
import {
  administratorOf,
  assumeRole,
  createLocalClients,
  type LocalClients,
} from '../../local/local-clients.ts';
import { headIfThere } from '../../operations/head-if-there.ts';
import type { StoredObject } from '../../operations/object-store.ts';
import { sealContent } from '../../operations/seal-content.ts';
import { KmsKeyring, openToBuffer, S3ObjectStore } from '../../aws/index.ts';
import { inChunks } from '../support/bytes.ts';
import { eventually } from '../support/eventually.ts';
import { clientsInRoleOf } from '../support/function-role.ts';
import { withKeyPolicy } from '../support/key-policy.ts';
import { kmsBehindProxy } from '../support/kms-behind-proxy.ts';
import { localStack, type LocalStack } from '../support/local-stack.ts';
import { deployOwnVault, outputsOf } from '../support/own-vault.ts';
import { callAws } from './emulator/aws-call.ts';
import { StagingVault } from './staging-vault.ts';

/** What the stacks in the second Region put out. */
interface SecondOutputs {
  readonly ReplicaBucketName: string;
  readonly ReplicaKeyArn: string;
  readonly RecoveryOpenerRoleArn: string;
  readonly DrillFunctionName: string;
  /** There where the wrapping key is an existing one: what its owner adds to the policy of the replica, as JSON. */
  readonly RequiredReplicaKeyPolicy?: string;
  /** There where its material is imported: the command that begins the import of the replica's. */
  readonly ReplicaKeyImport?: string;
}

/** A vault of its own on the local stack, with a second Region, and clients in both. */
export class RecoveryVaultOnStack extends StagingVault {
  static readonly secondRegion = 'us-west-2';
  readonly outputs: SecondOutputs;
  /** Whom the vault's account belongs to, in the second Region. */
  readonly second: LocalClients;
  readonly #emulator: Emulator;
  readonly #roles: LocalClients[] = [];

  constructor(stack: LocalStack, outputs: SecondOutputs) {
    super(stack);
    this.outputs = outputs;
    this.#emulator = { ...stack.emulator, region: RecoveryVaultOnStack.secondRegion };
    this.second = createLocalClients(this.#emulator, administratorOf(stack.emulator));
    afterAll(() => {
      for (const clients of [this.second, ...this.#roles]) clients.close();
    });
  }

  /** @param settings - which key it has; by default a new one */
  static override async deploy(
    vaultId = 'recovery',
    settings: object = { multiRegion: true },
  ): Promise<RecoveryVaultOnStack> {
    const stack = localStack();
    const { accountId: account, region } = stack.emulator;
    const own = await deployOwnVault(stack, {
      ...{ vaultId, account, region, logRetentionDays: 1 },
      recovery: { region: RecoveryVaultOnStack.secondRegion, drillSchedule: 'rate(1 minute)' },
      ...settings,
    });
    const second = { ...outputsOf(stack, vaultId, 'Replica'), ...outputsOf(stack, vaultId, 'Recovery') };
    return new RecoveryVaultOnStack(own, second as unknown as SecondOutputs);
  }

  /** Clients in a role, in the second Region. */
  async inSecondRegion(roleArn: string): Promise<LocalClients> {
    const clients = await assumeRole(this.#emulator, this.second, roleArn, 'test');
    this.#roles.push(clients);
    return clients;
  }

  /** Seals an object whose data key is in an instruction file, as the sealer may. */
  async sealWithFile(key: string, text: string): Promise<void> {
    const { SealedBucketName, SealFunctionName, WrappingKeyArn, VaultId } = this.stack.outputs;
    const sealer = await clientsInRoleOf(this, SealFunctionName);
    await sealContent(
      { body: inChunks(Buffer.from(text)), metadata: {}, headers: {}, tags: {}, records: {} },
      { bucket: SealedBucketName, key },
      { absent: true },
      {
        store: new S3ObjectStore({ client: sealer.s3 }),
        keyring: new KmsKeyring({ keyId: WrappingKeyArn, client: sealer.kms }),
        vault: { vaultId: VaultId, binding: 'object' },
        instructionFiles: true,
      },
    );
  }

  /** Waits until the replica of an object is of the same version. */
  async replicaOf(key: string): Promise<StoredObject> {
    const { address } = await this.store.head({ bucket: this.stack.outputs.SealedBucketName, key });
    const store = new S3ObjectStore({ client: this.second.s3 });
    return eventually(`the replica of ${key}`, async () => {
      const replica = await headIfThere(store, { bucket: this.outputs.ReplicaBucketName, key });
      return replica?.address.versionId === address.versionId ? replica : undefined;
    });
  }

  /**
   * Takes the first Region's KMS away while something is done: its key lets nobody in but who may give it back, and no
   * function, nor anybody else behind the proxy, reaches it at all.
   */
  async withoutFirstRegion<Result>(work: () => Promise<Result>): Promise<Result> {
    const { region, accountId } = this.stack.emulator;
    const Statement = {
      ...{ Effect: 'Allow', Action: ['kms:PutKeyPolicy', 'kms:GetKeyPolicy'], Resource: '*' },
      Principal: { AWS: `arn:aws:iam::${accountId}:root` },
    };
    const { proxy } = kmsBehindProxy();
    await cutOffKms(proxy, { how: 'refuse', regions: [region] });
    try {
      return await withKeyPolicy(
        this.administrator.kms,
        this.stack.outputs.WrappingKeyArn,
        () => [Statement],
        work,
      );
    } finally {
      await reconnectKms(proxy);
    }
  }

  /** How many drills the second Region has counted. */
  async drills(): Promise<number> {
    const today = Date.now() - (Date.now() % 86_400_000);
    const answer = await callAws(this.#emulator, {
      service: 'monitoring',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        ...{ Action: 'GetMetricStatistics', Version: '2010-08-01', Namespace: 'Sealdrop' },
        ...{ MetricName: 'DrillOpened', Period: '86400', 'Statistics.member.1': 'SampleCount' },
        'Dimensions.member.1.Name': 'service',
        'Dimensions.member.1.Value': this.stack.outputs.VaultId,
        StartTime: new Date(today - 86_400_000).toISOString(),
        EndTime: new Date(today + 86_400_000).toISOString(),
      }).toString(),
    });
    const counts = [...answer.matchAll(/<SampleCount>([\d.]+)</g)].map(([, count]) => Number(count));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  /** Opens a replica as these clients, by the ARN of the key in the first Region unless told otherwise. */
  async openReplica(key: string, { s3, kms }: LocalClients, keyId?: string): Promise<string> {
    const { WrappingKeyArn, VaultId } = this.stack.outputs;
    const { content } = await openToBuffer(
      { bucket: this.outputs.ReplicaBucketName, key },
      {
        store: new S3ObjectStore({ client: s3 }),
        keyring: new KmsKeyring({ keyId: keyId ?? WrappingKeyArn, client: kms }),
        vault: { vaultId: VaultId, binding: 'object' },
      },
    );
    return content.toString();
  }
}
