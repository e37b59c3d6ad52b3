import { join } from 'node:path';
import {
  CreateKeyCommand,
  GetKeyPolicyCommand,
  PutKeyPolicyCommand,
  ReplicateKeyCommand,
  type KMSClient,
} from '@aws-sdk/client-kms';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import { afterAll, describe, expect, test } from '@jest/globals';
import { administratorOf, createLocalClients } from '../../local/local-clients.ts';
import { localStack } from '../support/local-stack.ts';
import { runStep } from '../support/transcript.ts';
import { deployOwn } from './deploy-own.ts';
import { RecoveryVaultOnStack } from './recovery-vault.ts';

const { emulator } = localStack();
const { accountId: account, region } = emulator;
const ReplicaRegion = RecoveryVaultOnStack.secondRegion;
const owner = createLocalClients(emulator, administratorOf(emulator));
const ownerThere = createLocalClients({ ...emulator, region: ReplicaRegion }, administratorOf(emulator));
afterAll(() => {
  for (const clients of [owner, ownerThere]) clients.close();
});

/** What the owner of a key may do: everything but use it, and let IAM say who uses it. */
const ownersStatement = {
  Effect: 'Allow',
  Principal: { AWS: `arn:aws:iam::${account}:root` },
  Action: ['kms:PutKeyPolicy', 'kms:GetKeyPolicy', 'kms:ReplicateKey'],
  Resource: '*',
};

/** A multi-Region key of somebody's own, with a replica, neither of which lets anybody in. */
async function multiRegionKey(): Promise<string> {
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [ownersStatement] });
  const more = { Policy, BypassPolicyLockoutSafetyCheck: true };
  const { KeyMetadata } = await owner.kms.send(new CreateKeyCommand({ MultiRegion: true, ...more }));
  const arn = KeyMetadata?.Arn ?? '';
  await owner.kms.send(new ReplicateKeyCommand({ KeyId: arn, ReplicaRegion, ...more }));
  return arn;
}

/** Adds statements to the policy of a key, as its owner. */
async function addStatements(kms: KMSClient, KeyId: string, statements: readonly object[]): Promise<void> {
  const { Policy: before = '{}' } = await kms.send(new GetKeyPolicyCommand({ KeyId }));
  const policy = JSON.parse(before) as { Statement: object[] };
  const Policy = JSON.stringify({ ...policy, Statement: [...policy.Statement, ...statements] });
  await kms.send(new PutKeyPolicyCommand({ KeyId, Policy }));
}

const printed = (policy = '{}'): object[] => (JSON.parse(policy) as { Statement: object[] }).Statement;

const vaultId = 'moved-to-regions';
const keys = ['before/1.txt', 'before/2.txt'];
const toKeyArn = await multiRegionKey();
const migration = {
  principalArns: [`arn:aws:iam::${account}:user/administrator`],
  toKeyArns: [toKeyArn],
};

// A vault with a single-Region key lets a migrator in, and is then put on the other key, with a second Region.
const old = await deployOwn(vaultId, { account, region, migration });
await old.dropAll(keys);
const { WrappingKeyArn: oldKeyArn } = old.stack.outputs;
const local = await RecoveryVaultOnStack.deploy(vaultId, { migration, wrappingKey: { arn: toKeyArn } });
const { SealedBucketName, MigratorRoleArn, WrappingKeyArn, RequiredWrappingKeyPolicy } = local.stack.outputs;
const { ReplicaBucketName, ReplicaKeyArn, RecoveryOpenerRoleArn, DrillFunctionName } = local.outputs;
const opener = await local.inSecondRegion(RecoveryOpenerRoleArn);

/** Moves the data keys to the other key, by the command, as the migrator. */
async function rewrapToKey(): Promise<string> {
  const { Credentials } = await local.administrator.sts.send(
    new AssumeRoleCommand({ RoleArn: MigratorRoleArn, RoleSessionName: 'test' }),
  );
  const main = join(import.meta.dirname, '..', '..', 'cli', 'main.ts');
  const command =
    `'${process.execPath}' '${main}' rewrap s3://${SealedBucketName}/ ` +
    `--key ${oldKeyArn} --to-key ${toKeyArn} --vault ${vaultId} --json 2>/dev/null`;
  const environment = {
    ...emulator.environment,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: Credentials?.AccessKeyId ?? '',
    AWS_SECRET_ACCESS_KEY: Credentials?.SecretAccessKey ?? '',
    AWS_SESSION_TOKEN: Credentials?.SessionToken ?? '',
  };
  return runStep({ command }, { folder: local.stack.folder, environment });
}

async function drill(): Promise<object> {
  const { Payload } = await local.second.lambda.send(
    new InvokeCommand({ FunctionName: DrillFunctionName, Payload: '{}' }),
  );
  return JSON.parse(Payload?.transformToString() ?? '') as object;
}

describe('a vault that moves to a multi-Region key of somebody’s own', () => {
  test('names the key, and its replica, by their ARNs', () => {
    expect(WrappingKeyArn).toBe(toKeyArn);
    expect(ReplicaKeyArn).toBe(toKeyArn.replace(region, ReplicaRegion));
    expect(oldKeyArn).not.toBe(toKeyArn);
  });

  test('leaves what is there under the old key, which opens it still, and which no run moves', async () => {
    await addStatements(owner.kms, toKeyArn, printed(RequiredWrappingKeyPolicy));
    expect((await old.open(keys[0] ?? '')).content.toString()).toBe(`content of ${keys[0] ?? ''}`);
    expect((await local.run()).status).toBe('FAILED');
    expect(await local.second.s3.send(new ListObjectsV2Command({ Bucket: ReplicaBucketName }))).toMatchObject(
      {
        KeyCount: 0,
      },
    );
  });

  test('has replicas of what is moved once the second Region is there', async () => {
    const lines = (await rewrapToKey()).split('\n').map((line) => JSON.parse(line) as { status: string });
    expect(lines.map(({ status }) => status)).toEqual(['rewrapped', 'rewrapped']);
    for (const key of keys) await local.replicaOf(key);
  });

  test('opens nothing in the second Region before the owner has let its openers in there', async () => {
    await expect(local.openReplica(keys[0] ?? '', opener)).rejects.toMatchObject({
      code: 'ACCESS_DENIED',
      message: expect.stringContaining(`kms:Decrypt on ${ReplicaKeyArn}`),
      hint: expect.stringContaining(`the key policy in ${ReplicaRegion}`),
    });
    expect(await drill()).toMatchObject({ isPassed: false, counts: { failed: 2 } });
  });

  test('opens there, without the first, once the printed statements were added', async () => {
    await addStatements(ownerThere.kms, ReplicaKeyArn, printed(local.outputs.RequiredReplicaKeyPolicy));
    await local.dropAll(['after.txt']);
    await local.replicaOf('after.txt');
    await local.withoutFirstRegion(async () => {
      for (const key of [...keys, 'after.txt']) {
        expect(await local.openReplica(key, opener)).toBe(`content of ${key}`);
      }
      expect(await drill()).toMatchObject({ isPassed: true, counts: { opened: 3, failed: 0 } });
    });
  });
});
