import { expect, test } from '@jest/globals';
import { travellingTags, travellingTagsOf } from '../../operations/travelling-tags.ts';
import { MemoryObjectStore } from '../support/memory-object-store.ts';

const own = { team: 'blue', 'sealdrop-status-of-ours': 'x', 'not-aws:': 'y' };
const others = { 'aws:cloudformation:stack-name': 'x', 'sealdrop-status': 'sealed' };

test('tags travel along, but for those that only AWS or a handover sets', () => {
  expect(travellingTags({ ...own, ...others })).toEqual(own);
});

test.each([
  ['has some', true, { ...own, ...others }, own, 1],
  ['has none', true, {}, {}, 0],
  ['may have some, for all that is told', false, {}, {}, 1],
])('a store is asked for the tags of an object that %s', async (_, countsTags, tags, expected, asked) => {
  const store = new MemoryObjectStore({ countsTags });
  const object = await store.head(store.put('bucket', 'a', Buffer.alloc(0), { tags }));
  expect(await travellingTagsOf(store, object)).toEqual(expected);
  expect(store.countOf('tags')).toBe(asked);
});
