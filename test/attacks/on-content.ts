import { patternBytes, withFlippedBit } from '../support/bytes.ts';
import { v1Metadata, v2Metadata } from '../support/envelopes.ts';
import { body, edited, instead, set, type Attack } from './scene.ts';

/** Attacks on the stored bytes: each ends as an authentication failure. */
export const onContent: Attack[] = [
  ['first bit of the body flipped', 'AUTHENTICATION_FAILED', body((sealed) => withFlippedBit(sealed, 0))],
  ['a bit in the middle flipped', 'AUTHENTICATION_FAILED', body((sealed) => withFlippedBit(sealed, 1234))],
  ['first bit of the tag flipped', 'AUTHENTICATION_FAILED', body((sealed) => withFlippedBit(sealed, -16))],
  ['last bit of the tag flipped', 'AUTHENTICATION_FAILED', body((sealed) => withFlippedBit(sealed, -1))],
  ['cut by a byte', 'AUTHENTICATION_FAILED', body((sealed) => sealed.subarray(0, -1))],
  ['cut by its tag', 'AUTHENTICATION_FAILED', body((sealed) => sealed.subarray(0, -16))],
  ['cut to its tag', 'AUTHENTICATION_FAILED', body((sealed) => sealed.subarray(-16))],
  ['shorter than a tag', 'AUTHENTICATION_FAILED', body((sealed) => sealed.subarray(0, 15))],
  ['emptied', 'AUTHENTICATION_FAILED', body(() => Buffer.alloc(0))],
  ['a byte added', 'AUTHENTICATION_FAILED', body((sealed) => Buffer.concat([sealed, Buffer.of(0)]))],
  [
    'a block put before',
    'AUTHENTICATION_FAILED',
    body((sealed) => Buffer.concat([Buffer.alloc(16), sealed])),
  ],
  [
    'two blocks exchanged',
    'AUTHENTICATION_FAILED',
    body((sealed) => Buffer.concat([sealed.subarray(16, 32), sealed.subarray(0, 16), sealed.subarray(32)])),
  ],
  ['body of another object', 'AUTHENTICATION_FAILED', ({ other }) => ({ sealed: other.sealed })],
];

/** Attacks on the key commitment and the message id. */
export const onCommitment: Attack[] = [
  [
    'commitment altered',
    'AUTHENTICATION_FAILED',
    ({ metadata }) => {
      const commitment = Buffer.from(metadata['x-amz-d'] ?? '', 'base64');
      return {
        metadata: edited(metadata, { 'x-amz-d': withFlippedBit(commitment, 0).toString('base64') }),
      };
    },
  ],
  ['commitment of another object', 'AUTHENTICATION_FAILED', instead('x-amz-d')],
  ['message id of another object', 'AUTHENTICATION_FAILED', instead('x-amz-i')],
  ['commitment and message id of another object', 'AUTHENTICATION_FAILED', instead('x-amz-d', 'x-amz-i')],
  ['commitment taken away', 'ENVELOPE_MALFORMED', set({ 'x-amz-d': undefined })],
  ['commitment emptied', 'ENVELOPE_MALFORMED', set({ 'x-amz-d': '' })],
  ['commitment cut to one byte', 'ENVELOPE_MALFORMED', set({ 'x-amz-d': 'AA==' })],
  [
    'data key moved to an instruction file, commitment kept',
    'ENVELOPE_UNSUPPORTED',
    set({ 'x-amz-3': undefined, 'x-amz-w': undefined, 'x-amz-t': undefined }),
  ],
  [
    'commitment moved to an instruction file, data key kept',
    'ENVELOPE_MALFORMED',
    set({ 'x-amz-c': undefined, 'x-amz-d': undefined, 'x-amz-i': undefined }),
  ],
];

/** Attacks on what the object says that it is. */
export const onFormat: Attack[] = [
  ['V2 entries added to V3', 'ENVELOPE_MALFORMED', set(v2Metadata)],
  ['V1 entries added to V3', 'ENVELOPE_MALFORMED', set(v1Metadata)],
  ['one V2 entry added to V3', 'ENVELOPE_MALFORMED', set({ 'x-amz-tag-len': '128' })],
  ['V3 header added to V2', 'ENVELOPE_MALFORMED', () => ({ metadata: { ...v2Metadata, 'x-amz-c': '115' } })],
  ['V3 wrapping added to V2', 'ENVELOPE_MALFORMED', () => ({ metadata: { ...v2Metadata, 'x-amz-w': '12' } })],
  ['relabelled as V2', 'ENVELOPE_UNSUPPORTED', () => ({ metadata: v2Metadata })],
  ['relabelled as V1', 'ENVELOPE_UNSUPPORTED', () => ({ metadata: v1Metadata })],
  ['envelope taken away', 'NOT_SEALED', () => ({ metadata: { title: 'plain' } })],
  ['wrapping lowered to kms', 'ENVELOPE_UNSUPPORTED', set({ 'x-amz-w': 'kms' })],
  ['wrapping lowered to raw AES', 'ENVELOPE_UNSUPPORTED', set({ 'x-amz-w': '02' })],
  ['wrapping lowered to RSA', 'ENVELOPE_UNSUPPORTED', set({ 'x-amz-w': '22' })],
  ['wrapping unheard of', 'ENVELOPE_UNSUPPORTED', set({ 'x-amz-w': '99' })],
  ['relabelled to a suite without commitment', 'ENVELOPE_MALFORMED', set({ 'x-amz-c': '114' })],
  ['relabelled to CBC', 'ENVELOPE_MALFORMED', set({ 'x-amz-c': '112' })],
  ['material description added', 'ENVELOPE_MALFORMED', set({ 'x-amz-m': '{}' })],
  ['data key not base64', 'ENVELOPE_MALFORMED', set({ 'x-amz-3': '!!!' })],
  ['message id not base64', 'ENVELOPE_MALFORMED', set({ 'x-amz-i': 'é' })],
  ['context not JSON', 'ENVELOPE_MALFORMED', set({ 'x-amz-t': '{"' })],
  ['context an array', 'ENVELOPE_MALFORMED', set({ 'x-amz-t': '[]' })],
  ['context of numbers', 'ENVELOPE_MALFORMED', set({ 'x-amz-t': '{"a":1}' })],
  [
    'noise of 2 KB for a context',
    'ENVELOPE_MALFORMED',
    set({ 'x-amz-t': patternBytes(1536).toString('base64') }),
  ],
  [
    'noise of 2 KB for a data key',
    'AUTHENTICATION_FAILED',
    set({ 'x-amz-3': patternBytes(1536).toString('base64') }),
  ],
];
