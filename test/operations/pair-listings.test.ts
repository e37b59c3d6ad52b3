import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { SealdropError } from '../../envelope/index.ts';
import type { ListedObject } from '../../operations/object-store.ts';
import { pairListings, type ListedTree, type Pair } from '../../operations/pair-listings.ts';
import { failureOf } from '../support/bytes.ts';

/** A listing, what was taken of it, and whether it was closed. */
class Listing implements ListedTree {
  readonly prefix: string;
  readonly taken: string[] = [];
  isClosed = false;
  readonly #names: readonly string[];
  readonly #failure: Error | undefined;

  constructor(names: readonly string[], prefix = '', failure?: Error) {
    this.prefix = prefix;
    this.#names = names;
    this.#failure = failure;
  }

  get objects(): AsyncIterable<ListedObject> {
    return this.#list();
  }

  async *#list(): AsyncGenerator<ListedObject> {
    try {
      for (const name of this.#names) {
        this.taken.push(name);
        yield await Promise.resolve({ key: this.prefix + name, lengthBytes: name.length });
      }
      if (this.#failure !== undefined) throw this.#failure;
    } finally {
      this.isClosed = true;
    }
  }
}

/** As a list of S3 is. */
function inOrder(names: Iterable<string>): string[] {
  return [...new Set(names)].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

async function all(pairs: AsyncIterable<Pair>): Promise<Pair[]> {
  const found: Pair[] = [];
  for await (const pair of pairs) found.push(pair);
  return found;
}

async function namesOf(pairs: AsyncIterable<Pair>): Promise<[name: string, standing: boolean][]> {
  return (await all(pairs)).map(({ name, standing }) => [name, standing !== undefined]);
}

/** Keys as users have them, and some that order differently by UTF-16 than by UTF-8. */
const name = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 4 }),
  fc.string({
    unit: fc.constantFrom(
      'a',
      'b',
      '/',
      '-',
      '.',
      ' ',
      '\u00e9',
      '\ud7ff',
      '\ue000',
      '\uffff',
      '\u{10000}',
      '\u{10ffff}',
    ),
    maxLength: 4,
  }),
);
const names = fc.array(name, { maxLength: 20 }).map(inOrder);

describe('two listings side by side', () => {
  test('give every object of the one, with that of the same name in the other', async () => {
    await fc.assert(
      fc.asyncProperty(
        names,
        names,
        fc.array(name, { maxLength: 10 }),
        name,
        name,
        async (own, theirs, shared, from, to) => {
          const sources = new Listing(inOrder([...own, ...shared]), from);
          const standings = new Listing(inOrder([...theirs, ...shared]), to);
          const there = new Set([...theirs, ...shared]);
          const expected = inOrder([...own, ...shared]).map((each) => {
            const source = { key: from + each, lengthBytes: each.length };
            const standing = { key: to + each, lengthBytes: each.length };
            return there.has(each) ? { name: each, source, standing } : { name: each, source };
          });
          expect(await all(pairListings(sources, standings))).toEqual(expected);
        },
      ),
      { numRuns: 500 },
    );
  });

  test.each([
    [[], [], []],
    [[], ['a'], []],
    [['a'], [], [['a', false]]],
    [
      ['a', 'b'],
      ['a', 'b'],
      [
        ['a', true],
        ['b', true],
      ],
    ],
    [
      ['a', 'c'],
      ['b'],
      [
        ['a', false],
        ['c', false],
      ],
    ],
    [['b'], ['a', 'b', 'c'], [['b', true]]],
    [
      ['a', 'a.b', 'a/b'],
      ['a', 'a/b'],
      [
        ['a', true],
        ['a.b', false],
        ['a/b', true],
      ],
    ],
    [[''], ['', 'a'], [['', true]]],
  ])('%j beside %j', async (sources, standings, expected) => {
    const pairs = pairListings(new Listing(sources, 'in/'), new Listing(standings, 'out/'));
    expect(await namesOf(pairs)).toEqual(expected);
  });

  test('are in the order of UTF-8, where characters beyond the first plane come last', async () => {
    const order = ['z', '\ue000', '\uffff', '\u{10000}', '\u{1f600}'];
    expect(order).not.toEqual([...order].sort());
    const pairs = pairListings(new Listing(order), new Listing(order));
    expect(await namesOf(pairs)).toEqual(order.map((each) => [each, true]));
  });

  test('tell of the objects as the lists had them', async () => {
    const source = { key: 'in/a', lengthBytes: 1, lastModified: new Date(1) };
    const standing = { key: 'a', lengthBytes: 17, lastModified: new Date(2) };
    async function* listing(object: ListedObject): AsyncGenerator<ListedObject> {
      yield await Promise.resolve(object);
    }
    const pairs = pairListings(
      { objects: listing(source), prefix: 'in/' },
      { objects: listing(standing), prefix: '' },
    );
    expect(await all(pairs)).toEqual([{ name: 'a', source, standing }]);
  });
});

describe('a listing out of order', () => {
  test.each([
    ['backwards', ['b', 'a']],
    ['twice', ['a', 'a']],
    ['in the order of UTF-16', ['\u{10000}', '\uffff']],
  ])('is refused on either side: %s', async (_, unordered) => {
    const sides = [
      [new Listing(unordered), new Listing([])],
      [new Listing(['\u{10ffff}\u{10ffff}']), new Listing(unordered)],
    ] as const;
    for (const [sources, standings] of sides) {
      const failure = await failureOf(() => all(pairListings(sources, standings)));
      expect([failure.code, failure.retryable]).toEqual(['SERVICE_FAILED', false]);
      expect(failure.hint).toMatch('directory buckets');
      expect([sources.isClosed, standings.isClosed]).toEqual([true, true]);
    }
  });
});

describe('both listings are closed', () => {
  test('at the end', async () => {
    const [sources, standings] = [new Listing(['a']), new Listing(['a', 'b', 'c'])];
    await all(pairListings(sources, standings));
    expect([sources.isClosed, standings.isClosed]).toEqual([true, true]);
  });

  test.each([1, 2, 3])('where the consumer stops after %i', async (count) => {
    const [sources, standings] = [new Listing(['a', 'b', 'c', 'd']), new Listing(['a', 'c', 'x'])];
    let taken = 0;
    for await (const pair of pairListings(sources, standings)) {
      expect(pair.name).toBe(['a', 'b', 'c'][taken]);
      taken += 1;
      if (taken === count) break;
    }
    expect([sources.isClosed, standings.isClosed]).toEqual([true, true]);
  });

  test.each([
    ['the one', new Error('the one'), undefined],
    ['the other', undefined, new Error('the other')],
  ])('where %s fails, which is thrown', async (message, own, theirs) => {
    const sources = new Listing(['a', 'b'], '', own);
    const standings = new Listing(['a'], '', theirs);
    await expect(all(pairListings(sources, standings))).rejects.toThrow(message);
    expect([sources.isClosed, standings.isClosed]).toEqual([true, true]);
  });

  test('where the other fails at once', async () => {
    const denied = new SealdropError('ACCESS_DENIED', 'no');
    const sources = new Listing(['a']);
    const standings = new Listing([], '', denied);
    expect(await failureOf(() => all(pairListings(sources, standings)))).toBe(denied);
    expect(standings.isClosed).toBe(true);
    expect(sources.isClosed).toBe(sources.taken.length > 0);
  });
});

describe('nothing is read ahead without need', () => {
  test('of the one list', async () => {
    const [sources, standings] = [new Listing(['a', 'b', 'c']), new Listing(['a', 'b', 'c'])];
    const pairs = pairListings(sources, standings);
    expect([sources.taken, standings.taken]).toEqual([[], []]);
    await pairs.next();
    expect(sources.taken).toEqual(['a']);
    await pairs.next();
    expect(sources.taken).toEqual(['a', 'b']);
    await pairs.return(undefined);
  });

  test('of the other list, where it is behind already', async () => {
    const [sources, standings] = [new Listing(['a', 'b', 'm', 'z']), new Listing(['l', 'm', 'n', 'o'])];
    const pairs = pairListings(sources, standings);
    const takenAt: [string, string[]][] = [];
    for await (const pair of pairs) takenAt.push([pair.name, [...standings.taken]]);
    expect(takenAt).toEqual([
      ['a', ['l']],
      ['b', ['l']],
      ['m', ['l', 'm']],
      ['z', ['l', 'm', 'n', 'o']],
    ]);
  });

  test('of the other list, where the one has ended', async () => {
    const standings = new Listing(['a', 'b', 'c', 'd']);
    await all(pairListings(new Listing(['a']), standings));
    expect(standings.taken).toEqual(['a']);
  });

  test('of the other list, where the one is empty', async () => {
    const standings = new Listing(['a', 'b']);
    await all(pairListings(new Listing([]), standings));
    expect(standings.taken).toEqual([]);
  });
});
