import { mkdtemp, readFile, rm, writeFile, chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import {
  DecryptCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  GenerateDataKeyCommand,
  KMSClient,
  ListAliasesCommand,
} from '@aws-sdk/client-kms';
import { GetFunctionConfigurationCommand, InvokeCommand } from '@aws-sdk/client-lambda';
import {
  DeleteObjectCommand,
  GetBucketReplicationCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { DrillReport } from '../../aws/index.ts';
import type { LocalClients } from '../../local/local-clients.ts';
import { endOfRun } from '../../local/rewrap-runs.ts';
import { contextOf } from '../../operations/vault.ts';
import type { PeerClient } from '../conformance/peer-client.ts';
import { startPythonClient } from '../conformance/python-client.ts';
import { readFromTop } from '../support/documents.ts';
import { eventually } from '../support/eventually.ts';
import { clientsInServiceRole } from '../support/function-role.ts';
import { withKeyPolicy, type KeyStatement } from '../support/key-policy.ts';
import { kmsBehindProxy } from '../support/kms-behind-proxy.ts';
import { runStep, stepsOf } from '../support/transcript.ts';
import { RecoveryVaultOnStack } from './recovery-vault.ts';

const local = await RecoveryVaultOnStack.deploy();
const { SealedBucketName, WrappingKeyArn, VaultId } = local.stack.outputs;
const { ReplicaBucketName, ReplicaKeyArn, RecoveryOpenerRoleArn, DrillFunctionName } = local.outputs;
const { emulator } = local.stack;
const top = join(import.meta.dirname, '..', '..');
const folder = await mkdtemp(join(tmpdir(), 'sealdrop-recovery-'));
const dropped = ['reports/1.txt', 'reports/2.txt', 'Grüße 世界.txt'];
const withFile = 'with-file.txt';
/** How often a test starts the function itself. */
const invokedDrills = 1;
let opener: LocalClients;
let python: PeerClient;
/** The environment of a process that is the opener of the second Region. */
let asOpener: Record<string, string>;

beforeAll(async () => {
  opener = await local.inSecondRegion(RecoveryOpenerRoleArn);
  const { Credentials } = await local.second.sts.send(
    new AssumeRoleCommand({ RoleArn: RecoveryOpenerRoleArn, RoleSessionName: 'test' }),
  );
  asOpener = {
    ...emulator.environment,
    AWS_ENDPOINT_URL_KMS: kmsBehindProxy().proxy.endpointUrl,
    AWS_REGION: RecoveryVaultOnStack.secondRegion,
    AWS_DEFAULT_REGION: RecoveryVaultOnStack.secondRegion,
    AWS_ACCESS_KEY_ID: Credentials?.AccessKeyId ?? '',
    AWS_SECRET_ACCESS_KEY: Credentials?.SecretAccessKey ?? '',
    AWS_SESSION_TOKEN: Credentials?.SessionToken ?? '',
  };
  python = await startPythonClient(join(top, '.sealdrop'), asOpener);
  await local.dropAll(dropped);
  await local.sealWithFile(withFile, `content of ${withFile}`);
  for (const key of [...dropped, withFile, `${withFile}.instruction`]) await local.replicaOf(key);
}, 180_000);

afterAll(async () => {
  await python.stop();
  await rm(folder, { recursive: true });
});

async function officialOpen(key: string): Promise<string> {
  const path = join(folder, 'content');
  const context = contextOf({ vaultId: VaultId, binding: 'object' }, key);
  const keyring = { type: 'kms' as const, keyId: ReplicaKeyArn };
  const answer = await python.call({ verb: 'get', bucket: ReplicaBucketName, key, keyring, context, path });
  if (!answer.ok) throw new Error(answer.error);
  return readFile(path, 'utf8');
}

// First, while the vault holds what was put there above, and nothing else.
describe('the drill by the command', () => {
  const steps = stepsOf(readFromTop('docs/recovery.md'));
  const withoutTimes = (text: string): string => text.replace(/\b\d+ (s|min)\b/g, 'N s');

  test('is shown', () => {
    expect(steps.length).toBeGreaterThan(1);
  });

  test.each(steps.map((step) => [step.command, step] as const))('%s', async (_, step) => {
    const bin = join(folder, 'sealdrop');
    await writeFile(bin, `#!/bin/sh\nexec '${process.execPath}' '${join(top, 'cli', 'main.ts')}' "$@"\n`);
    await chmod(bin, 0o755);
    const environment = {
      ...asOpener,
      PATH: [folder, process.env['PATH']].join(delimiter),
      ...{ SEALDROP_KEY: WrappingKeyArn, SEALDROP_VAULT: VaultId },
      ...{ REPLICA: ReplicaBucketName, SEALED: SealedBucketName },
    };
    const printed = await local.withoutFirstRegion(() => runStep(step, { folder, environment }));
    expect(withoutTimes(printed.replaceAll(ReplicaBucketName, 'REPLICA'))).toBe(withoutTimes(step.expected));
  });
});

describe('with the key of the first Region out of reach', () => {
  test('the first Region opens nothing, and nobody reaches its KMS by way of the proxy', async () => {
    const { config } = kmsBehindProxy();
    const [first, second] = ['us-east-1', 'us-west-2'].map(
      (region) => new KMSClient({ ...config, region, maxAttempts: 1 }),
    );
    await local.withoutFirstRegion(async () => {
      await expect(local.open(dropped[0] ?? '')).rejects.toMatchObject({ code: 'ACCESS_DENIED' });
      await expect(first?.send(new ListAliasesCommand({}))).rejects.toThrow(/hang up|ECONNRE/);
      await expect(second?.send(new ListAliasesCommand({}))).resolves.toHaveProperty('Aliases');
    });
    config.requestHandler.httpsAgent.destroy();
  });

  test.each([...dropped, withFile])(
    '%s opens in the second Region, by us and by the official client',
    async (key) => {
      await local.withoutFirstRegion(async () => {
        expect(await local.openReplica(key, opener)).toBe(`content of ${key}`);
        expect(await local.openReplica(key, opener, ReplicaKeyArn)).toBe(`content of ${key}`);
        expect(await officialOpen(key)).toBe(`content of ${key}`);
      });
    },
  );

  test('the function drills, and calls its own Region alone', async () => {
    const { Payload, FunctionError } = await local.withoutFirstRegion(() =>
      local.second.lambda.send(new InvokeCommand({ FunctionName: DrillFunctionName, Payload: '{}' })),
    );
    expect(FunctionError).toBeUndefined();
    const answer = JSON.parse(Payload?.transformToString() ?? '') as DrillReport & { isPassed: boolean };
    expect(answer).toMatchObject({
      isPassed: true,
      region: 'us-west-2',
      objects: 4,
      counts: { opened: 4, failed: 0, gone: 0, left: 0, shares: 0 },
      calls: { kms: { 'us-west-2': 4 }, s3: { 'us-west-2': expect.any(Number) } },
    });
  });
});

describe('what changes in the first Region', () => {
  test('is rewrapped there, replicated, and opens in the second', async () => {
    const before = await local.replicaOf('reports/1.txt');
    const run = await endOfRun(local.administrator, await local.rotate());
    expect(run.status).toBe('SUCCEEDED');
    const after = await local.replicaOf('reports/1.txt');
    expect(after.metadata['sealdrop-material']).toBe(await local.material());
    expect(after.metadata['sealdrop-material']).not.toBe(before.metadata['sealdrop-material']);
    await local.replicaOf(`${withFile}.instruction`);
    await local.withoutFirstRegion(async () => {
      for (const key of ['reports/1.txt', withFile]) {
        expect(await local.openReplica(key, opener)).toBe(`content of ${key}`);
        expect(await officialOpen(key)).toBe(`content of ${key}`);
      }
    });
  });

  test('is hidden in the second, too, where it was deleted', async () => {
    await local.dropAll(['deleted']);
    await local.replicaOf('deleted');
    await local.administrator.s3.send(new DeleteObjectCommand({ Bucket: SealedBucketName, Key: 'deleted' }));
    await eventually('the delete marker', async () => {
      const { KeyCount } = await local.second.s3.send(
        new ListObjectsV2Command({ Bucket: ReplicaBucketName, Prefix: 'deleted' }),
      );
      return KeyCount === 0 ? true : undefined;
    });
  });
});

describe('a key of the second Region that cannot be used', () => {
  const id = { KeyId: ReplicaKeyArn };
  const openOne = (): Promise<string> => local.openReplica('reports/1.txt', opener);

  /** Nobody may disable the key; a policy that its administrators may write decides that. */
  const withPolicy = (change: (statements: KeyStatement[]) => object[], work: () => Promise<void>) =>
    withKeyPolicy(local.second.kms, ReplicaKeyArn, change, work);

  test('because it is disabled there alone is told so, and the first Region goes on', async () => {
    await expect(local.second.kms.send(new DisableKeyCommand(id))).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
    await withPolicy(
      (statements) => statements.filter(({ Sid }) => Sid !== 'OnlyBreakGlassEndsTheKey'),
      async () => {
        await local.second.kms.send(new DisableKeyCommand(id));
        try {
          await expect(openOne()).rejects.toMatchObject({
            code: 'KEY_DISABLED',
            hint: expect.stringContaining('enable the key in us-west-2'),
          });
          expect((await local.open('reports/1.txt')).content.toString()).toBe('content of reports/1.txt');
        } finally {
          await local.second.kms.send(new EnableKeyCommand(id));
        }
      },
    );
  });

  test('because its policy is too narrow is told with the action and the key', async () => {
    await withPolicy(
      (statements) => statements.filter(({ Sid }) => Sid !== 'Open'),
      () =>
        expect(openOne()).rejects.toMatchObject({
          code: 'ACCESS_DENIED',
          message: expect.stringContaining(`kms:Decrypt on ${ReplicaKeyArn}`),
          hint: expect.stringContaining('the key policy in us-west-2'),
        }),
    );
  });
});

describe('who may do what', () => {
  const context = { 'sealdrop-vault': VaultId, 'aws:x-amz-cek-alg': '115' };
  const denied = { name: expect.stringMatching(/^AccessDenied/) };
  const put = ({ s3 }: LocalClients): Promise<unknown> =>
    s3.send(new PutObjectCommand({ Bucket: ReplicaBucketName, Key: 'x', Body: 'x' }));

  test.each<[string, (clients: LocalClients) => Promise<unknown>]>([
    ['put', put],
    ['delete', ({ s3 }) => s3.send(new DeleteObjectCommand({ Bucket: ReplicaBucketName, Key: dropped[0] }))],
    [
      'make data keys',
      ({ kms }) =>
        kms.send(
          new GenerateDataKeyCommand({
            KeyId: ReplicaKeyArn,
            KeySpec: 'AES_256',
            EncryptionContext: context,
          }),
        ),
    ],
  ])('the opener of the second Region cannot %s', async (_, call) => {
    await expect(call(opener)).rejects.toMatchObject(denied);
  });

  test('not even the account’s administrator puts anything into the replica', async () => {
    await expect(put(local.second)).rejects.toMatchObject(denied);
  });

  test('the replication role opens nothing, in neither Region', async () => {
    const { ReplicationConfiguration } = await local.administrator.s3.send(
      new GetBucketReplicationCommand({ Bucket: SealedBucketName }),
    );
    const replicator = await clientsInServiceRole(local, ReplicationConfiguration?.Role ?? '');
    await expect(local.openReplica('reports/1.txt', replicator)).rejects.toMatchObject({
      code: 'ACCESS_DENIED',
    });
    const decrypt = new DecryptCommand({
      ...{ KeyId: WrappingKeyArn, EncryptionContext: context },
      CiphertextBlob: Buffer.alloc(100),
    });
    await expect(replicator.kms.send(decrypt)).rejects.toMatchObject(denied);
    const get = new GetObjectCommand({ Bucket: SealedBucketName, Key: 'reports/1.txt' });
    await expect(replicator.s3.send(get)).rejects.toMatchObject(denied);
  });

  test('the drill opens in its Region, and reaches nothing in the first', async () => {
    const { Role: roleArn = '' } = await local.second.lambda.send(
      new GetFunctionConfigurationCommand({ FunctionName: DrillFunctionName }),
    );
    const inFirst = await clientsInServiceRole(local, roleArn);
    const calls: (() => Promise<unknown>)[] = [
      () => inFirst.kms.send(new DescribeKeyCommand({ KeyId: WrappingKeyArn })),
      () => inFirst.s3.send(new ListObjectsV2Command({ Bucket: SealedBucketName })),
      () => inFirst.s3.send(new GetObjectCommand({ Bucket: SealedBucketName, Key: 'reports/1.txt' })),
    ];
    for (const call of calls) await expect(call()).rejects.toMatchObject(denied);
  });
});

test('drills are started by their schedule, too', async () => {
  const more = async () => ((await local.drills()) > invokedDrills ? true : undefined);
  expect(await eventually('a drill by the schedule', more, 90_000)).toBe(true);
});
