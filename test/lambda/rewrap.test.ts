import { DescribeKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { CopyObjectCommand, GetObjectCommand, HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { toEnvironment } from '../../lambda/settings.ts';
import { openToBuffer } from '../../operations/open-object.ts';
import { noCounts } from '../../operations/rewrap-many.ts';
import { sealDrop } from '../../operations/seal-drop.ts';
import { thrownBy } from '../support/bytes.ts';
import { FakeKmsException } from '../support/fake-kms.ts';
import { lambdaContext } from '../support/lambda-context.ts';
import { mockKms } from '../support/mock-kms.ts';
import { mockS3 } from '../support/mock-s3.ts';
import { createWorld, sealedBucket } from '../support/world.ts';

const { kms, keyArn, store, keyring, drop, options } = createWorld();

Object.assign(process.env, {
  AWS_REGION: 'eu-west-1',
  POWERTOOLS_DEV: 'true',
  ...toEnvironment({
    vaultId: options.vault.vaultId,
    binding: options.vault.binding,
    keyArn,
    sealedBucket,
    sealedPrefix: '',
    concurrency: 2,
    workers: 4,
    requestsPerSecond: 4000,
  }),
});
const { handler } = await import('../../lambda/rewrap.ts');
let s3 = mockS3(S3Client, store);
let kmsCommands = mockKms(KMSClient, kms);

const plain = ['a.txt', 'b.txt', 'c.txt'];
const strange = ['100%.txt', 'a+b c.txt', '%41%2B.txt', 'Grüße 世界 🔐.txt'];

let log = '';
beforeEach(async () => {
  log = '';
  for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const) {
    jest.spyOn(console, method).mockImplementation((...args: unknown[]) => {
      log += `${args.map(String).join(' ')}\n`;
    });
  }
  for (const key of [...plain, ...strange]) {
    await sealDrop(drop(key, Buffer.from(`content of ${key}`)), { ...options, sealedPrefix: '' });
  }
  s3 = mockS3(S3Client, store);
  kmsCommands = mockKms(KMSClient, kms);
  kms.calls.length = 0;
});
afterEach(() => {
  jest.restoreAllMocks();
});

/** The key as KMS describes it to the state machine. */
const described = (): object => kms.describeKey({ KeyId: keyArn }).KeyMetadata;
const run = (batch: object, remainingMilliseconds?: number) =>
  handler('key' in batch ? batch : { key: described(), ...batch }, lambdaContext(remainingMilliseconds));
const counted = (counts: Partial<ReturnType<typeof noCounts>>) => ({ ...noCounts(), ...counts });
const inventoried = (key: string) => ({ bucket: sealedBucket, key });
const denyCopyOf = (...keys: string[]): void => {
  for (const Key of keys) {
    s3.on(CopyObjectCommand, { Key }).rejects(
      Object.assign(new Error('secret-detail'), { name: 'AccessDenied', $metadata: { httpStatusCode: 403 } }),
    );
  }
};

describe('the rewrap function', () => {
  test('moves a batch to the newest material without reading or decrypting one of it', async () => {
    kms.rotate(keyArn);
    expect(await run({ keys: plain })).toEqual({
      counts: counted({ rewrapped: 3 }),
      failures: [],
      left: [],
      requests: {},
      goOn: false,
    });
    expect(s3.commandCalls(GetObjectCommand)).toEqual([]);
    expect(new Set(kms.calls.map(({ action }) => action))).toEqual(new Set(['DescribeKey', 'ReEncrypt']));
    expect(kmsCommands.commandCalls(DescribeKeyCommand)).toEqual([]);
    const read = await openToBuffer(
      { bucket: sealedBucket, key: 'b.txt' },
      { store, keyring, vault: options.vault },
    );
    expect(read.content.toString()).toBe('content of b.txt');
    expect(log).toContain('batch ended');
  });

  test('has nothing to ask of KMS where all is current', async () => {
    expect((await run({ keys: plain })).counts).toEqual(counted({ current: 3 }));
    expect(s3.commandCalls(CopyObjectCommand)).toEqual([]);
    expect(kmsCommands.calls()).toEqual([]);
  });

  test('asks KMS itself what is current where Step Functions does not tell', async () => {
    const report = await run({ key: { Arn: keyArn }, keys: plain });
    expect(report.counts).toEqual(counted({ current: 3 }));
    expect(kmsCommands.commandCalls(DescribeKeyCommand)).toHaveLength(1);
  });

  test('has nothing to ask, and nothing to do, for a key in a key store, which has no second material', async () => {
    const key = { Arn: keyArn, Origin: 'AWS_CLOUDHSM', KeyState: 'Enabled' };
    expect((await run({ key, keys: plain })).counts).toEqual(counted({ current: 3 }));
    expect(kmsCommands.calls()).toEqual([]);
  });

  test.each(['AWS_KMS', 'EXTERNAL'])('asks KMS itself where the key is of the origin %s', async (Origin) => {
    kms.rotate(keyArn);
    const report = await run({ key: { Arn: keyArn, Origin }, keys: plain });
    expect(report.counts).toEqual(counted({ rewrapped: 3 }));
    expect(kmsCommands.commandCalls(DescribeKeyCommand)).toHaveLength(1);
  });

  test('takes the keys of a listing as they are', async () => {
    kms.rotate(keyArn);
    expect((await run({ keys: strange })).counts).toEqual(counted({ rewrapped: strange.length }));
  });

  test.each([
    ['a plus sign for a space', (key: string) => encodeURIComponent(key).replaceAll('%20', '+')],
    ['a percent sign for a space', (key: string) => encodeURIComponent(key)],
  ])('decodes the keys of an inventory, with %s', async (_, encode) => {
    kms.rotate(keyArn);
    const report = await run({ inventoried: strange.map((key) => inventoried(encode(key))) });
    expect(report.counts).toEqual(counted({ rewrapped: strange.length }));
    const looked = s3.commandCalls(HeadObjectCommand).map((call) => call.args[0].input.Key);
    expect(new Set(looked)).toEqual(new Set(strange));
  });

  test('tells of a key that does not decode, and works on the others', async () => {
    kms.rotate(keyArn);
    expect(await run({ inventoried: ['a.txt', '100%.txt'].map(inventoried) })).toMatchObject({
      counts: counted({ rewrapped: 1, failed: 1 }),
      failures: [{ key: '100%.txt', code: 'UNEXPECTED' }],
    });
  });

  test('fails what an inventory lists of another bucket, and says so', async () => {
    kms.rotate(keyArn);
    const others = { key: 'a.txt', bucket: 'another' };
    expect(await run({ inventoried: [...plain.map(inventoried), others] })).toMatchObject({
      counts: counted({ rewrapped: 3, failed: 1 }),
      failures: [
        { key: 'a.txt', code: 'UNEXPECTED', message: expect.stringContaining('another') as unknown },
      ],
    });
    await expect(run({ inventoried: [others] })).rejects.toMatchObject({ name: 'BatchFailed' });
  });

  test('passes over instruction files, and counts what is gone or was never sealed', async () => {
    store.put(sealedBucket, 'plain', Buffer.from('x'));
    const report = await run({ keys: ['a.txt.instruction', 'no such key', 'plain'] });
    expect(report.counts).toEqual(counted({ gone: 1, 'not-sealed': 1 }));
  });

  test('tells of each failure with its key and no secret, and works on the others', async () => {
    kms.rotate(keyArn);
    denyCopyOf('b.txt');
    const report = await run({ keys: plain });
    expect(report).toMatchObject({
      counts: counted({ rewrapped: 2, failed: 1 }),
      failures: [{ key: 'b.txt', code: 'ACCESS_DENIED' }],
    });
    expect(log).toMatch(/not rewrapped/);
    expect(log).toContain('ACCESS_DENIED');
    expect(log + JSON.stringify(report)).not.toContain('secret-detail');
  });

  test('starts nothing where its time is short, and tells what is left', async () => {
    kms.rotate(keyArn);
    expect(await run({ keys: plain }, 20_000)).toMatchObject({
      counts: noCounts(),
      left: plain,
      goOn: false,
    });
    expect(s3.commandCalls(CopyObjectCommand)).toEqual([]);
  });

  test('has another invocation go on where something came of this one, and something is left', async () => {
    kms.rotate(keyArn);
    let remaining = 60_000;
    s3.on(CopyObjectCommand, { Key: 'a.txt' }).callsFake(() => {
      remaining = 20_000;
      return { VersionId: 'x', CopyObjectResult: { ETag: '"x"' } };
    });
    const context = { ...lambdaContext(), getRemainingTimeInMillis: () => remaining };
    const many = ['a.txt', ...strange, 'b.txt', 'c.txt'];
    const answer = await handler({ key: described(), keys: many }, context);
    expect(answer.left).toEqual(expect.arrayContaining(['c.txt']));
    expect(answer).toMatchObject({ goOn: true });
  });

  test('goes on with what was left, and adds up', async () => {
    kms.rotate(keyArn);
    const before = await run({ keys: ['a.txt', 'b.txt'] });
    const report = await run({
      keys: ['c.txt'],
      before: { ...before, left: ['c.txt'], requests: { ReEncrypt: 2 } },
    });
    expect(report).toEqual({
      counts: counted({ rewrapped: 3 }),
      failures: [],
      left: [],
      requests: { ReEncrypt: 2 },
      goOn: false,
    });
  });

  test('fails where KMS refuses every object, with the report as its message', async () => {
    kms.rotate(keyArn);
    const key = described();
    kms.failNext(...plain.map(() => new FakeKmsException('DisabledException')));
    const error = (await thrownBy(() => run({ key, keys: plain }))) as Error;
    expect(error).toMatchObject({ name: 'BatchFailed', stack: 'BatchFailed' });
    expect(JSON.parse(error.message)).toMatchObject({
      counts: counted({ failed: 3 }),
      failures: plain.map((key) => ({ key, code: 'KEY_DISABLED' })),
      left: [],
    });
  });

  test('does not fail for one object that cannot be rewrapped among many that are current', async () => {
    kms.rotate(keyArn);
    await run({ keys: ['a.txt', 'c.txt'] });
    denyCopyOf('b.txt');
    expect((await run({ keys: plain })).counts).toEqual(counted({ current: 2, failed: 1 }));
  });

  test.each([
    [{}],
    [{ keys: 'a' }],
    [{ inventoried: ['a'] }],
    [{ keys: [], before: {} }],
    [{ keys: [], key: {} }],
  ])('refuses a batch that is none: %j', async (batch) => {
    await expect(run(batch)).rejects.toThrow();
  });
});
