import { expect, test } from '@jest/globals';
import { writeJsonObject } from '../../aws/write-json-object.ts';
import { failureOf } from '../support/bytes.ts';
import { MemoryObjectStore } from '../support/memory-object-store.ts';

const at = { bucket: 'reports', key: 'runs/1/summary.json' };
const value = { counts: { rewrapped: 2 }, note: 'größe 📦' };

test('a value is written as JSON that people can read, and that ends its last line', async () => {
  const store = new MemoryObjectStore();
  const written = await writeJsonObject(store, at, value);
  const stored = await store.head(at);
  expect(written).toEqual(stored.address);
  expect(stored).toMatchObject({ metadata: {}, headers: { contentType: 'application/json' } });
  expect(store.contentOf(at).toString()).toBe(`${JSON.stringify(value, undefined, 2)}\n`);
});

test('it takes the place of one that stands there', async () => {
  const store = new MemoryObjectStore();
  await writeJsonObject(store, { ...at, versionId: 'not this one' }, { n: 1 });
  await writeJsonObject(store, at, { n: 2 });
  expect(JSON.parse(store.contentOf(at).toString())).toEqual({ n: 2 });
});

test.each([true, false])('it gives way to another writer; one stood there: %s', async (stood) => {
  const store = new MemoryObjectStore();
  if (stood) await writeJsonObject(store, at, { n: 1 });
  store.before('write', () => {
    store.put(at.bucket, at.key, Buffer.from('theirs'));
  });
  expect((await failureOf(() => writeJsonObject(store, at, value))).code).toBe('OBJECT_CHANGED');
  expect(store.contentOf(at).toString()).toBe('theirs');
});
