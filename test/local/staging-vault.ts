import { join } from 'node:path';
import { DescribeKeyCommand, RotateKeyOnDemandCommand } from '@aws-sdk/client-kms';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { deployStacks } from '../../local/deploy.ts';
import { endOfRun, listRuns, startRun, type RewrapRun } from '../../local/rewrap-runs.ts';
import { eventually } from '../support/eventually.ts';
import { localStack } from '../support/local-stack.ts';
import { VaultClient } from '../support/vault-client.ts';

/** A vault of its own on the local stack, whose runs nobody starts but the test: its schedule is once a day. */
export class StagingVault extends VaultClient {
  static async deploy(): Promise<StagingVault> {
    const stack = localStack();
    const outputs = await deployStacks(stack.emulator, 'staging', join(stack.folder, 'staging'));
    return new StagingVault({ ...stack, outputs });
  }

  /** Hides what other tests left in the sealed bucket. */
  async empty(): Promise<void> {
    const Bucket = this.stack.outputs.SealedBucketName;
    for await (const { key } of this.store.list(Bucket, '')) {
      await this.administrator.s3.send(new DeleteObjectCommand({ Bucket, Key: key }));
    }
  }

  /** Drops small objects, and waits until all are sealed. */
  async dropAll(keys: readonly string[]): Promise<void> {
    const versionIds = await Promise.all(keys.map((key) => this.drop(key, `content of ${key}`)));
    await Promise.all(keys.map((key, index) => this.sealedFrom(key, versionIds[index] ?? '')));
  }

  /** Rotates the key; resolves to the run that this started, and that may still go on. */
  async rotate(): Promise<string> {
    const { kms } = this.administrator;
    const since = new Date();
    await kms.send(new RotateKeyOnDemandCommand({ KeyId: this.stack.outputs.WrappingKeyArn }));
    return eventually('the run', async () => {
      const [run] = await listRuns(this.administrator, this.stack.outputs, since);
      return run?.arn;
    });
  }

  /** Starts a run, and waits for its end. */
  async run(input: object = {}): Promise<RewrapRun> {
    return endOfRun(this.administrator, await startRun(this.administrator, this.stack.outputs, input));
  }

  /** The key material that wraps new data keys. */
  async material(): Promise<string | undefined> {
    const { KeyMetadata } = await this.administrator.kms.send(
      new DescribeKeyCommand({ KeyId: this.stack.outputs.WrappingKeyArn }),
    );
    return KeyMetadata?.CurrentKeyMaterialId;
  }

  /** The key material that an object records. */
  async materialOf(key: string): Promise<string | undefined> {
    const object = await this.store.head({ bucket: this.stack.outputs.SealedBucketName, key });
    return object.metadata['sealdrop-material'];
  }
}
