import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { crc32Of } from '../../operations/crc32.ts';
import { gather, inChunks, patternBytes } from '../support/bytes.ts';

test('the length of a body is counted while it passes, however it is cut', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(300), fc.array(fc.nat(100)), async (lengthBytes, sizes) => {
      const checksum = crc32Of(inChunks(patternBytes(lengthBytes), ...sizes));
      expect(checksum.lengthBytes()).toBe(0);
      let passed = 0;
      for await (const chunk of checksum.body) {
        passed += chunk.length;
        expect(checksum.lengthBytes()).toBe(passed);
      }
      expect(checksum.lengthBytes()).toBe(lengthBytes);
    }),
  );
});

test('the length of a body that broke off is of what has passed', async () => {
  async function* body(): AsyncGenerator<Uint8Array> {
    yield* inChunks(patternBytes(30), 10);
    throw new Error('broken');
  }
  const checksum = crc32Of(body());
  await expect(gather(checksum.body)).rejects.toThrow('broken');
  expect(checksum.lengthBytes()).toBe(30);
});

test('a body that nobody reads to its end is closed', async () => {
  let isClosed = false;
  async function* body(): AsyncGenerator<Uint8Array> {
    try {
      yield* inChunks(patternBytes(30), 10, 10, 10);
    } finally {
      isClosed = true;
    }
  }
  for await (const chunk of crc32Of(body()).body) {
    expect(chunk).toHaveLength(10);
    break;
  }
  expect(isClosed).toBe(true);
});
