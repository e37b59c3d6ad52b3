import { PutObjectCommand } from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { callsOfRun } from '../../local/calls-of-run.ts';
import { endOfRun, summaryOf, type RewrapRun } from '../../local/rewrap-runs.ts';
import { noCounts } from '../../operations/rewrap-many.ts';
import { StagingVault } from './staging-vault.ts';

const vault = await StagingVault.deploy();
const { outputs } = vault.stack;
const clients = vault.administrator;

/** More than one batch holds. */
const plain = Array.from({ length: 120 }, (_, index) => `run/${index}`);
const strange = [
  'run/100%.txt',
  'run/a+b c.txt',
  'run/%41%2B.txt',
  'run/Grüße 世界 🔐.txt',
  `run/a'"&<>!*().txt`,
];
const keys = [...plain, ...strange];

/** The names of the calls that the trail has of a run by this caller, with how often each was made. */
async function callsBy(caller: string, run: RewrapRun): Promise<Record<string, number>> {
  const calls = (await callsOfRun(clients, run)).filter((call) => call.caller === caller);
  return Object.fromEntries(calls.map(({ eventName, times }) => [eventName, times]));
}

let run: RewrapRun;

beforeAll(async () => {
  await vault.empty();
  await vault.dropAll(keys);
  run = await endOfRun(clients, await vault.rotate());
}, 180_000);

describe('a run over a vault after a rotation', () => {
  test('rewraps every object of it, whatever its key', async () => {
    expect(run.status).toBe('SUCCEEDED');
    const material = await vault.material();
    for (const key of keys) expect(await vault.materialOf(key)).toBe(material);
    for (const key of strange) expect((await vault.open(key)).content.toString()).toBe(`content of ${key}`);
  });

  test('writes down what it did, with the requests that it took', async () => {
    expect(await summaryOf(clients, outputs, run)).toMatchObject({
      counts: { ...noCounts(), rewrapped: keys.length },
      requests: { HeadObject: keys.length, ReEncrypt: keys.length, CopyObject: keys.length },
      failures: [],
      left: 0,
      isCutShort: false,
      isFailed: false,
      current: { keyArn: outputs.WrappingKeyArn, keyMaterialId: await vault.material() },
    });
  });

  test('reads no object and sees no data key: the trail has these calls of it, and no others', async () => {
    expect(await callsBy('the rotator', run)).toEqual({
      HeadObject: keys.length,
      ReEncrypt: keys.length,
      CopyObject: keys.length,
    });
    expect(await callsBy('the state machine', run)).toEqual({
      ListExecutions: 1,
      DescribeKey: 2,
      ListObjects: 1,
      Invoke: 3,
      PutObject: 2,
    });
    expect(Object.keys(await callsBy('the reporter', run)).sort()).toEqual([
      'GetObject',
      'HeadObject',
      'ListObjects',
      'PutObject',
    ]);
    expect(await callsBy('the rotation event', run)).toEqual({ StartExecution: 1 });
  });

  test('leaves nothing for a second run, which calls KMS for no object', async () => {
    const second = await vault.run();
    expect((await summaryOf(clients, outputs, second)).counts).toEqual({
      ...noCounts(),
      current: keys.length,
    });
    expect(await callsBy('the rotator', second)).toEqual({ HeadObject: keys.length });
  });
});

/** Runs over an inventory of a bucket that lists the strange keys. */
async function runOverInventoryOf(bucket: string): Promise<RewrapRun> {
  const [place, schema] = [`runs/an-inventory-of-${bucket}/`, 'Bucket, Key, Size'];
  const rows = strange.map((key) => `"${bucket}","${encodeURIComponent(key).replaceAll('%20', '+')}","1"`);
  const manifest = {
    sourceBucket: bucket,
    destinationBucket: `arn:aws:s3:::${outputs.ReportBucketName}`,
    ...{ version: '2016-11-30', fileFormat: 'CSV', fileSchema: schema },
    files: [{ key: `${place}data.csv`, size: 1, MD5checksum: '' }],
  };
  for (const [name, Body] of [
    ['data.csv', rows.join('\n')],
    ['manifest.json', JSON.stringify(manifest)],
  ] as const) {
    await clients.s3.send(
      new PutObjectCommand({ Bucket: outputs.ReportBucketName, Key: `${place}${name}`, Body }),
    );
  }
  return vault.run({ inventory: { bucket: outputs.ReportBucketName, key: `${place}manifest.json` } });
}

test('a run over an inventory rewraps what that lists, its keys decoded', async () => {
  const inventoried = await runOverInventoryOf(outputs.SealedBucketName);
  expect((await summaryOf(clients, outputs, inventoried)).counts).toEqual({
    ...noCounts(),
    current: strange.length,
  });
});

test('a run over an inventory of another bucket fails, and says so for each object', async () => {
  const failed = await runOverInventoryOf('another-bucket');
  expect(failed.status).toBe('FAILED');
  const { counts, failures } = await summaryOf(clients, outputs, failed);
  expect(counts).toEqual({ ...noCounts(), failed: strange.length });
  expect(new Set(failures.map(({ message }) => message))).toEqual(
    new Set(['the inventory is of the bucket another-bucket, which is not the sealed bucket']),
  );
});

test('a run over an inventory that is not there fails, and says why', async () => {
  const failed = await vault.run({ inventory: { bucket: outputs.ReportBucketName, key: 'runs/none' } });
  expect(failed).toMatchObject({
    status: 'FAILED',
    cause: `see runs/${failed.name}/summary.json in the report bucket`,
  });
  expect(await summaryOf(clients, outputs, failed)).toMatchObject({
    error: 'States.ItemReaderFailed',
    isCutShort: true,
  });
});
