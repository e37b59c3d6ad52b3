import {
  CreateKeyCommand,
  DecryptCommand,
  DisableKeyCommand,
  GenerateDataKeyCommand,
  PutKeyPolicyCommand,
  ReEncryptCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { parseEnvelope } from '../../envelope/index.ts';
import type { LocalClients } from '../../local/local-clients.ts';
import { clientsInRoleOf } from '../support/function-role.ts';
import { VaultClient } from '../support/vault-client.ts';

const vault = new VaultClient();
const { IntakeBucketName, SealedBucketName, WrappingKeyArn, SealFunctionName, RewrapFunctionName, VaultId } =
  vault.stack.outputs;

/** One call of a principal. */
type Call = (clients: LocalClients) => Promise<unknown>;

const context = { 'sealdrop-vault': VaultId, 'aws:x-amz-cek-alg': '115' };
let sealed: { encryptedDataKey: Uint8Array; encryptionContext: Record<string, string> };
let sourceVersionId: string;
let foreignKeyArn: string;
const principals: Record<string, LocalClients> = {};

beforeAll(async () => {
  sourceVersionId = await vault.drop('roles/object', 'content');
  const object = await vault.sealedFrom('roles/object', sourceVersionId);
  const { ciphertext, context: stored } = parseEnvelope(object.metadata).encryptedDataKey;
  sealed = { encryptedDataKey: ciphertext, encryptionContext: { ...stored } };
  principals['sealer'] = await clientsInRoleOf(vault, SealFunctionName);
  principals['rotator'] = await clientsInRoleOf(vault, RewrapFunctionName);
  principals['opener'] = await vault.opener();
  principals['administrator'] = vault.administrator;
  foreignKeyArn = await openKey();
});

/** A key that everyone may use: an attacker's own. */
async function openKey(): Promise<string> {
  const { kms } = vault.administrator;
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
  const Statement = [{ Effect: 'Allow', Principal: { AWS: '*' }, Action: 'kms:*', Resource: '*' }];
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
  await kms.send(new PutKeyPolicyCommand({ KeyId: KeyMetadata?.KeyId, Policy }));
  return KeyMetadata?.Arn ?? '';
}

const calls: Record<string, Call> = {
  'make a data key': ({ kms }) => kms.send(generate(context)),
  'make a data key for another vault': ({ kms }) =>
    kms.send(generate({ ...context, 'sealdrop-vault': 'other' })),
  'make a data key for no vault': ({ kms }) => kms.send(generate({ 'aws:x-amz-cek-alg': '115' })),
  'open a data key': ({ kms }) =>
    kms.send(
      new DecryptCommand({
        KeyId: WrappingKeyArn,
        CiphertextBlob: sealed.encryptedDataKey,
        EncryptionContext: sealed.encryptionContext,
      }),
    ),
  'rewrap a data key': ({ kms }) => kms.send(reEncrypt(WrappingKeyArn)),
  'rewrap a data key to a key of its own': ({ kms }) => kms.send(reEncrypt(foreignKeyArn)),
  'read a sealed object': ({ s3 }) =>
    s3.send(new GetObjectCommand({ Bucket: SealedBucketName, Key: 'roles/object' })),
  'put a sealed object': ({ s3 }) =>
    s3.send(new PutObjectCommand({ Bucket: SealedBucketName, Key: 'roles/put', Body: 'x' })),
  'delete a sealed object': ({ s3 }) =>
    s3.send(new DeleteObjectCommand({ Bucket: SealedBucketName, Key: 'roles/none' })),
  'read a dropped version': ({ s3 }) =>
    s3.send(
      new GetObjectCommand({ Bucket: IntakeBucketName, Key: 'roles/object', VersionId: sourceVersionId }),
    ),
  'destroy a dropped version': ({ s3 }) =>
    s3.send(new DeleteObjectCommand({ Bucket: IntakeBucketName, Key: 'roles/none', VersionId: 'none' })),
  'disable the key': ({ kms }) => kms.send(new DisableKeyCommand({ KeyId: WrappingKeyArn })),
  'have the key deleted': ({ kms }) => kms.send(new ScheduleKeyDeletionCommand({ KeyId: WrappingKeyArn })),
};

function generate(encryptionContext: Record<string, string>): GenerateDataKeyCommand {
  return new GenerateDataKeyCommand({
    KeyId: WrappingKeyArn,
    KeySpec: 'AES_256',
    EncryptionContext: encryptionContext,
  });
}

function reEncrypt(destination: string): ReEncryptCommand {
  return new ReEncryptCommand({
    CiphertextBlob: sealed.encryptedDataKey,
    SourceKeyId: WrappingKeyArn,
    SourceEncryptionContext: sealed.encryptionContext,
    DestinationKeyId: destination,
    DestinationEncryptionContext: sealed.encryptionContext,
  });
}

/** What each principal may do; all else is denied. */
const allowed: Record<string, readonly string[]> = {
  sealer: ['make a data key', 'read a sealed object', 'put a sealed object', 'read a dropped version'],
  opener: ['open a data key', 'read a sealed object'],
  rotator: ['rewrap a data key', 'read a sealed object', 'put a sealed object'],
  administrator: [
    'read a sealed object',
    'delete a sealed object',
    'read a dropped version',
    'destroy a dropped version',
  ],
};

async function attempt(principal: string, name: string): Promise<unknown> {
  const [clients, call] = [principals[principal], calls[name]];
  if (clients === undefined || call === undefined) throw new Error(`no ${principal} or no call ${name}`);
  return call(clients);
}

describe.each(Object.keys(allowed))('the %s', (principal) => {
  const isAllowed = (name: string): boolean => allowed[principal]?.includes(name) ?? false;

  test.each(Object.keys(calls).filter(isAllowed))('may %s', async (name) => {
    await attempt(principal, name);
  });

  test.each(Object.keys(calls).filter((name) => !isAllowed(name)))('may not %s', async (name) => {
    await expect(attempt(principal, name)).rejects.toThrow(/not authorized|Access ?Denied/i);
  });
});
