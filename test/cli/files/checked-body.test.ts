import { describe, expect, test } from '@jest/globals';
import { checkedBody } from '../../../cli/files/checked-body.ts';
import { failureOf, gather, thrownBy } from '../../support/bytes.ts';
import { broken, followedBy, objectOf } from './scene.ts';

describe('a checked body', () => {
  test.each(['', 'content'])('passes as it is: %p', async (content) => {
    for (const says of [{}, { lengthBytes: content.length }]) {
      const { chunks } = checkedBody(objectOf('a', content, says), undefined);
      expect((await gather(chunks)).toString()).toBe(content);
    }
  });

  test.each([
    ['another checksum', { crc32: () => 'AAAAAA==' }, 'VERIFICATION_FAILED'],
    ['a greater length', { lengthBytes: 8 }, 'CONTENT_LENGTH_MISMATCH'],
    ['a lesser length', { lengthBytes: 6 }, 'CONTENT_LENGTH_MISMATCH'],
  ])('does not end well with %s', async (_, says, code) => {
    const body = checkedBody(objectOf('a', 'content', says), undefined);
    const failure = await failureOf(() => gather(body.chunks));
    expect(failure.code).toBe(code);
    expect(body.hasThrown(failure)).toBe(true);
  });

  test('asks for the checksum when all of it has passed', async () => {
    let isOver = false;
    const body = followedBy('content', () => {
      isOver = true;
    });
    const crc32 = (): string => {
      expect(isOver).toBe(true);
      throw new TypeError('asked');
    };
    const checked = checkedBody(objectOf('a', '', { body, crc32 }), undefined);
    await expect(gather(checked.chunks)).rejects.toThrow('asked');
  });

  test('knows its own errors', async () => {
    const body = checkedBody(objectOf('a', '', { body: broken() }), undefined);
    const failure = await thrownBy(() => gather(body.chunks));
    expect(failure).toMatchObject({ message: 'the tag was wrong' });
    expect(body.hasThrown(failure)).toBe(true);
    expect(body.hasThrown(new TypeError('the tag was wrong'))).toBe(false);
    expect(body.hasThrown(undefined)).toBe(false);
  });

  test('stops when it is told to, also after its last byte', async () => {
    const controller = new AbortController();
    const body = followedBy('content', () => {
      controller.abort();
    });
    const checked = checkedBody(objectOf('a', '', { body }), controller.signal);
    expect((await failureOf(() => gather(checked.chunks))).code).toBe('ABORTED');
  });

  test('is not begun where the work was stopped before', async () => {
    let isBegun = false;
    const body = async function* (): AsyncGenerator<Buffer> {
      isBegun = true;
      yield await Promise.resolve(Buffer.alloc(1));
    };
    const checked = checkedBody(objectOf('a', '', { body: body() }), AbortSignal.abort());
    expect((await failureOf(() => gather(checked.chunks))).code).toBe('ABORTED');
    expect(isBegun).toBe(false);
  });

  test('is closed when nobody takes more of it', async () => {
    let isClosed = false;
    const body = async function* (): AsyncGenerator<Buffer> {
      try {
        for (;;) yield await Promise.resolve(Buffer.alloc(1));
      } finally {
        isClosed = true;
      }
    };
    const { chunks } = checkedBody(objectOf('a', '', { body: body() }), undefined);
    for await (const chunk of chunks) {
      expect(chunk).toHaveLength(1);
      break;
    }
    expect(isClosed).toBe(true);
  });
});
