import { describe, expect, test } from '@jest/globals';
import { shareTasks, unshareTasks, type ShareTasksOptions } from '../../cli/share-tasks.ts';
import type { Result, Task } from '../../cli/work.ts';
import { sealContent } from '../../operations/seal-content.ts';
import { contentFrom, createScene } from '../operations/scene.ts';
import { rsaRecipient } from '../operations/share-scene.ts';
import { failureOf, patternBytes } from '../support/bytes.ts';
import { bucketPlace } from './bucket-place.ts';

const { signal } = new AbortController();

async function sealedScene(...keys: string[]) {
  const scene = createScene();
  const { store, sealing, vault } = scene;
  for (const key of keys) {
    const options = { ...sealing, instructionFiles: !key.endsWith('+metadata') };
    await sealContent(contentFrom(patternBytes(10)), { bucket: 'b', key }, { absent: true }, options);
  }
  const recipient = rsaRecipient(scene);
  const told = async (tasks: AsyncIterable<Task>): Promise<[string, Result['status']][]> => {
    const results: [string, Result['status']][] = [];
    for await (const { from, run } of tasks) {
      const { status } = await run().catch((error: unknown) => ({ status: 'failed' as const, error }));
      results.push([from, status]);
    }
    return results;
  };
  const share = (place: string, more: Partial<ShareTasksOptions> = {}) =>
    shareTasks(bucketPlace(place, store), {
      ...{ recipient, vault, suffix: '.partner', filters: [], signal, ...more },
    });
  const unshare = (place: string, more: Partial<Parameters<typeof unshareTasks>[1]> = {}) =>
    unshareTasks(bucketPlace(place, store), {
      ...{ suffix: '.partner', dryRun: false, filters: [], signal, ...more },
    });
  return { ...scene, share, unshare, told };
}

const exclude = [{ kind: 'exclude', pattern: '2' }] as const;

describe('below a tree', () => {
  test('each object is shared, and what is none is told; a second run finds them current', async () => {
    const { told, share, store } = await sealedScene('d/1', 'd/2', 'd/3+metadata', 'e/1');
    store.put('b', 'd/plain', patternBytes(3));
    expect(await told(share('s3://b/d/'))).toEqual([
      ['s3://b/d/1', 'shared'],
      ['s3://b/d/2', 'shared'],
      ['s3://b/d/3+metadata', 'failed'],
      ['s3://b/d/plain', 'not-sealed'],
    ]);
    expect(await told(share('s3://b/d/', { filters: exclude }))).toEqual([
      ['s3://b/d/1', 'current'],
      ['s3://b/d/1.partner', 'not-sealed'],
      ['s3://b/d/2.partner', 'not-sealed'],
      ['s3://b/d/3+metadata', 'failed'],
      ['s3://b/d/plain', 'not-sealed'],
    ]);
  });

  test('what is gone by now is told of', async () => {
    const { told, share, store } = await sealedScene('d/1');
    store.before('head', () => {
      store.destroy({ bucket: 'b', key: 'd/1' });
    });
    expect(await told(share('s3://b/d/'))).toEqual([['s3://b/d/1', 'gone']]);
  });

  test('each share is taken away, where its object is gone too; nothing else is', async () => {
    const { told, share, unshare, store } = await sealedScene('d/1', 'd/2', 'd/4');
    await told(share('s3://b/d/'));
    store.destroy({ bucket: 'b', key: 'd/1' });
    store.put('b', 'd/3.partner', patternBytes(3));
    store.put('b', 'd/.partner', patternBytes(3));
    expect(await told(unshare('s3://b/d/', { filters: exclude, dryRun: true }))).toEqual([
      ['s3://b/d/1.partner', 'planned'],
      ['s3://b/d/3.partner', 'not-shared'],
      ['s3://b/d/4.partner', 'planned'],
    ]);
    expect(await told(unshare('s3://b/d/', { filters: exclude }))).toEqual([
      ['s3://b/d/1.partner', 'unshared'],
      ['s3://b/d/3.partner', 'not-shared'],
      ['s3://b/d/4.partner', 'unshared'],
    ]);
    const left: string[] = [];
    for await (const { key } of store.list('b', 'd/')) left.push(key);
    expect(left.filter((key) => key.endsWith('.partner'))).toEqual(
      expect.arrayContaining(['d/.partner', 'd/2.partner', 'd/3.partner']),
    );
  });
});

describe('one object', () => {
  const only = async (tasks: AsyncIterable<Task>): Promise<Result> => {
    for await (const { run } of tasks) return run();
    throw new Error('there was no task');
  };

  test('is shared, and unshared', async () => {
    const { share, unshare } = await sealedScene('d/1');
    expect(await only(share('s3://b/d/1'))).toMatchObject({ status: 'shared', sealedLengthBytes: 26 });
    expect(await only(unshare('s3://b/d/1'))).toEqual({ status: 'unshared' });
    expect(await only(unshare('s3://b/d/1'))).toEqual({ status: 'not-shared' });
  });

  test.each([
    ['an instruction file', 's3://b/d/1.instruction', 'NOT_SEALED'],
    ['what is not there', 's3://b/d/2', 'OBJECT_NOT_FOUND'],
  ])('that is %s is refused', async (_, place, code) => {
    const { share } = await sealedScene('d/1');
    expect((await failureOf(() => only(share(place)))).code).toBe(code);
  });

  test('whose share is an object of its own is not unshared', async () => {
    const { unshare, store } = await sealedScene('d/1');
    store.put('b', 'd/1.partner', patternBytes(3));
    expect((await failureOf(() => only(unshare('s3://b/d/1')))).code).toBe('NOT_AN_INSTRUCTION_FILE');
  });
});
