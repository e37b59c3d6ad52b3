const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const padding = '='.charCodeAt(0);

const sextets = new Uint8Array(256).fill(255);
for (let value = 0; value < alphabet.length; value += 1) sextets[alphabet.charCodeAt(value)] = value;

/**
 * Decodes base64 from bytes to bytes. Node decodes from strings only, and a string cannot be zero-filled.
 *
 * @throws RangeError where the bytes are not base64.
 */
export function decodeBase64(encoded: Uint8Array): Buffer {
  let length = encoded.length;
  while (length > 0 && encoded[length - 1] === padding) length -= 1;
  if (length % 4 === 1) throw new RangeError('not base64');
  const decoded = Buffer.alloc(Math.floor((length * 3) / 4));
  let accumulator = 0;
  let bits = 0;
  let written = 0;
  for (let read = 0; read < length; read += 1) {
    const sextet = sextets[encoded[read] ?? 0] ?? 255;
    if (sextet === 255) {
      decoded.fill(0);
      throw new RangeError('not base64');
    }
    accumulator = ((accumulator << 6) | sextet) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      decoded[written] = (accumulator >> bits) & 0xff;
      written += 1;
    }
  }
  return decoded;
}
