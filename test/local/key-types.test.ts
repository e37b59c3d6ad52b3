import {
  CreateAliasCommand,
  CreateKeyCommand,
  DecryptCommand,
  GenerateDataKeyCommand,
  GetKeyPolicyCommand,
  PutKeyPolicyCommand,
  ReEncryptCommand,
  RotateKeyOnDemandCommand,
  UpdateAliasCommand,
} from '@aws-sdk/client-kms';
import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseEnvelope } from '../../envelope/index.ts';
import { administratorOf, createLocalClients, type LocalClients } from '../../local/local-clients.ts';
import { failureOf } from '../support/bytes.ts';
import { eventually } from '../support/eventually.ts';
import { clientsInRoleOf } from '../support/function-role.ts';
import { localStack } from '../support/local-stack.ts';
import { reasonOf } from '../support/vault-client.ts';
import { deployOwn } from './deploy-own.ts';
import type { StagingVault } from './staging-vault.ts';

const { emulator } = localStack();
const owner = createLocalClients(emulator, administratorOf(emulator));
const otherAccount = '444455556666';
const otherOwner = createLocalClients(emulator, { accessKeyId: otherAccount, secretAccessKey: 'test' });
afterAll(() => {
  owner.close();
  otherOwner.close();
});
const root = `arn:aws:iam::${emulator.accountId}:root`;
const alias = 'alias/security/vault';
const denied = /not authorized|Access ?Denied/i;

/** What the owner of a key may do: everything but use it, and let IAM say who uses it. */
const ownersStatement = {
  Effect: 'Allow',
  Principal: { AWS: root },
  Action: [
    'kms:PutKeyPolicy',
    'kms:GetKeyPolicy',
    'kms:CreateAlias',
    'kms:UpdateAlias',
    'kms:RotateKeyOnDemand',
  ],
  Resource: '*',
};

/** What the console gives a key: whatever the account's IAM policies allow. */
const leftToIam = { Effect: 'Allow', Principal: { AWS: root }, Action: 'kms:*', Resource: '*' };

async function createKey(...statements: readonly object[]): Promise<string> {
  return createKeyOf(owner, statements);
}

async function createKeyOf({ kms }: LocalClients, statements: readonly object[]): Promise<string> {
  const { KeyMetadata } = await kms.send(
    new CreateKeyCommand({ Policy: policyOf(statements), BypassPolicyLockoutSafetyCheck: true }),
  );
  return KeyMetadata?.Arn ?? '';
}

function policyOf(statements: readonly object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}

async function wrappedKeyOf(
  vault: StagingVault,
  key: string,
): Promise<{ ciphertext: Uint8Array; context: Record<string, string> }> {
  const object = await vault.store.head({ bucket: vault.stack.outputs.SealedBucketName, key });
  const { ciphertext, context } = parseEnvelope(object.metadata).encryptedDataKey;
  return { ciphertext, context: { ...context } };
}

const existing = {
  name: 'existing-key',
  keyOwner: owner,
  arn: await createKey(ownersStatement),
};
const foreign = {
  name: 'foreign-key',
  keyOwner: otherOwner,
  arn: await createKeyOf(otherOwner, [
    { ...ownersStatement, Principal: { AWS: `arn:aws:iam::${otherAccount}:root` } },
  ]),
};
/** So that what is denied is in the dead-letter queue at once. */
const once = { maxReceives: 1 };
const byArn = await deployOwn(existing.name, { wrappingKey: { arn: existing.arn }, ...once });
const byForeignArn = await deployOwn(foreign.name, { wrappingKey: { arn: foreign.arn }, ...once });
const aliasedArn = await createKey(leftToIam);
await owner.kms.send(new CreateAliasCommand({ AliasName: alias, TargetKeyId: aliasedArn }));
const byAlias = await deployOwn('alias-key', {
  wrappingKey: { alias },
  sealedEncryption: 'kms',
  intakeEncryption: 'aws/s3',
});

describe.each([
  ['of the account', existing, byArn],
  ['of another account', foreign, byForeignArn],
])('a vault on a key of somebody else, %s, by its ARN', (_whose, { keyOwner, arn }, vault) => {
  const key = 'existing/object';
  let versionId: string;
  let unsealed: string;

  test('seals nothing before the owner has let it in, and says which action on which key is missing', async () => {
    versionId = await vault.drop(key, 'content');
    const letter = await vault.deadLetter(key, (body) => body.includes(key));

    expect(reasonOf(letter)).toBe('ACCESS_DENIED');
    const { 'error-message': message } = letter.MessageAttributes ?? {};
    expect(message?.StringValue).toBe(`kms:GenerateDataKey on ${arn} failed: AccessDeniedException`);
    unsealed = letter.Body ?? '';
  });

  test('rewraps nothing either: not even the run may describe the key', async () => {
    expect((await vault.run()).status).toBe('FAILED');
  });

  test('seals, opens and rewraps once the owner has added the statements that the deployment printed', async () => {
    const { RequiredWrappingKeyPolicy = '', QueueUrl } = vault.stack.outputs;
    const { Statement } = JSON.parse(RequiredWrappingKeyPolicy) as { Statement: object[] };
    const { Policy: before = '{}' } = await keyOwner.kms.send(new GetKeyPolicyCommand({ KeyId: arn }));
    const { Statement: standing } = JSON.parse(before) as { Statement: object[] };
    const Policy = policyOf([...standing, ...Statement]);
    await keyOwner.kms.send(new PutKeyPolicyCommand({ KeyId: arn, Policy }));

    await vault.administrator.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: unsealed }));
    await vault.sealedFrom(key, versionId);
    expect((await vault.open(key)).content.toString()).toBe('content');

    const material = await vault.materialOf(key);
    await keyOwner.kms.send(new RotateKeyOnDemandCommand({ KeyId: arn }));
    // Only the account of the key is told.
    if (keyOwner === otherOwner) expect((await vault.run()).status).toBe('SUCCEEDED');
    await eventually('the new wrapping', async () => {
      const now = await vault.materialOf(key);
      return now === material ? undefined : now;
    });
    expect((await vault.open(key)).content.toString()).toBe('content');
  });

  test.each(['sealer', 'rotator', 'opener'] as const)(
    'lets the %s do its own part, and no other',
    async (role) => {
      expect(await allowedOf(vault, role, key)).toEqual(parts[role]);
    },
  );
});

describe('a vault on a key by an alias, with bucket keys of its own choice', () => {
  const key = 'alias/object';
  const vault = byAlias;
  const arn = aliasedArn;

  beforeAll(async () => {
    await vault.sealedFrom(key, await vault.drop(key, 'content'));
  });

  test('seals with the key that the alias points to, opens, and rewraps by schedule or by hand', async () => {
    const { WrappingKeyArn, SealedBucketName } = vault.stack.outputs;
    expect(WrappingKeyArn).toMatch(new RegExp(`^arn:aws:kms:.*:${alias}$`));
    const { metadata } = await vault.store.head({ bucket: SealedBucketName, key });
    expect(metadata['sealdrop-key']).toBe(arn);
    expect((await vault.open(key)).content.toString()).toBe('content');

    const before = await vault.materialOf(key);
    await owner.kms.send(new RotateKeyOnDemandCommand({ KeyId: arn }));
    expect((await vault.run()).status).toBe('SUCCEEDED');
    expect(await vault.materialOf(key)).not.toBe(before);
    expect((await vault.open(key)).content.toString()).toBe('content');
  });

  test.each(['sealer', 'rotator', 'opener'] as const)(
    'lets the %s do its own part, and no other',
    async (role) => {
      expect(await allowedOf(vault, role, key)).toEqual(parts[role]);
    },
  );

  test('reaches no other key, though that leaves its use to IAM, too', async () => {
    const other = await createKey(leftToIam);
    const { kms } = await clientsInRoleOf(vault, vault.stack.outputs.SealFunctionName);
    const { context } = await wrappedKeyOf(vault, key);
    await expect(kms.send(generate(arn, context))).resolves.toBeDefined();
    await expect(kms.send(generate(other, context))).rejects.toThrow(denied);
  });

  test('uses the key of the sealed bucket itself through S3 alone', async () => {
    const { s3, kms } = vault.administrator;
    const head = await s3.send(
      new HeadObjectCommand({ Bucket: vault.stack.outputs.SealedBucketName, Key: key }),
    );
    expect(head).toMatchObject({
      ServerSideEncryption: 'aws:kms',
      SSEKMSKeyId: expect.stringMatching(/:key\//),
    });
    const bucketKey = head.SSEKMSKeyId ?? '';
    expect(bucketKey).not.toBe(arn);
    for (const clients of [await clientsOf(vault, 'sealer'), await clientsOf(vault, 'rotator'), { kms }]) {
      await expect(clients.kms.send(generate(bucketKey, {}))).rejects.toThrow(denied);
    }
  });

  test('says so where the alias was moved away', async () => {
    const other = await createKey(leftToIam);
    await owner.kms.send(new UpdateAliasCommand({ AliasName: alias, TargetKeyId: other }));
    const failure = await failureOf(() => vault.open(key));
    await owner.kms.send(new UpdateAliasCommand({ AliasName: alias, TargetKeyId: arn }));

    expect(failure.code).toBe('KEY_MISMATCH');
    expect(failure.hint).toContain(`the object records ${arn}`);
    expect((await vault.open(key)).content.toString()).toBe('content');
  });
});

const parts = {
  sealer: ['make a data key'],
  rotator: ['rewrap a data key'],
  opener: ['open a data key'],
} as const;

async function clientsOf(vault: StagingVault, role: keyof typeof parts): Promise<LocalClients> {
  const { SealFunctionName, RewrapFunctionName } = vault.stack.outputs;
  if (role === 'opener') return vault.opener();
  return clientsInRoleOf(vault, role === 'sealer' ? SealFunctionName : RewrapFunctionName);
}

/** Which of these calls a role may make: each with the wrapping key of the vault, but for the last. */
async function allowedOf(vault: StagingVault, role: keyof typeof parts, key: string): Promise<string[]> {
  const { kms } = await clientsOf(vault, role);
  const { ciphertext: CiphertextBlob, context } = await wrappedKeyOf(vault, key);
  const { WrappingKeyArn: KeyId } = vault.stack.outputs;
  const EncryptionContext = context;
  const reEncrypt = (DestinationKeyId: string): Promise<unknown> =>
    kms.send(
      new ReEncryptCommand({
        ...{ CiphertextBlob, SourceKeyId: KeyId, SourceEncryptionContext: context },
        ...{ DestinationKeyId, DestinationEncryptionContext: context },
      }),
    );
  const anybodys = await createKey({ ...leftToIam, Principal: { AWS: '*' } });
  const calls: Record<string, () => Promise<unknown>> = {
    'make a data key': () => kms.send(generate(KeyId, context)),
    'make one for another vault': () => kms.send(generate(KeyId, { ...context, 'sealdrop-vault': 'other' })),
    'open a data key': () => kms.send(new DecryptCommand({ KeyId, CiphertextBlob, EncryptionContext })),
    'rewrap a data key': () => reEncrypt(KeyId),
    'rewrap to a key of anybody': () => reEncrypt(anybodys),
  };
  const allowed: string[] = [];
  for (const [name, call] of Object.entries(calls)) {
    try {
      await call();
      allowed.push(name);
    } catch (error) {
      expect(error).toMatchObject({ name: expect.stringMatching(/AccessDenied/) });
    }
  }
  return allowed;
}

function generate(KeyId: string, context: Record<string, string>): GenerateDataKeyCommand {
  return new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256', EncryptionContext: context });
}
