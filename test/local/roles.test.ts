import {
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  GenerateDataKeyCommand,
  PutKeyPolicyCommand,
  ReEncryptCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import {
  DescribeStateMachineCommand,
  ListExecutionsCommand,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { parseEnvelope } from '../../envelope/index.ts';
import type { LocalClients } from '../../local/local-clients.ts';
import { clientsInRoleOf, clientsInServiceRole } from '../support/function-role.ts';
import { VaultClient } from '../support/vault-client.ts';

const vault = new VaultClient();
const { IntakeBucketName, SealedBucketName, WrappingKeyArn, SealFunctionName, RewrapFunctionName, VaultId } =
  vault.stack.outputs;
const { ReportBucketName, RewrapMachineArn } = vault.stack.outputs;

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
  const machine = await vault.administrator.stepFunctions.send(
    new DescribeStateMachineCommand({ stateMachineArn: RewrapMachineArn }),
  );
  principals['machine'] = await clientsInServiceRole(vault, machine.roleArn ?? '');
  principals['reporter'] = await clientsInRoleOf(vault, reportFunctionIn(machine.definition ?? ''));
  foreignKeyArn = await openKey();
  await attempt('administrator', 'write a result of a run');
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

/** The function that a machine's definition names in its state `Report`. */
function reportFunctionIn(definition: string): string {
  const { States } = JSON.parse(definition) as {
    States: { Report: { Parameters: { FunctionName: string } } };
  };
  return States.Report.Parameters.FunctionName;
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
  'copy a sealed object over itself': ({ s3 }) =>
    s3.send(
      new CopyObjectCommand({
        Bucket: SealedBucketName,
        Key: 'roles/put',
        CopySource: `${SealedBucketName}/roles/object`,
      }),
    ),
  'list the sealed objects': ({ s3 }) => s3.send(new ListObjectsV2Command({ Bucket: SealedBucketName })),
  'delete a sealed object': ({ s3 }) =>
    s3.send(new DeleteObjectCommand({ Bucket: SealedBucketName, Key: 'roles/none' })),
  'destroy a sealed version': ({ s3 }) =>
    s3.send(new DeleteObjectCommand({ Bucket: SealedBucketName, Key: 'roles/none', VersionId: 'none' })),
  'read a result of a run': ({ s3 }) =>
    s3.send(new GetObjectCommand({ Bucket: ReportBucketName, Key: 'runs/roles/SUCCEEDED_0.jsonl' })),
  'write a result of a run': ({ s3 }) =>
    s3.send(
      new PutObjectCommand({ Bucket: ReportBucketName, Key: 'runs/roles/SUCCEEDED_0.jsonl', Body: '{}' }),
    ),
  'write the summary of a run': ({ s3 }) =>
    s3.send(new PutObjectCommand({ Bucket: ReportBucketName, Key: 'runs/roles/summary.json', Body: '{}' })),
  'write beside the runs': ({ s3 }) =>
    s3.send(new PutObjectCommand({ Bucket: ReportBucketName, Key: 'roles', Body: '{}' })),
  'delete a result of a run': ({ s3 }) =>
    s3.send(new DeleteObjectCommand({ Bucket: ReportBucketName, Key: 'runs/roles/none' })),
  'describe the key': ({ kms }) => kms.send(new DescribeKeyCommand({ KeyId: WrappingKeyArn })),
  'see the runs': ({ stepFunctions }) =>
    stepFunctions.send(new ListExecutionsCommand({ stateMachineArn: RewrapMachineArn })),
  'start a run': ({ stepFunctions }) =>
    stepFunctions.send(new StartExecutionCommand({ stateMachineArn: RewrapMachineArn, input: '{}' })),
  'have a batch rewrapped': ({ lambda }) =>
    lambda.send(new InvokeCommand({ FunctionName: RewrapFunctionName, InvocationType: 'DryRun' })),
  'have a file sealed': ({ lambda }) =>
    lambda.send(new InvokeCommand({ FunctionName: SealFunctionName, InvocationType: 'DryRun' })),
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
  sealer: [
    ...['make a data key', 'describe the key', 'list the sealed objects', 'read a sealed object'],
    ...['put a sealed object', 'copy a sealed object over itself', 'read a dropped version'],
  ],
  opener: ['open a data key', 'describe the key', 'list the sealed objects', 'read a sealed object'],
  // To look at an object's metadata takes the permission to read it; its content is encrypted.
  rotator: [
    ...['rewrap a data key', 'describe the key', 'list the sealed objects', 'read a sealed object'],
    ...['put a sealed object', 'copy a sealed object over itself'],
  ],
  machine: [
    ...['describe the key', 'list the sealed objects', 'see the runs', 'start a run'],
    ...['have a batch rewrapped', 'read a result of a run', 'write a result of a run'],
    'write the summary of a run',
  ],
  reporter: ['read a result of a run', 'write the summary of a run'],
  administrator: [
    ...['describe the key', 'list the sealed objects', 'read a sealed object', 'delete a sealed object'],
    ...['destroy a sealed version', 'read a dropped version', 'destroy a dropped version'],
    ...['read a result of a run', 'write a result of a run', 'write the summary of a run'],
    ...['write beside the runs', 'delete a result of a run', 'see the runs', 'start a run'],
    ...['have a batch rewrapped', 'have a file sealed'],
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
