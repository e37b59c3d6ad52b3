import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
} from '@aws-sdk/client-s3';
import { describe, expect, test } from '@jest/globals';
import { KeysScene } from './keys-scene.ts';

const scene = new KeysScene();

describe('unsharing', () => {
  test('asks no key, and of a tree without shares takes nothing', async () => {
    scene.s3.on(ListObjectsV2Command).resolves({ Contents: [{ Key: 'd/a', Size: 1 }] });
    const { code, stderr } = await scene.run('unshare s3://b/d/ --suffix .partner');
    expect([code, stderr[0]]).toEqual([0, 'sealdrop: there was nothing to do']);
    expect(scene.kms.calls()).toHaveLength(0);
    expect(scene.s3.commandCalls(DeleteObjectCommand)).toHaveLength(0);
  });

  test('never deletes what is not an instruction file', async () => {
    scene.s3.on(HeadObjectCommand).resolves({ ETag: '"e"', ContentLength: 5, Metadata: {} });
    const { code, stderr } = await scene.run('unshare s3://b/a --suffix .partner');
    expect([code, stderr[0]]).toEqual([1, expect.stringMatching(/"a.partner" is not an instruction file/)]);
    expect(scene.s3.commandCalls(GetObjectCommand)).toHaveLength(0);
    expect(scene.s3.commandCalls(DeleteObjectCommand)).toHaveLength(0);
  });

  test.each([
    ['no suffix', '', /no suffix/],
    ['the own suffix', '--suffix .instruction', /cannot be the suffix/],
    ['a filter for one object', '--suffix .partner --exclude x', /for trees/],
  ])('with %s is wrong use', async (_, more, message) => {
    const { code, stderr } = await scene.run(`unshare s3://b/a ${more}`.trim());
    expect([code, stderr[0]]).toEqual([2, expect.stringMatching(message)]);
    expect(scene.s3.calls()).toHaveLength(0);
  });
});
