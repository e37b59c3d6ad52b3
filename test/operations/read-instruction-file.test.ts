import { describe, expect, test } from '@jest/globals';
import { readInstructionFile, readInstructionFileOf } from '../../operations/read-instruction-file.ts';
import { failureOf } from '../support/bytes.ts';
import { MemoryObjectStore } from '../support/memory-object-store.ts';

const bucket = 'sealed';
const key = 'a.txt.instruction';
/** A JSON object of exactly so many bytes. */
const ofLength = (lengthBytes: number) => JSON.stringify({ a: 'x'.repeat(lengthBytes - '{"a":""}'.length) });

describe('an instruction file', () => {
  test('is read whole, whatever the chunks are', async () => {
    const store = new MemoryObjectStore();
    store.chunkBytes = 3;
    const address = store.put(bucket, key, Buffer.from('{"x-amz-w":"12","ü":"📦"}'));
    await expect(readInstructionFile(store, address)).resolves.toEqual({ 'x-amz-w': '12', ü: '📦' });
  });

  test('is read in the version that is asked for', async () => {
    const store = new MemoryObjectStore();
    const first = store.put(bucket, key, Buffer.from('{"a":"1"}'));
    store.put(bucket, key, Buffer.from('{"a":"2"}'));
    await expect(readInstructionFile(store, first)).resolves.toEqual({ a: '1' });
    await expect(readInstructionFile(store, { bucket, key })).resolves.toEqual({ a: '2' });
  });

  test('may have 64 KiB, and no byte more, of which none is read', async () => {
    const store = new MemoryObjectStore();
    const longest = store.put(bucket, key, Buffer.from(ofLength(65_536)));
    await expect(readInstructionFile(store, longest)).resolves.toHaveProperty('a');
    expect(store.countOf('read')).toBe(1);
    const longer = store.put(bucket, key, Buffer.from(ofLength(65_537)));
    const failure = await failureOf(() => readInstructionFile(store, longer));
    expect(failure.code).toBe('ENVELOPE_MALFORMED');
    expect(failure.message).toBe('the instruction file is too long to be one');
    expect(store.countOf('read')).toBe(1);
  });

  test.each(['', '[]', '{"a":1}', 'content of a user'])('is refused where it is %j', async (text) => {
    const store = new MemoryObjectStore();
    const address = store.put(bucket, key, Buffer.from(text));
    expect((await failureOf(() => readInstructionFile(store, address))).code).toBe('ENVELOPE_MALFORMED');
  });

  test('is not found where it is not there', async () => {
    const store = new MemoryObjectStore();
    const failure = await failureOf(() => readInstructionFile(store, { bucket, key }));
    expect(failure.code).toBe('OBJECT_NOT_FOUND');
  });

  test('is read no further after the signal', async () => {
    const store = new MemoryObjectStore();
    const address = store.put(bucket, key, Buffer.from('{"a":"1"}'));
    const failure = await failureOf(() => readInstructionFile(store, address, AbortSignal.abort()));
    expect(failure.code).toBe('ABORTED');
  });
});

describe('the instruction file of an object', () => {
  const object = { bucket, key: 'a.txt', versionId: 'of the object' };

  test('is the current one, under the default suffix', async () => {
    const store = new MemoryObjectStore();
    store.put(bucket, key, Buffer.from('{"a":"1"}'));
    await expect(readInstructionFileOf(store, object)).resolves.toEqual({ a: '1' });
  });

  test('is of the suffix and the version that are told', async () => {
    const store = new MemoryObjectStore();
    const { versionId } = store.put(bucket, 'a.txt.keys', Buffer.from('{"a":"1"}'));
    store.put(bucket, 'a.txt.keys', Buffer.from('{"a":"2"}'));
    const suffix = '.keys';
    await expect(readInstructionFileOf(store, object, { suffix })).resolves.toEqual({ a: '2' });
    await expect(readInstructionFileOf(store, object, { suffix, versionId })).resolves.toEqual({ a: '1' });
  });

  test('is none where the key has no room for one', async () => {
    const store = new MemoryObjectStore();
    const longest = { bucket, key: 'k'.repeat(1013) };
    expect((await failureOf(() => readInstructionFileOf(store, longest))).code).toBe('OBJECT_KEY_TOO_LONG');
    expect(store.calls).toEqual([]);
  });

  test('is read no further after the signal', async () => {
    const store = new MemoryObjectStore();
    store.put(bucket, key, Buffer.from('{"a":"1"}'));
    const reading = () => readInstructionFileOf(store, object, { signal: AbortSignal.abort() });
    expect((await failureOf(reading)).code).toBe('ABORTED');
  });
});
