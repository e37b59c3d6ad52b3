import { DescribeKeyCommand, RotateKeyOnDemandCommand } from '@aws-sdk/client-kms';
import { GetObjectTaggingCommand } from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import type { StoredObject } from '../../aws/index.ts';
import { callsOfRun, type CallCount } from '../../local/calls-of-run.ts';
import { listRuns, type RewrapRun } from '../../local/rewrap-runs.ts';
import { eventually } from '../support/eventually.ts';
import { VaultClient } from '../support/vault-client.ts';

const vault = new VaultClient();
const { outputs } = vault.stack;
const { SealedBucketName, WrappingKeyArn } = outputs;
const clients = vault.administrator;
const content = randomBytes(9 * 1024 * 1024);
const key = 'rotation/large object.bin';

/** Waits for a run that has ended, and that this caller started. */
async function runStartedBy(caller: string, since: Date): Promise<[RewrapRun, readonly CallCount[]]> {
  return eventually(
    `a run started by ${caller}`,
    async () => {
      for (const run of await listRuns(clients, outputs, since)) {
        if (run.status === 'RUNNING') continue;
        const calls = await callsOfRun(clients, run);
        if (calls.some((call) => call.caller === caller && call.eventName === 'StartExecution'))
          return [run, calls];
      }
      return undefined;
    },
    150_000,
  );
}

const currentMaterial = async (): Promise<string | undefined> =>
  (await clients.kms.send(new DescribeKeyCommand({ KeyId: WrappingKeyArn }))).KeyMetadata
    ?.CurrentKeyMaterialId;

let before: StoredObject;
let after: StoredObject;
let rotatedAt: Date;
let byRotation: [RewrapRun, readonly CallCount[]];

beforeAll(async () => {
  const versionId = await vault.drop(key, content, {
    ContentType: 'application/x-test',
    CacheControl: 'max-age=60',
    Metadata: { author: 'someone' },
    Tagging: 'stage=1',
  });
  before = await vault.sealedFrom(key, versionId);
  rotatedAt = new Date();
  await clients.kms.send(new RotateKeyOnDemandCommand({ KeyId: WrappingKeyArn }));
  byRotation = await runStartedBy('the rotation event', rotatedAt);
  after = await eventually(
    'the object on the new material',
    async () => {
      const object = await vault.store.head({ bucket: SealedBucketName, key });
      return object.metadata['sealdrop-material'] === (await currentMaterial()) ? object : undefined;
    },
    150_000,
  );
}, 320_000);

describe('the rotation of the key', () => {
  test('starts a run that rewraps what is on older key material', () => {
    expect(byRotation[0].startedAt.getTime() - rotatedAt.getTime()).toBeLessThan(30_000);
    expect(after.address.versionId).not.toBe(before.address.versionId);
    expect(after.metadata['x-amz-3']).not.toBe(before.metadata['x-amz-3']);
    expect(after.metadata['sealdrop-material']).not.toBe(before.metadata['sealdrop-material']);
  });

  test('leaves all else about the object as it was', async () => {
    const replaced = ['x-amz-3', 'sealdrop-material'];
    const kept = ({ metadata }: StoredObject): unknown =>
      Object.fromEntries(Object.entries(metadata).filter(([name]) => !replaced.includes(name)));
    expect(kept(after)).toEqual(kept(before));
    expect(Object.keys(after.metadata).sort()).toEqual(Object.keys(before.metadata).sort());
    expect(after.headers).toEqual(before.headers);
    expect(after.lengthBytes).toBe(before.lengthBytes);
    expect(after.crc32).toBe(before.crc32);
    const { TagSet } = await clients.s3.send(
      new GetObjectTaggingCommand({ Bucket: SealedBucketName, Key: key }),
    );
    expect(TagSet).toEqual([{ Key: 'stage', Value: '1' }]);
  });

  test('leaves an object that opens to the same content', async () => {
    expect((await vault.open(key)).content.equals(content)).toBe(true);
  });
});

test('the schedule starts a run by itself', async () => {
  const [run, calls] = await runStartedBy('the schedule', new Date());
  expect(run.output).toContain(await currentMaterial());
  expect(calls).toEqual(
    expect.arrayContaining([{ caller: 'the state machine', eventName: 'DescribeKey', times: 2 }]),
  );
}, 160_000);
