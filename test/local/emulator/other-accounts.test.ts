import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import {
  CreateAliasCommand,
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EncryptCommand,
  PutKeyPolicyCommand,
} from '@aws-sdk/client-kms';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { createLocalClients, type LocalClients } from '../../../local/local-clients.ts';
import { localStack } from '../../support/local-stack.ts';
import { StatesWorld } from './states-world.ts';

const { emulator } = localStack();
const { kms } = new StatesWorld().administrator;
const otherAccount = '444455556666';
const otherRoot = `arn:aws:iam::${otherAccount}:root`;
const Plaintext = Buffer.from('content');
let users: Record<'able' | 'unable', LocalClients>;

beforeAll(async () => {
  users = { able: await user('kms:*'), unable: await user('s3:*') };
});
afterAll(() => {
  for (const clients of Object.values(users)) clients.close();
});

/** Clients of a new user of the other account, who may do everything of a service with everything. */
async function user(Action: string): Promise<LocalClients> {
  const iam = new IAMClient({
    endpoint: emulator.endpointUrl,
    region: emulator.region,
    credentials: { accessKeyId: otherAccount, secretAccessKey: 'test' },
    requestHandler: { httpsAgent: new Agent({ ca: readFileSync(emulator.caFile) }) },
  });
  const UserName = `user-${randomUUID()}`;
  await iam.send(new CreateUserCommand({ UserName }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  const Statement = [{ Effect: 'Allow', Action, Resource: '*' }];
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'policy', PolicyDocument }));
  iam.destroy();
  return createLocalClients(emulator, {
    accessKeyId: AccessKey?.AccessKeyId ?? '',
    secretAccessKey: AccessKey?.SecretAccessKey ?? '',
  });
}

/** A key of the administrator's account that these principals may use too; its ARN. */
async function keyFor(...principals: string[]): Promise<string> {
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({ MultiRegion: true }));
  const Statement = [`arn:aws:iam::${emulator.accountId}:root`, ...principals].map((AWS) => ({
    Effect: 'Allow',
    Principal: { AWS },
    Action: 'kms:*',
    Resource: '*',
  }));
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
  await kms.send(new PutKeyPolicyCommand({ KeyId: KeyMetadata?.KeyId, Policy }));
  return KeyMetadata?.Arn ?? '';
}

test('both the policy of the key and that of the caller allow its use', async () => {
  const KeyId = await keyFor(otherRoot);
  const { CiphertextBlob } = await users.able.kms.send(new EncryptCommand({ KeyId, Plaintext }));
  for (const client of [users.able.kms, kms]) {
    const opened = await client.send(new DecryptCommand({ CiphertextBlob }));
    expect(opened).toMatchObject({ KeyId, Plaintext: new Uint8Array(Plaintext) });
  }
  const { KeyMetadata } = await users.able.kms.send(new DescribeKeyCommand({ KeyId }));
  expect(KeyMetadata?.MultiRegionConfiguration?.PrimaryKey?.Arn).toBe(KeyId);
});

test.each([
  ['the caller', 'unable', true],
  ['the key', 'able', false],
] as const)('what the policy of %s does not allow is refused', async (_, name, named) => {
  const { kms: theirs, sts } = users[name];
  const { Arn = '' } = await sts.send(new GetCallerIdentityCommand());
  const KeyId = await keyFor(...(named ? [Arn] : []));
  const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId, Plaintext }));
  const refused = { name: 'AccessDeniedException' };
  await expect(theirs.send(new DecryptCommand({ CiphertextBlob }))).rejects.toMatchObject(refused);
  await expect(theirs.send(new EncryptCommand({ KeyId, Plaintext }))).rejects.toMatchObject(refused);
});

test('it is named by its ARN or the ARN of its alias, and not managed', async () => {
  const TargetKeyId = await keyFor(otherRoot);
  const AliasName = `alias/${randomUUID()}`;
  await kms.send(new CreateAliasCommand({ AliasName, TargetKeyId }));
  const { kms: theirs } = users.able;
  const encrypt = async (KeyId: string): Promise<string | undefined> =>
    (await theirs.send(new EncryptCommand({ KeyId, Plaintext }))).KeyId;
  expect(await encrypt(`arn:aws:kms:${emulator.region}:${emulator.accountId}:${AliasName}`)).toBe(
    TargetKeyId,
  );
  for (const name of [AliasName, TargetKeyId.split('/')[1] ?? '']) {
    await expect(encrypt(name)).rejects.toMatchObject({ name: 'NotFoundException' });
  }
  await expect(theirs.send(new DisableKeyCommand({ KeyId: TargetKeyId }))).rejects.toMatchObject({
    name: 'NotFoundException',
  });
  const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: TargetKeyId }));
  expect(KeyMetadata?.KeyState).toBe('Enabled');
});
