import { withFlippedBit } from '../support/bytes.ts';
import { authenticatedForms } from './forms.ts';
import { body, type Attack, type Forge } from './scene.ts';

const tagBytes = 16;
const blockBytes = 16;

/** Attacks on the stored bytes of an authenticated content: whatever is done to them, one error. */
export const onContent: Attack[] = (
  [
    ['first bit of the content flipped', body((sealed) => withFlippedBit(sealed, 0))],
    ['a bit in the middle of the content flipped', body((sealed) => withFlippedBit(sealed, 1234))],
    ['last bit of the content flipped', body((sealed) => withFlippedBit(sealed, -tagBytes - 1))],
    ['first bit of the tag flipped', body((sealed) => withFlippedBit(sealed, -tagBytes))],
    ['last bit of the tag flipped', body((sealed) => withFlippedBit(sealed, -1))],
    ['content cut by a byte', body((sealed) => sealed.subarray(0, -1))],
    ['content cut by its tag', body((sealed) => sealed.subarray(0, -tagBytes))],
    ['content cut to its first chunk', body((sealed) => sealed.subarray(0, 1000))],
    ['content cut to its tag', body((sealed) => sealed.subarray(-tagBytes))],
    ['content cut to less than a tag', body((sealed) => sealed.subarray(0, tagBytes - 1))],
    ['content emptied', body(() => Buffer.alloc(0))],
    ['a byte taken out of the middle', body((sealed) => join(sealed.subarray(0, 99), sealed.subarray(100)))],
    ['a byte added at the end', body((sealed) => join(sealed, Buffer.of(0)))],
    ['a block added at the front', body((sealed) => join(Buffer.alloc(blockBytes), sealed))],
    ['the tag twice', body((sealed) => join(sealed, sealed.subarray(-tagBytes)))],
    ['the content twice', body((sealed) => join(sealed, sealed))],
    ['two blocks exchanged', body(exchangeBlocks)],
    ['tag of another object', ({ mine, other }) => withTagOf(mine.sealed, other.sealed)],
    ['content of another object', ({ other }) => ({ sealed: other.sealed })],
  ] satisfies [string, Forge][]
).map(([name, forge]) => ({
  name,
  forge,
  on: authenticatedForms,
  code: 'AUTHENTICATION_FAILED',
  seenByTagOn: authenticatedForms,
}));

function join(...parts: Uint8Array[]): Buffer {
  return Buffer.concat(parts);
}

function exchangeBlocks(sealed: Buffer): Buffer {
  const [first, second] = [sealed.subarray(0, blockBytes), sealed.subarray(blockBytes, 2 * blockBytes)];
  return join(second, first, sealed.subarray(2 * blockBytes));
}

function withTagOf(sealed: Buffer, other: Buffer): { sealed: Buffer } {
  return { sealed: join(sealed.subarray(0, -tagBytes), other.subarray(-tagBytes)) };
}
