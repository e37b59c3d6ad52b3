import { GetKeyPolicyCommand, PutKeyPolicyCommand } from '@aws-sdk/client-kms';
import { afterAll } from '@jest/globals';
import type { Emulator } from '../../local/emulator.ts';
import {
  administratorOf,
  assumeRole,
  createLocalClients,
  type LocalClients,
} from '../../local/local-clients.ts';
import { headIfThere } from '../../operations/head-if-there.ts';
import type { StoredObject } from '../../operations/object-store.ts';
import { KmsKeyring, openToBuffer, S3ObjectStore } from '../../aws/index.ts';
import { eventually } from '../support/eventually.ts';
import { localStack, type LocalStack } from '../support/local-stack.ts';
import { deployOwnVault, outputsOf } from '../support/own-vault.ts';
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
      recovery: { region: RecoveryVaultOnStack.secondRegion },
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

  /** Waits until the replica of an object is of the same version. */
  async replicaOf(key: string): Promise<StoredObject> {
    const { address } = await this.store.head({ bucket: this.stack.outputs.SealedBucketName, key });
    const store = new S3ObjectStore({ client: this.second.s3 });
    return eventually(`the replica of ${key}`, async () => {
      const replica = await headIfThere(store, { bucket: this.outputs.ReplicaBucketName, key });
      return replica?.address.versionId === address.versionId ? replica : undefined;
    });
  }

  /** Takes the first Region's key away from everyone, but for who may give it back, while something is done. */
  async withoutFirstRegion<Result>(work: () => Promise<Result>): Promise<Result> {
    const { kms } = this.administrator;
    const KeyId = this.stack.outputs.WrappingKeyArn;
    const { Policy } = await kms.send(new GetKeyPolicyCommand({ KeyId }));
    const Statement = {
      ...{ Effect: 'Allow', Action: ['kms:PutKeyPolicy', 'kms:GetKeyPolicy'], Resource: '*' },
      Principal: { AWS: `arn:aws:iam::${this.#emulator.accountId}:root` },
    };
    const closed = JSON.stringify({ Version: '2012-10-17', Statement });
    await kms.send(new PutKeyPolicyCommand({ KeyId, Policy: closed }));
    try {
      return await work();
    } finally {
      await kms.send(new PutKeyPolicyCommand({ KeyId, Policy }));
    }
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
