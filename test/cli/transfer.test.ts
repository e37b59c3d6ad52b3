import { describe, expect, test } from '@jest/globals';
import type { Filter } from '../../cli/filters.ts';
import type { Located } from '../../cli/located.ts';
import { parsePlace } from '../../cli/place.ts';
import { assertTransfer, moves, wanted } from '../../cli/transfer.ts';
import { thrownBy } from '../support/bytes.ts';
import { MemoryObjectStore } from '../support/memory-object-store.ts';
import { allOf, Scene } from './files/scene.ts';

const scene = new Scene();

const everythingBelow = (from: string, to: string) =>
  `"${from}" is everything below it, and "${to}" is one object`;
const noTree = () => 'a tree cannot go to standard output';
const noName = () => 'standard input is one object and has no name';

/** Every pair of a stream, an object and a tree; both objects and trees are files or in S3. */
const pairs: [from: string, to: string, refusal?: (from: string, to: string) => string][] = [
  ['-', '-'],
  ['-', '@/x'],
  ['-', 's3://b/x'],
  ['-', '@/d/', noName],
  ['-', 's3://b/', noName],
  ['@/a', '-'],
  ['@/a', '@/x'],
  ['@/a', '@/d/'],
  ['@/a', 's3://b/x'],
  ['@/a', 's3://b/'],
  ['s3://b/a', '-'],
  ['s3://b/a', '@/x'],
  ['s3://b/a', '@/d/'],
  ['s3://b/a', 's3://b/x'],
  ['s3://b/a', 's3://b/d/'],
  ['@/d/', '-', noTree],
  ['@/d/', '@/x', everythingBelow],
  ['@/d/', '@/new/'],
  ['@/d/', 's3://b/x', everythingBelow],
  ['@/d/', 's3://b/'],
  ['s3://b/', '-', noTree],
  ['s3://b/', '@/x', everythingBelow],
  ['s3://b/d/', '@/d/'],
  ['s3://b', 's3://c/x', () => everythingBelow('s3://b/', 's3://c/x')],
  ['s3://b/', 's3://c/'],
  ['@/d', '@/x', (from) => `"${from}" is a folder`],
  ['@/a', '@/d', (_, to) => `"${to}" is a folder`],
  ['s3://b/d/', '@/d', (_, to) => `"${to}" is a folder`],
];

describe('a place is read into another', () => {
  // Each row has all three: a shorter one would be taken for a test that waits to be told.
  test.each(pairs.map(([from, to, refusal]) => [from, to, refusal] as const))(
    '%s to %s',
    async (from, to, refusal) => {
      scene.file('a');
      scene.folder('d');
      const [typedFrom = '', typedTo = ''] = [from, to].map((each) => each.replace('@', scene.root));
      const check = () => assertTransfer(parsePlace(typedFrom), parsePlace(typedTo));
      if (refusal === undefined) {
        await expect(check()).resolves.toBeUndefined();
        return;
      }
      expect(await thrownBy(check)).toMatchObject({
        name: 'UsageError',
        message: refusal(typedFrom, typedTo),
      });
    },
  );
});

function located(
  store: MemoryObjectStore,
  bucket: string,
  key: string,
  more: Partial<Located> = {},
): Located {
  const isTree = key === '' || key.endsWith('/');
  return {
    ...{ store, bucket, key, isTree, show: (each) => each, holds: () => true, names: (each) => [each] },
    ...more,
  };
}

function storeOf(bucket: string, ...keys: string[]): MemoryObjectStore {
  const store = new MemoryObjectStore();
  for (const key of keys) store.put(bucket, key, Buffer.from(key.endsWith('/') ? '' : 'x'));
  return store;
}

const { signal } = new AbortController();

async function shownMoves(source: Located, destination: Located, filters: Filter[] = []): Promise<string[]> {
  const all = await allOf(moves({ source, destination }, filters, signal));
  return all.map(
    ({ from, to, listed }) =>
      `${from.bucket}:${from.key} ${to.bucket}:${to.key}${listed?.standing === undefined ? '' : ' stands'}`,
  );
}

describe('what goes where', () => {
  test.each([
    ['d/a', 'e/b', 'from:d/a to:e/b'],
    ['d/a', 'e/', 'from:d/a to:e/a'],
    ['a', '', 'from:a to:a'],
    ['d/.a b', 'e/', 'from:d/.a b to:e/.a b'],
  ])('the object %s to "%s", without a list or filters', async (from, to, shown) => {
    const store = new MemoryObjectStore();
    const filters = [{ kind: 'exclude', pattern: '*' } as const];
    const [source, destination] = [located(store, 'from', from), located(store, 'to', to)];
    expect(await shownMoves(source, destination, filters)).toEqual([shown]);
    expect(await allOf(moves({ source, destination }, [], signal))).not.toContainEqual(
      expect.objectContaining({ listed: expect.anything() }),
    );
    expect(store.calls).toEqual([]);
  });

  test('a tree, with what stands in the place of each', async () => {
    const source = located(storeOf('from', 'd/a', 'd/b/c', 'd2', 'e'), 'from', 'd/');
    const destination = located(storeOf('to', 'x/0', 'x/b/c', 'x/d'), 'to', 'x/');
    expect(await shownMoves(source, destination)).toEqual(['from:d/a to:x/a', 'from:d/b/c to:x/b/c stands']);
  });

  test('a tree through filters of the names below it', async () => {
    const source = located(storeOf('from', 'd/a.tmp', 'd/b/c', 'd/d'), 'from', 'd/');
    const filters: Filter[] = [
      { kind: 'exclude', pattern: '*.tmp' },
      { kind: 'exclude', pattern: 'b/*' },
      { kind: 'exclude', pattern: 'd/*' },
    ];
    expect(await shownMoves(source, located(storeOf('to'), 'to', ''), filters)).toEqual(['from:d/d to:d']);
  });

  test('nothing more once it was stopped', async () => {
    const controller = new AbortController();
    const source = located(storeOf('from', 'a', 'b', 'c'), 'from', '');
    const seen: string[] = [];
    const sequence = moves({ source, destination: located(storeOf('to'), 'to', '') }, [], controller.signal);
    for await (const { from } of sequence) {
      seen.push(from.key);
      controller.abort();
    }
    expect(seen).toEqual(['a']);
  });
});

test('markers of folders, and what does not belong there, are not wanted', async () => {
  const store = storeOf('b', 'd/', 'd/a', 'd/a.instruction', 'd/e/', 'd/f');
  store.put('b', 'd/g/', Buffer.from('content under a strange name'));
  store.put('b', 'd/h', Buffer.alloc(0));
  const place = located(store, 'b', 'd/', { holds: (key) => !key.endsWith('.instruction') });
  const keys = (await allOf(wanted(place, [], signal))).map(({ key }) => key);
  expect(keys).toEqual(['d/a', 'd/f', 'd/g/', 'd/h']);
});

test('one object alone is counted, not those whose keys go on', async () => {
  const place = located(storeOf('b', 'a', 'a.old', 'ab'), 'b', 'a');
  expect(await allOf(wanted(place, [], signal))).toHaveLength(1);
});
