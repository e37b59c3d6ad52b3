import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { crc32Of } from '../../operations/crc32.ts';
import { gather, inChunks, patternBytes } from '../support/bytes.ts';

describe('the checksum of a body', () => {
  test.each([
    // The check value of CRC-32/ISO-HDLC, and S3's own notation of it: big-endian, in base64.
    ['123456789', Buffer.from('cbf43926', 'hex').toString('base64')],
    ['', 'AAAAAA=='],
  ])('of "%s" is the known one', async (text, expected) => {
    const checksum = crc32Of(inChunks(Buffer.from(text)));
    expect((await gather(checksum.body)).toString()).toBe(text);
    expect(checksum.base64()).toBe(expected);
  });

  test('does not depend on the chunks, and lets them pass as they are', async () => {
    const whole = crc32Of(inChunks(patternBytes(300)));
    await gather(whole.body);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(100)), async (sizes) => {
        const checksum = crc32Of(inChunks(patternBytes(300), ...sizes));
        expect((await gather(checksum.body)).equals(patternBytes(300))).toBe(true);
        expect(checksum.base64()).toBe(whole.base64());
      }),
    );
  });
});
