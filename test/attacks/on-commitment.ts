import { withFlippedBit } from '../support/bytes.ts';
import { formsLike } from './forms.ts';
import { altered, attacksOn, inFile, instead, onObject, set, type Attack } from './scene.ts';

const v3 = formsLike(/^V3/);
const v3InMetadata = formsLike(/^V3(?!, file)/);
const v3InFile = formsLike(/^V3, file/);

const gone = (...names: string[]): Record<string, undefined> =>
  Object.fromEntries(names.map((name) => [name, undefined]));

/** Attacks on the key commitment and the message id. */
export const onCommitment: Attack[] = [
  ...attacksOn(
    v3,
    [
      'commitment altered',
      'AUTHENTICATION_FAILED',
      altered('x-amz-d', (commitment) => withFlippedBit(commitment, 0)),
    ],
    ['commitment of another object', 'AUTHENTICATION_FAILED', instead('x-amz-d')],
    ['commitment of zeros', 'AUTHENTICATION_FAILED', altered('x-amz-d', () => Buffer.alloc(28))],
    [
      'message id altered',
      'AUTHENTICATION_FAILED',
      altered('x-amz-i', (messageId) => withFlippedBit(messageId, -1)),
    ],
    ['message id of another object', 'AUTHENTICATION_FAILED', instead('x-amz-i')],
    ['message id of zeros', 'AUTHENTICATION_FAILED', altered('x-amz-i', () => Buffer.alloc(28))],
    ['commitment and message id of another object', 'AUTHENTICATION_FAILED', instead('x-amz-d', 'x-amz-i')],
    [
      'commitment and message id exchanged',
      'AUTHENTICATION_FAILED',
      set(({ mine: { metadata } }) => ({ 'x-amz-d': metadata['x-amz-i'], 'x-amz-i': metadata['x-amz-d'] })),
    ],
    ['commitment taken away', 'ENVELOPE_MALFORMED', set(gone('x-amz-d'))],
    ['commitment emptied', 'ENVELOPE_MALFORMED', set({ 'x-amz-d': '' })],
    ['commitment cut', 'ENVELOPE_MALFORMED', altered('x-amz-d', (bytes) => bytes.subarray(0, 27))],
    ['commitment cut to one byte', 'ENVELOPE_MALFORMED', altered('x-amz-d', (bytes) => bytes.subarray(0, 1))],
    [
      'commitment lengthened',
      'ENVELOPE_MALFORMED',
      altered('x-amz-d', (bytes) => Buffer.concat([bytes, Buffer.of(0)])),
    ],
    ['message id taken away', 'ENVELOPE_MALFORMED', set(gone('x-amz-i'))],
    ['message id cut', 'ENVELOPE_MALFORMED', altered('x-amz-i', (bytes) => bytes.subarray(0, 27))],
    [
      'message id lengthened',
      'ENVELOPE_MALFORMED',
      altered('x-amz-i', (bytes) => Buffer.concat([bytes, bytes])),
    ],
    ['suite taken away', 'ENVELOPE_MALFORMED', set(gone('x-amz-c'))],
  ),
  ...attacksOn(
    v3InMetadata,
    [
      'data key moved to an instruction file that is not there',
      'INSTRUCTION_FILE_MISSING',
      onObject(gone('x-amz-3', 'x-amz-w', 'x-amz-t', 'x-amz-m')),
    ],
    [
      'commitment moved to an instruction file, data key kept',
      'ENVELOPE_MALFORMED',
      ({ mine: { metadata } }) => {
        const { 'x-amz-c': c = '', 'x-amz-d': d = '', 'x-amz-i': i = '', ...rest } = metadata;
        return { metadata: rest, file: { 'x-amz-c': c, 'x-amz-d': d, 'x-amz-i': i } };
      },
    ],
    [
      'whole envelope moved to an instruction file',
      'ENVELOPE_MALFORMED',
      ({ mine: { metadata } }) => ({ metadata: {}, file: metadata }),
    ],
  ),
  ...attacksOn(
    v3InFile,
    [
      'commitment moved into the instruction file',
      'ENVELOPE_MALFORMED',
      ({ mine: { metadata, file } }) => {
        const { 'x-amz-d': commitment = '', ...rest } = metadata;
        return { metadata: rest, file: { ...file, 'x-amz-d': commitment } };
      },
    ],
    [
      'commitment repeated in the instruction file',
      'ENVELOPE_MALFORMED',
      ({ mine: { metadata, file } }) => ({ file: { ...file, 'x-amz-d': metadata['x-amz-d'] ?? '' } }),
    ],
    ['suite put into the instruction file', 'ENVELOPE_MALFORMED', inFile({ 'x-amz-c': '115' })],
    [
      'message id put into the instruction file',
      'ENVELOPE_MALFORMED',
      ({ other, mine: { file } }) => ({ file: { ...file, 'x-amz-i': other.metadata['x-amz-i'] ?? '' } }),
    ],
    [
      'everything but the content moved into the instruction file',
      'ENVELOPE_MALFORMED',
      ({ mine: { metadata, file } }) => ({ metadata: {}, file: { ...metadata, ...file } }),
    ],
    [
      'data key put on the object as well',
      'ENVELOPE_MALFORMED',
      ({ mine: { metadata, file } }) => ({ metadata: { ...metadata, 'x-amz-3': file?.['x-amz-3'] ?? '' } }),
    ],
  ),
];
