import { describe, expect, test } from '@jest/globals';
import { rebindTasks, type RebindTasksOptions } from '../../cli/rebind-tasks.ts';
import type { Result } from '../../cli/work.ts';
import { gcmSuite } from '../../envelope/index.ts';
import { openToBuffer } from '../../operations/open-object.ts';
import { sealContent } from '../../operations/seal-content.ts';
import { failureOf, patternBytes } from '../support/bytes.ts';
import { contentFrom, createScene } from '../operations/scene.ts';
import { bucketPlace } from './bucket-place.ts';

const { signal } = new AbortController();
const archive = { vaultId: 'other', binding: 'object' } as const;

/** Sealed objects of one vault, and the tasks that bind them anew. */
async function sealedScene(...keys: string[]) {
  const scene = createScene();
  const { store, sealing, keyring, vault } = scene;
  for (const key of keys) {
    const suite = key.includes('v2') ? { suite: gcmSuite } : {};
    const options = { ...sealing, ...suite, instructionFiles: key.endsWith('+file') };
    await sealContent(contentFrom(patternBytes(10, key)), { bucket: 'b', key }, { absent: true }, options);
  }
  const run = async (from: string, to: string, more: Partial<RebindTasksOptions> = {}): Promise<Result[]> => {
    const current = await keyring.currentWrapping();
    const session = { current, keyring, keysAsked: 1 };
    const transfer = { source: bucketPlace(from, store), destination: bucketPlace(to, store) };
    const options = {
      ...{ session, vault, newVault: vault, filters: [], signal },
      ...{ overwrite: false, isMove: false, dryRun: false, ...more },
    };
    const results: Result[] = [];
    for await (const task of rebindTasks(transfer, options)) results.push(await task.run());
    return results;
  };
  const statuses = async (...args: Parameters<typeof run>) =>
    (await run(...args)).map(({ status }) => status);
  const contentAt = async (key: string, boundTo: RebindTasksOptions['vault'] = vault) =>
    (await openToBuffer({ bucket: 'b', key }, { ...reading, vault: boundTo })).content;
  const reading = { store, keyring, commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT' } as const;
  return { ...scene, run, statuses, contentAt };
}

describe.each(['d/1', 'd/2+file', 'd/v2', 'd/v2+file'])('%s', (key) => {
  test('opens in its new place, and a second run finds it there', async () => {
    const { statuses, contentAt } = await sealedScene(key);
    expect(await statuses(`s3://b/${key}`, 's3://b/e/x')).toEqual(['rebound']);
    expect((await contentAt('e/x')).equals(patternBytes(10, key))).toBe(true);
    expect((await contentAt(key)).equals(patternBytes(10, key))).toBe(true);
    expect(await statuses(`s3://b/${key}`, 's3://b/e/x')).toEqual(['current']);
  });

  test('is bound to another vault', async () => {
    const { statuses, contentAt } = await sealedScene(key);
    expect(await statuses(`s3://b/${key}`, 's3://b/e/x', { newVault: archive })).toEqual(['rebound']);
    expect((await contentAt('e/x', archive)).equals(patternBytes(10, key))).toBe(true);
  });

  test('is bound to another vault in its own place, once', async () => {
    const { statuses, contentAt } = await sealedScene(key);
    const place = `s3://b/${key}`;
    expect(await statuses(place, place, { newVault: archive, overwrite: true })).toEqual(['rebound']);
    expect(await statuses(place, place, { newVault: archive, overwrite: true })).toEqual(['current']);
    expect((await contentAt(key, archive)).equals(patternBytes(10, key))).toBe(true);
  });

  test('is moved: hidden where it was', async () => {
    const { statuses, contentAt, store } = await sealedScene(key);
    expect(await statuses(`s3://b/${key}`, 's3://b/e/x', { isMove: true })).toEqual(['moved']);
    expect((await failureOf(() => store.head({ bucket: 'b', key }))).code).toBe('OBJECT_NOT_FOUND');
    expect((await contentAt('e/x')).equals(patternBytes(10, key))).toBe(true);
  });

  test('whose move broke off after the copy is hidden by the next', async () => {
    const { statuses, store } = await sealedScene(key);
    store.before('hide', () => {
      throw new TypeError('killed');
    });
    await expect(statuses(`s3://b/${key}`, 's3://b/e/x', { isMove: true })).rejects.toThrow('killed');
    expect(await statuses(`s3://b/${key}`, 's3://b/e/x', { isMove: true })).toEqual(['moved']);
    expect(store.historyOf({ bucket: 'b', key: 'e/x' })).toHaveLength(1);
  });
});

describe('a copy that another run wrote', () => {
  const to = { bucket: 'b', key: 'e/x' };

  /** A move that broke off after its copy, in whose place something else was put with the same metadata. */
  async function brokenOff(content: (copy: Buffer) => Buffer, facts: object = {}) {
    const scene = await sealedScene('d/1');
    const { statuses, store } = scene;
    store.before('hide', () => {
      throw new TypeError('killed');
    });
    await expect(statuses('s3://b/d/1', 's3://b/e/x', { isMove: true })).rejects.toThrow('killed');
    const { metadata } = await store.head(to);
    store.put(to.bucket, to.key, content(store.contentOf(to)), { metadata, facts });
    return scene;
  }

  test('is not believed where it has other bytes', async () => {
    const { statuses, store } = await brokenOff((copy) => Buffer.alloc(copy.length));
    const moving = () => statuses('s3://b/d/1', 's3://b/e/x', { isMove: true });
    expect((await failureOf(moving)).code).toBe('OUTPUT_EXISTS');
    expect((await store.head({ bucket: 'b', key: 'd/1' })).lengthBytes).toBe(26);
  });

  test('is written once more where no bytes can be compared', async () => {
    const facts = { crc32: undefined, serverSideEncryption: 'aws:kms' };
    const { statuses, store, contentAt } = await brokenOff((copy) => Buffer.alloc(copy.length), facts);
    expect(await statuses('s3://b/d/1', 's3://b/e/x', { isMove: true })).toEqual(['moved']);
    expect(store.historyOf(to)).toHaveLength(3);
    expect((await contentAt('e/x')).equals(patternBytes(10, 'd/1'))).toBe(true);
  });
});

describe('what stands there', () => {
  test('is not replaced, unless it may be', async () => {
    const { statuses, contentAt } = await sealedScene('d/1', 'e/1');
    expect((await failureOf(() => statuses('s3://b/d/1', 's3://b/e/1'))).code).toBe('OUTPUT_EXISTS');
    expect((await contentAt('e/1')).equals(patternBytes(10, 'e/1'))).toBe(true);
    expect(await statuses('s3://b/d/1', 's3://b/e/1', { overwrite: true })).toEqual(['rebound']);
    expect((await contentAt('e/1')).equals(patternBytes(10, 'd/1'))).toBe(true);
  });

  test('and came to be meanwhile, is not replaced either', async () => {
    const { statuses, store } = await sealedScene('d/1');
    store.before('copy', () => {
      store.put('b', 'e/1', patternBytes(3));
    });
    expect((await failureOf(() => statuses('s3://b/d/1', 's3://b/e/1'))).code).toBe('OUTPUT_EXISTS');
    expect((await store.head({ bucket: 'b', key: 'e/1' })).lengthBytes).toBe(3);
  });
});

describe('a dry run', () => {
  test('writes nothing, and finds what would be refused', async () => {
    const { run, store } = await sealedScene('d/1');
    store.put('b', 'd/2', patternBytes(5));
    expect(await run('s3://b/d/1', 's3://b/e/', { dryRun: true })).toEqual([
      { status: 'planned', sealedLengthBytes: 26 },
    ]);
    const wrong = () => run('s3://b/d/1', 's3://b/e/', { dryRun: true, vault: archive });
    expect((await failureOf(wrong)).code).toBe('CONTEXT_MISMATCH');
    expect((await failureOf(() => run('s3://b/d/2', 's3://b/e/', { dryRun: true }))).code).toMatch(
      /NOT_SEALED|MISSING/,
    );
    expect([store.countOf('copy'), store.countOf('write'), store.countOf('hide')]).toEqual([0, 1, 0]);
  });
});

test('below a tree, shares stay where they are', async () => {
  const { statuses, store } = await sealedScene('d/1+file');
  const share = Buffer.from('{"x-amz-3":"","x-amz-w":"22"}');
  store.put('b', 'd/1+file.partner', share, { metadata: { 'x-amz-crypto-instr-file': '' } });
  expect(await statuses('s3://b/d/', 's3://b/e/')).toEqual(['rebound', 'not-sealed']);
  expect((await store.head({ bucket: 'b', key: 'd/1+file.partner' })).lengthBytes).toBe(share.length);
});

test('below a tree, what is gone by now is told of', async () => {
  const { statuses, store } = await sealedScene('d/1', 'd/2');
  store.before('head', () => {
    store.destroy({ bucket: 'b', key: 'd/1' });
  });
  expect(await statuses('s3://b/d/', 's3://b/e/')).toEqual(['gone', 'rebound']);
});
