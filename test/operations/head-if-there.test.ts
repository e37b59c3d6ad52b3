import { expect, test } from '@jest/globals';
import { SealdropError } from '../../envelope/index.ts';
import { headIfThere } from '../../operations/head-if-there.ts';
import { failureOf } from '../support/bytes.ts';
import { MemoryObjectStore } from '../support/memory-object-store.ts';

test('tells of what is there, and of nothing else', async () => {
  const store = new MemoryObjectStore();
  const address = store.put('bucket', 'a.txt', Buffer.from('x'));
  expect((await headIfThere(store, address))?.lengthBytes).toBe(1);
  expect(await headIfThere(store, { bucket: 'bucket', key: 'b.txt' })).toBeUndefined();
});

test('takes no other failure for absence', async () => {
  const store = new MemoryObjectStore();
  store.before('head', () => {
    throw new SealdropError('ACCESS_DENIED', 'no');
  });
  const failure = await failureOf(() => headIfThere(store, { bucket: 'bucket', key: 'a.txt' }));
  expect(failure.code).toBe('ACCESS_DENIED');
});
