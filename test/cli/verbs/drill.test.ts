import { KMSClient } from '@aws-sdk/client-kms';
import { HeadBucketCommand, ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { run } from '../../../cli/program.ts';
import { sealContent } from '../../../operations/seal-content.ts';
import { contentFrom, createScene, type Scene } from '../../operations/scene.ts';
import { fakeIo } from '../../support/fake-terminal.ts';
import { mockKms } from '../../support/mock-kms.ts';
import { mockS3 } from '../../support/mock-s3.ts';
import { drillLine } from '../../support/output-line-schema.ts';

let scene: Scene;
let s3: ReturnType<typeof mockS3>;
let kms: ReturnType<typeof mockKms>;

beforeEach(async () => {
  scene = createScene();
  for (const key of ['a/1', 'a/2', 'b']) {
    const content = contentFrom(Buffer.from(`content of ${key}`));
    await sealContent(content, { bucket: 'replica', key }, { absent: true }, scene.sealing);
  }
  s3 = mockS3(S3Client, scene.store);
  s3.on(HeadBucketCommand).resolves({ BucketRegion: 'eu-west-1' });
  kms = mockKms(KMSClient, scene.kms);
});
afterEach(() => {
  s3.restore();
  kms.restore();
});

async function ran(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const io = fakeIo();
  const common = ['--key', scene.keyArn, '--vault', 'archive', '--region', 'eu-west-1'];
  const code = await run(['drill', ...args, ...common], io);
  return { code, stdout: io.stdout.text, stderr: io.stderr.text };
}

/** Says which versions are there, each changed some seconds ago. */
function listVersions(Bucket: string, ages: Record<string, number>): void {
  const Versions = Object.entries(ages).map(([name, seconds]) => {
    const [Key = '', VersionId] = name.split('@');
    return { Key, VersionId, IsLatest: true, LastModified: new Date(Date.now() - seconds * 1000) };
  });
  s3.on(ListObjectVersionsCommand, { Bucket }).resolves({ Versions });
}

describe('drill', () => {
  test('opens what is there, and writes one line with --json', async () => {
    const { code, stdout, stderr } = await ran('s3://replica/', '--json');
    expect([code, stderr]).toEqual([0, '']);
    expect(drillLine.parse(JSON.parse(stdout))).toMatchObject({
      ...{ verb: 'drill', place: 's3://replica/', region: 'eu-west-1', isPassed: true, objects: 3 },
      counts: { opened: 3 },
    });
    expect(
      scene.store.calls.filter(({ method }) => ['write', 'copy', 'hide', 'setTags'].includes(method)),
    ).toHaveLength(3);
  });

  test('looks below a prefix, and at no more than a sample', async () => {
    const { stdout } = await ran('s3://replica/a/', '--sample', '1');
    expect(stdout).toMatch(/^opened 1 of 1 object in eu-west-1, where there are 2, /);
  });

  test('ends with 3 where something does not open, and tells why', async () => {
    scene.store.put('replica', 'plain', Buffer.from('x'));
    const { code, stdout, stderr } = await ran('s3://replica/');
    expect(code).toBe(3);
    expect(stdout).toContain('opened 3 of 4 objects in eu-west-1');
    expect(stdout).toContain('; failed 1: 1 NOT_SEALED');
    expect(stderr).toContain('s3://replica/: plain did not open');
  });

  test('compares with its source, by version', async () => {
    listVersions('sealed', { 'a/1@v1': 900, 'a/2@v2': 120, 'b@v3': 60 });
    listVersions('replica', { 'a/1@v1': 900, 'a/2@v0': 200 });
    const { code, stdout } = await ran('s3://replica/', '--source', 's3://sealed/', '--json');
    const { recoveryPoint } = drillLine.parse(JSON.parse(stdout));
    expect(code).toBe(0);
    expect(recoveryPoint).toMatchObject({ basis: 'source', behindObjects: 2 });
    expect(Math.round(recoveryPoint?.seconds ?? 0)).toBeGreaterThanOrEqual(120);
  });

  test.each([
    ['1m', 3],
    ['1h', 0],
  ])(
    'with --max-lag %s ends with %i where the oldest change is two minutes behind',
    async (maxLag, expected) => {
      listVersions('sealed', { 'a/1@v1': 120 });
      listVersions('replica', {});
      const { code } = await ran('s3://replica/', '--source', 's3://sealed/', '--max-lag', maxLag);
      expect(code).toBe(expected);
    },
  );

  test('with --max-lag ends with 3 where nobody knows how far it is behind', async () => {
    expect((await ran('s3://replica/', '--max-lag', '1d')).code).toBe(3);
  });

  test('of a bucket in another Region shows nothing, and is refused', async () => {
    s3.on(HeadBucketCommand).resolves({ BucketRegion: 'us-east-1' });
    const { code, stdout, stderr } = await ran('s3://replica/');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('the bucket replica is in us-east-1, not in eu-west-1');
    expect(scene.kms.calls.filter(({ action }) => action === 'Decrypt')).toEqual([]);
  });

  test('of nothing is no proof', async () => {
    expect(await ran('s3://replica/none/')).toMatchObject({ code: 1, stdout: '' });
  });

  test.each([
    [['s3://replica/a/1'], 'is no replica'],
    [['folder/'], 'is no replica'],
    [['s3://replica/', '--source', 's3://replica/'], 'is the replica itself'],
    [['s3://replica/a/', '--source', 's3://sealed/b/'], 'has another prefix than the replica'],
    [['s3://replica/', '--source', 'folder/'], 'is no replica'],
    [['s3://replica/', '--max-lag', 'soon'], 'max-lag'],
  ])('used wrongly does nothing: %j', async (args, message) => {
    const { code, stderr } = await ran(...args);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(scene.kms.calls.filter(({ action }) => action === 'Decrypt')).toEqual([]);
  });
});
