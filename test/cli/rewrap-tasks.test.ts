import { describe, expect, test } from '@jest/globals';
import { rewrapTasks, type RewrapTasksOptions } from '../../cli/rewrap-tasks.ts';
import type { Result } from '../../cli/work.ts';
import { openToBuffer } from '../../operations/open-object.ts';
import { RewrapTally } from '../../operations/rewrap-work.ts';
import { sealContent } from '../../operations/seal-content.ts';
import { failureOf, patternBytes } from '../support/bytes.ts';
import { contentFrom, createScene } from '../operations/scene.ts';
import { bucketPlace } from './bucket-place.ts';

const { signal } = new AbortController();

/** Sealed objects of one vault, and the tasks over them. */
async function sealedScene(...keys: string[]) {
  const scene = createScene();
  const { store, sealing, kms, keyring, keyArn, vault } = scene;
  for (const key of keys) {
    const options = { ...sealing, instructionFiles: key.endsWith('+file') };
    await sealContent(contentFrom(patternBytes(10, key)), { bucket: 'b', key }, { absent: true }, options);
  }
  const rotate = (): { keyArn: string; keyMaterialId: string } => ({
    keyArn,
    keyMaterialId: kms.rotate(keyArn),
  });
  const tally = new RewrapTally();
  const run = async (
    text: string,
    more: Partial<RewrapTasksOptions> = {},
  ): Promise<Record<string, Result>> => {
    const current = await keyring.currentWrapping();
    const session = { current, keyring, keysAsked: 1 };
    const options = { method: 'rewrap', session, vault, dryRun: false, filters: [], signal, tally } as const;
    const results: Record<string, Result> = {};
    const tasks = rewrapTasks(bucketPlace(text, store), { ...options, ...more }, () => undefined);
    for await (const task of tasks) results[task.from] = await task.run();
    return results;
  };
  return { ...scene, rotate, run, tally };
}

describe('below a tree', () => {
  test('what is not current is rewrapped, once', async () => {
    const { rotate, run, kms } = await sealedScene('d/1', 'd/2+file', 'e/3');
    rotate();
    kms.calls.length = 0;
    expect(await run('s3://b/d/')).toEqual({
      's3://b/d/1': { status: 'rewrapped', sealedLengthBytes: 26 },
      's3://b/d/2+file': { status: 'rewrapped', sealedLengthBytes: 26 },
    });
    expect(kms.calls.map(({ action }) => action)).toEqual(['DescribeKey', 'ReEncrypt', 'ReEncrypt']);
    kms.calls.length = 0;
    expect(Object.values(await run('s3://b/d/')).map(({ status }) => status)).toEqual(['current', 'current']);
    expect(kms.calls.map(({ action }) => action)).toEqual(['DescribeKey']);
  });

  test('a dry run asks KMS nothing and writes nothing, and adds up what there is to do', async () => {
    const { rotate, run, tally, store, kms } = await sealedScene('d/1', 'd/2+file');
    store.put('b', 'd/3', patternBytes(5));
    store.put('b', 'd/4', patternBytes(5), { metadata: { 'x-amz-3': 'AA==' }, facts: { isArchived: true } });
    rotate();
    kms.calls.length = 0;
    const results = await run('s3://b/d/', { dryRun: true });
    expect(Object.values(results).map(({ status }) => status)).toEqual([
      ...['planned', 'planned', 'not-sealed', 'archived'],
    ]);
    expect(tally.work).toMatchObject({ objects: 2, instructionFiles: 1, archived: 1, leftAlone: 1 });
    expect(kms.calls.map(({ action }) => action)).toEqual(['DescribeKey']);
    expect([store.countOf('copy'), store.historyOf({ bucket: 'b', key: 'd/1' })]).toEqual([
      0,
      [expect.anything()],
    ]);
  });

  test('what is gone by now is told of', async () => {
    const { run, store } = await sealedScene('d/1', 'd/2');
    store.after('list', () => {
      store.destroy({ bucket: 'b', key: 'd/1' });
    });
    const results = await run('s3://b/d/');
    expect(Object.entries(results).map(([from, { status }]) => [from, status])).toEqual([
      ['s3://b/d/2', 'current'],
    ]);
  });

  test('nothing more is begun once the user stopped it', async () => {
    const controller = new AbortController();
    const { run } = await sealedScene('d/1', 'd/2');
    controller.abort();
    expect(await run('s3://b/d/', { signal: controller.signal })).toEqual({});
  });
});

describe('one object', () => {
  test('that is not sealed is told of', async () => {
    const { run, store } = await sealedScene();
    store.put('b', 'a', patternBytes(5));
    expect(await run('s3://b/a')).toEqual({ 's3://b/a': { status: 'not-sealed', sealedLengthBytes: 5 } });
  });

  test('that is not there fails', async () => {
    const { run } = await sealedScene();
    expect(['OBJECT_NOT_FOUND', 'OBJECT_CHANGED']).toContain((await failureOf(() => run('s3://b/a'))).code);
  });
});

describe('a reseal', () => {
  test.each(['d/1', 'd/2+file'])('of %s has a new data key, and the content', async (key) => {
    const { run, store, keyring, vault } = await sealedScene(key);
    const before = await store.head({ bucket: 'b', key });
    const results = await run(`s3://b/${key}`, { method: 'reseal' });
    expect(results[`s3://b/${key}`]).toMatchObject({ status: 'resealed', contentLengthBytes: 10 });
    const after = await store.head({ bucket: 'b', key });
    expect(after.metadata['x-amz-i']).not.toBe(before.metadata['x-amz-i']);
    const { content } = await openToBuffer({ bucket: 'b', key }, { store, keyring, vault });
    expect(content.equals(patternBytes(10, key))).toBe(true);
  });

  test('passes over what is not sealed below a tree', async () => {
    const { run, store } = await sealedScene('d/1');
    store.put('b', 'd/2', patternBytes(5));
    const statuses = Object.values(await run('s3://b/d/', { method: 'reseal' })).map(({ status }) => status);
    expect(statuses).toEqual(['resealed', 'not-sealed']);
  });

  test('leaves what is archived', async () => {
    const { run, store } = await sealedScene();
    store.put('b', 'd/2', patternBytes(5), { facts: { isArchived: true } });
    expect(await run('s3://b/d/', { method: 'reseal' })).toEqual({ 's3://b/d/2': { status: 'archived' } });
  });

  test('that is planned is of everything, current or not', async () => {
    const { run, tally } = await sealedScene('d/1', 'd/2+file');
    const results = await run('s3://b/d/', { method: 'reseal', dryRun: true });
    expect(Object.values(results).map(({ status }) => status)).toEqual(['planned', 'planned']);
    expect(tally.work).toMatchObject({ objects: 2, copiedBytes: 52, instructionFiles: 1 });
  });
});
