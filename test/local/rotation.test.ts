import { DescribeKeyCommand, RotateKeyOnDemandCommand } from '@aws-sdk/client-kms';
import { GetObjectTaggingCommand } from '@aws-sdk/client-s3';
import { beforeAll, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import type { StoredObject } from '../../aws/index.ts';
import { lookUpEvents } from '../../local/trail.ts';
import { eventually } from '../support/eventually.ts';
import { VaultClient } from '../support/vault-client.ts';

const vault = new VaultClient();
const { SealedBucketName, WrappingKeyArn } = vault.stack.outputs;
const content = randomBytes(9 * 1024 * 1024);
const key = 'rotation/large object.bin';

let before: StoredObject;
let after: StoredObject;

beforeAll(async () => {
  const versionId = await vault.drop(key, content, {
    ContentType: 'application/x-test',
    Metadata: { author: 'someone' },
    Tagging: 'stage=1',
  });
  before = await vault.sealedFrom(key, versionId);
  const { kms } = vault.administrator;
  await kms.send(new RotateKeyOnDemandCommand({ KeyId: WrappingKeyArn }));
  const material = await eventually('the new material', async () => {
    const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: WrappingKeyArn }));
    const current = KeyMetadata?.CurrentKeyMaterialId;
    return current === before.metadata['sealdrop-material'] ? undefined : current;
  });
  after = await eventually(
    'the schedule to rewrap',
    async () => {
      const object = await vault.store.head({ bucket: SealedBucketName, key });
      return object.metadata['sealdrop-material'] === material ? object : undefined;
    },
    150_000,
  );
}, 200_000);

test('the schedule rewraps what is on older key material', () => {
  expect(after.address.versionId).not.toBe(before.address.versionId);
  expect(after.metadata['x-amz-3']).not.toBe(before.metadata['x-amz-3']);
});

test('all else about the object stays', async () => {
  const replaced = ['x-amz-3', 'sealdrop-material'];
  const kept = ({ metadata }: StoredObject): unknown =>
    Object.fromEntries(Object.entries(metadata).filter(([name]) => !replaced.includes(name)));
  expect(kept(after)).toEqual(kept(before));
  expect(Object.keys(after.metadata).sort()).toEqual(Object.keys(before.metadata).sort());
  expect(after.headers).toEqual(before.headers);
  expect(after.lengthBytes).toBe(before.lengthBytes);
  const { TagSet } = await vault.administrator.s3.send(
    new GetObjectTaggingCommand({ Bucket: SealedBucketName, Key: key }),
  );
  expect(TagSet).toEqual([{ Key: 'stage', Value: '1' }]);
});

test('the rewrapped object opens to the same content', async () => {
  expect((await vault.open(key)).content.equals(content)).toBe(true);
});

test('the rewrapper never made or opened a data key', async () => {
  const byRewrapper = async (name: string): Promise<number> =>
    (await lookUpEvents(vault.administrator, name)).filter(
      ({ caller, errorCode }) => caller.includes('Rotator') && errorCode === undefined,
    ).length;
  expect(await byRewrapper('ReEncrypt')).toBeGreaterThan(0);
  expect(await byRewrapper('Decrypt')).toBe(0);
  expect(await byRewrapper('GenerateDataKey')).toBe(0);
});
