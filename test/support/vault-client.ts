import { afterAll } from '@jest/globals';
import { DeleteMessageCommand, ReceiveMessageCommand, type Message } from '@aws-sdk/client-sqs';
import { PutObjectCommand, type PutObjectCommandInput } from '@aws-sdk/client-s3';
import { KmsKeyring, openToBuffer, S3ObjectStore, type StoredObject } from '../../aws/index.ts';
import {
  administratorOf,
  assumeRole,
  createLocalClients,
  type LocalClients,
} from '../../local/local-clients.ts';
import { headIfThere } from '../../operations/head-if-there.ts';
import { recordedSource } from '../../operations/records.ts';
import { eventually } from './eventually.ts';
import { localStack, type LocalStack } from './local-stack.ts';

/** What tests do with the vault of the local stack; its connections end with the tests of a file. */
export class VaultClient {
  readonly stack: LocalStack;
  readonly administrator: LocalClients;
  readonly store: S3ObjectStore;
  readonly #clients: LocalClients[];
  #opener: Promise<LocalClients> | undefined;

  constructor(stack: LocalStack = localStack()) {
    this.stack = stack;
    this.administrator = createLocalClients(stack.emulator, administratorOf(stack.emulator));
    this.store = new S3ObjectStore({ client: this.administrator.s3 });
    this.#clients = [this.administrator];
    afterAll(() => {
      for (const clients of this.#clients) clients.close();
    });
  }

  /** Clients in the opener's role. */
  opener(): Promise<LocalClients> {
    this.#opener ??= this.inRole(this.stack.outputs.OpenerRoleArn);
    return this.#opener;
  }

  /** Clients in a role that the administrator may assume. */
  async inRole(roleArn: string): Promise<LocalClients> {
    const clients = await assumeRole(this.stack.emulator, this.administrator, roleArn, 'test');
    this.#clients.push(clients);
    return clients;
  }

  /** Drops an object in the intake bucket; returns its version id. */
  async drop(
    key: string,
    body: Uint8Array | string,
    more: Partial<PutObjectCommandInput> = {},
  ): Promise<string> {
    const { VersionId } = await this.administrator.s3.send(
      new PutObjectCommand({ Bucket: this.stack.outputs.IntakeBucketName, Key: key, Body: body, ...more }),
    );
    if (VersionId === undefined) throw new Error('the intake bucket is not versioned');
    return VersionId;
  }

  /** What a bucket holds under a key, if anything. */
  headIfThere(bucket: string, key: string): Promise<StoredObject | undefined> {
    return headIfThere(this.store, { bucket, key });
  }

  /** Waits until this version of the object was sealed. */
  async sealedFrom(key: string, versionId: string): Promise<StoredObject> {
    return eventually(`the sealed object of ${key}`, async () => {
      const object = await this.headIfThere(this.stack.outputs.SealedBucketName, key);
      return object !== undefined && recordedSource(object.metadata)?.versionId === versionId
        ? object
        : undefined;
    });
  }

  /** Opens a sealed object in the opener's role. */
  async open(key: string): Promise<Awaited<ReturnType<typeof openToBuffer>>> {
    const opener = await this.opener();
    const { SealedBucketName, WrappingKeyArn, VaultId } = this.stack.outputs;
    return openToBuffer(
      { bucket: SealedBucketName, key },
      {
        store: new S3ObjectStore({ client: opener.s3 }),
        keyring: new KmsKeyring({ keyId: WrappingKeyArn, client: opener.kms }),
        vault: { vaultId: VaultId, binding: 'object' },
      },
    );
  }

  /** Waits for the dead letter whose body satisfies `isIt`, and takes it off the queue. */
  async deadLetter(what: string, isIt: (body: string) => boolean): Promise<Message> {
    const QueueUrl = this.stack.outputs.DeadLetterQueueUrl;
    return eventually(`the dead letter of ${what}`, async () => {
      const { Messages = [] } = await this.administrator.sqs.send(
        new ReceiveMessageCommand({
          QueueUrl,
          MaxNumberOfMessages: 10,
          MessageAttributeNames: ['All'],
          VisibilityTimeout: 1,
        }),
      );
      const letter = Messages.find(({ Body }) => isIt(Body ?? ''));
      if (letter?.ReceiptHandle !== undefined) {
        await this.administrator.sqs.send(
          new DeleteMessageCommand({ QueueUrl, ReceiptHandle: letter.ReceiptHandle }),
        );
      }
      return letter;
    });
  }
}

/** The code that a dead letter names as its reason. */
export function reasonOf(letter: Message): string | undefined {
  return letter.MessageAttributes?.['error-code']?.StringValue;
}
