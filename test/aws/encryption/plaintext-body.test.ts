import { Readable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { plaintextBody } from '../../../aws/encryption/plaintext-body.ts';
import { gather } from '../../../operations/gather.ts';
import { failureOf, inChunks, patternBytes, thrownBy } from '../../support/bytes.ts';

const bytes = patternBytes(33);

describe('a body whose length is known', () => {
  test.each<[string, unknown, Buffer]>([
    ['nothing', undefined, Buffer.alloc(0)],
    ['null', null, Buffer.alloc(0)],
    ['no text', '', Buffer.alloc(0)],
    ['text', 'grün', Buffer.from('grün')],
    ['a Buffer', bytes, bytes],
    ['a Uint8Array', new Uint8Array(bytes), bytes],
    ['a DataView', new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), bytes],
    ['an array of longer numbers', Uint16Array.of(1, 2), Buffer.from([1, 0, 2, 0])],
    ['an ArrayBuffer', new Uint8Array(bytes).buffer, bytes],
    ['a Blob', new Blob([new Uint8Array(bytes)]), bytes],
  ])('%s', async (_, body, expected) => {
    const { chunks, lengthBytes } = plaintextBody(body);
    expect(lengthBytes).toBe(expected.length);
    expect(await gather(chunks)).toEqual(expected);
  });
});

describe('a body whose length only its request can tell', () => {
  test.each<[string, () => unknown]>([
    ['a stream of Node', () => Readable.from(inChunks(bytes, 7))],
    ['a stream of the web', () => Readable.toWeb(Readable.from(inChunks(bytes, 7)))],
    ['an async generator', () => inChunks(bytes, 7)],
  ])('%s', async (_, make) => {
    expect(plaintextBody(make())).not.toHaveProperty('lengthBytes');
    expect(plaintextBody(make(), 33).lengthBytes).toBe(33);
    expect(await gather(plaintextBody(make()).chunks)).toEqual(bytes);
  });
});

test('the declared length goes before the real one, which is compared with it later', () => {
  expect(plaintextBody('abc', 4).lengthBytes).toBe(4);
  expect(plaintextBody(new Blob(['abc']), 4).lengthBytes).toBe(4);
});

test('a stream of text is one of its UTF-8', async () => {
  const { chunks } = plaintextBody(Readable.from(['grü', 'n']));
  expect((await gather(chunks)).toString('utf8')).toBe('grün');
});

test.each([[42], [{}], [true], [['chunk']], [Symbol('x')]])('%p is no body', async (body) => {
  const error = await failureOf(() => plaintextBody(body));
  expect(error).toMatchObject({ code: 'REQUEST_UNSUPPORTED', fields: { parameter: 'Body' } });
});

test('a stream of something else than bytes is refused where it stands', async () => {
  const error = await failureOf(() => gather(plaintextBody(Readable.from([{ a: 1 }])).chunks));
  expect(error.code).toBe('REQUEST_UNSUPPORTED');
});

test('what a stream throws is thrown', async () => {
  const broken = new Readable({
    read() {
      this.destroy(new Error('broken pipe'));
    },
  });
  expect(await thrownBy(() => gather(plaintextBody(broken).chunks))).toMatchObject({
    message: 'broken pipe',
  });
});
