import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeBase64 } from '../../aws/base64.ts';

describe('base64 from bytes to bytes', () => {
  test('is what node decodes, for any input', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const encoded = Buffer.from(Buffer.from(bytes).toString('base64'));
        expect(decodeBase64(encoded).toString('hex')).toBe(Buffer.from(bytes).toString('hex'));
      }),
    );
  });

  test('is decoded without padding too', () => {
    expect(decodeBase64(Buffer.from('Zm8')).toString()).toBe('fo');
  });

  test('leaves its input as it was', () => {
    const encoded = Buffer.from('Zm9v');
    decodeBase64(encoded);
    expect(encoded.toString()).toBe('Zm9v');
  });

  test.each(['Zm9v!', 'Zm 9v', 'Zm9v\n', 'Z=9v', 'Zm9-', 'Zm9_', 'Zm9\u00e9', '\0\0\0\0'])(
    'is refused where it is %j',
    (text) => {
      expect(() => decodeBase64(Buffer.from(text))).toThrow(RangeError);
    },
  );

  test.each(['A', 'AAAAA'])('is refused where it has a length that no base64 has: %j', (text) => {
    expect(() => decodeBase64(Buffer.from(text))).toThrow(RangeError);
  });
});
