import { DescribeKeyCommand } from '@aws-sdk/client-kms';
import { GetBucketVersioningCommand, HeadObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { KeysScene, keyMetadata, refusal } from './keys-scene.ts';

const scene = new KeysScene();

beforeEach(() => {
  scene.kms.on(DescribeKeyCommand).resolves({ KeyMetadata: keyMetadata });
  scene.s3.on(ListObjectsV2Command).resolves({});
});

const line = 'rebind s3://b/d/ s3://c/e/ --key alias/vault --vault v';

describe('a move', () => {
  test.each([undefined, 'Suspended'] as const)(
    'from a bucket whose versioning is %s is refused',
    async (Status) => {
      scene.s3.on(GetBucketVersioningCommand).resolves(Status === undefined ? {} : { Status });
      const { code, stdout, stderr } = await scene.run(`${line} --move`);
      expect([code, stdout, stderr]).toEqual([
        ...[1, []],
        [
          'sealdrop: error: to move s3://b/d/ would destroy it: no version of it would stay',
          'sealdrop: hint: turn on versioning for its bucket, or leave out --move and delete it yourself',
        ],
      ]);
      expect(scene.s3.commandCalls(ListObjectsV2Command)).toHaveLength(0);
    },
  );

  test.each(['Enabled', undefined] as const)(
    'from a bucket whose versioning is %s begins',
    async (Status) => {
      if (Status === undefined) scene.s3.on(GetBucketVersioningCommand).rejects(refusal('AccessDenied'));
      else scene.s3.on(GetBucketVersioningCommand).resolves({ Status });
      const { code, stderr } = await scene.run(`${line} --move`);
      expect([code, stderr[0]]).toEqual([0, 'sealdrop: there was nothing to do']);
    },
  );
});

test('a copy does not ask for versions', async () => {
  await scene.run(line);
  expect(scene.s3.commandCalls(GetBucketVersioningCommand)).toHaveLength(0);
});

test('what may not be looked at fails: which action on what', async () => {
  scene.s3
    .on(HeadObjectCommand)
    .rejects(Object.assign(new Error('no'), { name: '403', $metadata: { httpStatusCode: 403 } }));
  const { code, stderr } = await scene.run('rebind s3://b/a s3://c/a --key alias/vault --vault v');
  expect([code, stderr[0]]).toEqual([1, expect.stringContaining('s3:GetObject on s3://')]);
});
