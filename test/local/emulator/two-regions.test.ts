import { beforeAll, expect, test } from '@jest/globals';
import {
  DecryptCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  EncryptCommand,
  GetKeyPolicyCommand,
} from '@aws-sdk/client-kms';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { eventually } from '../../support/eventually.ts';
import { localStack } from '../../support/local-stack.ts';
import { callAws } from './aws-call.ts';
import { StatesWorld } from './states-world.ts';
import { primaryStack, replicaStack } from './two-regions-stacks.ts';

const [here, away] = [new StatesWorld(), new StatesWorld('us-west-2')];
const [kms, kmsAway] = [here.administrator.kms, away.administrator.kms];
let primaryArn: string;
let replica: Record<string, string>;
let CiphertextBlob: Uint8Array;
beforeAll(async () => {
  primaryArn = (await here.deploy(primaryStack))['KeyArnOutput'] ?? '';
  const encrypted = await kms.send(
    new EncryptCommand({ KeyId: primaryArn, Plaintext: Buffer.from('content') }),
  );
  CiphertextBlob = encrypted.CiphertextBlob ?? new Uint8Array();
  const input = { ...event(), parameter: '/emulator/scheduled' };
  replica = await away.deploy((app) => replicaStack(app, primaryArn, input));
});

const event = (): Record<string, string> => ({
  ciphertext: Buffer.from(CiphertextBlob).toString('base64'),
  region: 'us-east-1',
});

/** A parameter of the Region the local stack is in. */
async function parameter(Name: string): Promise<string> {
  const answer = await callAws(localStack().emulator, {
    service: 'ssm',
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'AmazonSSM.GetParameter' },
    body: JSON.stringify({ Name }),
  });
  return (JSON.parse(answer) as { Parameter: { Value: string } }).Parameter.Value;
}

const opened = (): object => ({ key: replica['KeyArnOutput'], region: 'us-west-2' });

test('a function of another Region opens there what was encrypted here, and calls a Region by name', async () => {
  const invoke = (more: object): InvokeCommand =>
    new InvokeCommand({
      FunctionName: replica['DrillOutput'],
      Payload: JSON.stringify({ ...event(), ...more }),
    });
  const { FunctionError } = await away.administrator.lambda.send(invoke({ parameter: '/emulator/invoked' }));
  expect(FunctionError).toBeUndefined();
  expect(JSON.parse(await parameter('/emulator/invoked'))).toEqual(opened());
  const refused = await away.administrator.lambda.send(
    invoke({ parameter: '/emulator/refused', region: 'us-west-2' }),
  );
  expect(refused.Payload?.transformToString()).toContain('ssm:us-west-2');
  await expect(here.administrator.lambda.send(invoke({}))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
});

test('a schedule of another Region starts the function there', async () => {
  const value = await eventually('the parameter', () =>
    parameter('/emulator/scheduled').catch(() => undefined),
  );
  expect(JSON.parse(value)).toEqual(opened());
});

test('a replica has its own policy, aliases and state', async () => {
  const KeyId = replica['AliasOutput'];
  const { KeyMetadata } = await kmsAway.send(new DescribeKeyCommand({ KeyId }));
  expect(KeyMetadata).toMatchObject({
    Arn: replica['KeyArnOutput'],
    MultiRegionConfiguration: { MultiRegionKeyType: 'REPLICA', PrimaryKey: { Arn: primaryArn } },
  });
  await expect(kms.send(new DescribeKeyCommand({ KeyId }))).rejects.toMatchObject({
    name: 'NotFoundException',
  });
  const id = { KeyId: KeyMetadata?.KeyId };
  const policies = [kms, kmsAway].map(
    async (client) => (await client.send(new GetKeyPolicyCommand(id))).Policy,
  );
  expect(await policies[0]).not.toContain('Replica');
  expect(await policies[1]).toContain('Replica');
  for (const [disabled, enabled] of [
    [kms, kmsAway],
    [kmsAway, kms],
  ] as const) {
    await disabled.send(new DisableKeyCommand(id));
    await expect(disabled.send(new DecryptCommand({ CiphertextBlob }))).rejects.toMatchObject({
      name: 'DisabledException',
    });
    const { Plaintext } = await enabled.send(new DecryptCommand({ CiphertextBlob }));
    expect(Buffer.from(Plaintext ?? []).toString()).toBe('content');
    await disabled.send(new EnableKeyCommand(id));
  }
});
