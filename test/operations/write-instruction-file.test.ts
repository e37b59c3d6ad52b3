import { describe, expect, test } from '@jest/globals';
import { encodeInstructionFile, SealdropError } from '../../envelope/index.ts';
import { readInstructionFile } from '../../operations/read-instruction-file.ts';
import { writeInstructionFile } from '../../operations/write-instruction-file.ts';
import { failureOf } from '../support/bytes.ts';
import { MemoryObjectStore } from '../support/memory-object-store.ts';

const at = { bucket: 'sealed', key: 'a.txt.instruction' };
const first = {
  entries: { 'x-amz-3': 'Zmlyc3Q=', 'x-amz-w': '12', 'x-amz-t': '{"name":"\u00e4"}' },
};
const second = { entries: { ...first.entries, 'x-amz-3': 'c2Vjb25k' } };

describe('writing an instruction file', () => {
  test.each([true, false])('is read back, and marked as what it is: versions %s', async (versioned) => {
    const store = new MemoryObjectStore({ versioned });
    const version = await writeInstructionFile(store, at, first);
    const stored = await store.head(at);
    expect(version).toBe(stored.address.versionId);
    expect(version === undefined).toBe(!versioned);
    expect(await readInstructionFile(store, at)).toEqual(first.entries);
    expect(store.contentOf(at).equals(encodeInstructionFile(first.entries))).toBe(true);
    expect(stored.metadata).toEqual({ 'x-amz-crypto-instr-file': '' });
    expect(stored.headers).toEqual({ contentType: 'application/json' });
    expect(await store.tags(at)).toEqual({});
  });

  test('replaces one whose version stays', async () => {
    const store = new MemoryObjectStore();
    const versions = [
      await writeInstructionFile(store, at, first),
      await writeInstructionFile(store, at, second),
    ];
    expect(new Set(versions).size).toBe(2);
    expect(await readInstructionFile(store, at)).toEqual(second.entries);
    const [versionId = ''] = versions;
    expect(await readInstructionFile(store, { ...at, versionId })).toEqual(first.entries);
  });

  test.each([
    ['nothing, where there are no versions', undefined],
    ['"null", where versions are suspended', 'null'],
  ])('refuses to destroy one: its version is %s', async (_, versionId) => {
    const store = new MemoryObjectStore({ versioned: false });
    await writeInstructionFile(store, at, first);
    const heading = store.head.bind(store);
    store.head = async (address) => {
      const object = await heading(address);
      return versionId === undefined ? object : { ...object, address: { ...at, versionId } };
    };
    const failure = await failureOf(() => writeInstructionFile(store, at, second));
    expect([failure.code, failure.retryable]).toEqual(['BUCKET_NOT_VERSIONED', false]);
    expect(await readInstructionFile(store, at)).toEqual(first.entries);
    expect(store.countOf('write')).toBe(1);
  });

  test('is anew where the file was deleted', async () => {
    const store = new MemoryObjectStore();
    await writeInstructionFile(store, at, first);
    await store.hide(await store.head(at));
    await writeInstructionFile(store, at, second);
    expect(await readInstructionFile(store, at)).toEqual(second.entries);
  });

  test.each([true, false])('gives way to another writer: a file stood there %s', async (stood) => {
    const store = new MemoryObjectStore();
    if (stood) await writeInstructionFile(store, at, second);
    const others = { ...first.entries, 'x-amz-3': 'b3RoZXJz' };
    store.before('write', () => {
      store.put(at.bucket, at.key, encodeInstructionFile(others));
    });
    const failure = await failureOf(() => writeInstructionFile(store, at, first));
    expect([failure.code, failure.retryable]).toEqual(['OBJECT_CHANGED', true]);
    expect(await readInstructionFile(store, at)).toEqual(others);
  });

  test.each(['head', 'write'] as const)('writes nothing where %s fails', async (method) => {
    const store = new MemoryObjectStore();
    store.before(method, () => {
      throw new SealdropError('ACCESS_DENIED', 'no');
    });
    expect((await failureOf(() => writeInstructionFile(store, at, first))).code).toBe('ACCESS_DENIED');
    expect((await failureOf(() => store.head(at))).code).toBe('OBJECT_NOT_FOUND');
  });

  test('stops where it is told to', async () => {
    const store = new MemoryObjectStore();
    const failure = await failureOf(() =>
      writeInstructionFile(store, at, first, { signal: AbortSignal.abort() }),
    );
    expect(failure.code).toBe('ABORTED');
    expect((await failureOf(() => store.head(at))).code).toBe('OBJECT_NOT_FOUND');
  });
});
