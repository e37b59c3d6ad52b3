import {
  CancelKeyDeletionCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  ScheduleKeyDeletionCommand,
  type KMSClient,
} from '@aws-sdk/client-kms';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterEach, beforeAll, expect, test } from '@jest/globals';
import { breakGlass } from '../support/break-glass.ts';
import { reasonOf, VaultClient } from '../support/vault-client.ts';

const vault = new VaultClient();
const { WrappingKeyArn: KeyId, IntakeBucketName, QueueUrl } = vault.stack.outputs;

let kms: KMSClient;
beforeAll(async () => {
  ({ kms } = await breakGlass(vault));
});

const bringBack = {
  KEY_DISABLED: () => kms.send(new EnableKeyCommand({ KeyId })),
  KEY_PENDING_DELETION: async () => {
    await kms.send(new CancelKeyDeletionCommand({ KeyId }));
    await kms.send(new EnableKeyCommand({ KeyId }));
  },
};
const takeAway = {
  KEY_DISABLED: () => kms.send(new DisableKeyCommand({ KeyId })),
  KEY_PENDING_DELETION: () => kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 30 })),
};

let state: keyof typeof takeAway | undefined;
afterEach(async () => {
  if (state !== undefined) await bringBack[state]();
});

test.each(['KEY_DISABLED', 'KEY_PENDING_DELETION'] as const)(
  '%s: the drop waits in the dead-letter queue, its source stays, and sent again it is sealed',
  async (code) => {
    const key = `key-states/${code}`;
    await takeAway[code]();
    state = code;
    const versionId = await vault.drop(key, 'content');
    const letter = await vault.deadLetter(key, (body) => body.includes(key));
    expect(reasonOf(letter)).toBe(code);
    expect((await vault.headIfThere(IntakeBucketName, key))?.address.versionId).toBe(versionId);

    await bringBack[code]();
    state = undefined;
    await vault.administrator.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: letter.Body ?? '' }));
    await vault.sealedFrom(key, versionId);
    expect((await vault.open(key)).content.toString()).toBe('content');
  },
);
