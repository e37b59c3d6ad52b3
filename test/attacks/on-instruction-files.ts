import { maxInstructionFileBytes } from '../../envelope/index.ts';
import { patternBytes } from '../support/bytes.ts';
import { v1Metadata, v2Metadata } from '../support/envelopes.ts';
import { formsLike } from './forms.ts';
import {
  attacksOn,
  CURRENT_VERSION,
  EARLIER_VERSION,
  edited,
  everyOptIn,
  inFile,
  type Attack,
  type Forge,
} from './scene.ts';

const inFiles = formsLike(/file/);
const v3InFile = formsLike(/^V3, file/);
const v2InFile = formsLike(/^V2.*file/);
const shared = formsLike(/^V3, file, shared/);

/** The bytes of the file altered. */
const fileText =
  (rewrite: (json: string) => string): Forge =>
  ({ mine }) => ({
    file: Buffer.from(rewrite(JSON.stringify(mine.file))),
  });

const record =
  (version: string | undefined): Forge =>
  (scene) => ({
    metadata: edited(scene.mine.metadata, { 'sealdrop-instruction-version': version }),
    file: scene.other.file,
  });

/** Attacks on the instruction file, which is an object of its own. */
export const onInstructionFiles: Attack[] = [
  ...attacksOn(
    inFiles,
    ['instruction file emptied', 'ENVELOPE_MALFORMED', () => ({ file: Buffer.alloc(0) })],
    ['instruction file not JSON', 'ENVELOPE_MALFORMED', fileText((json) => json.slice(0, -1))],
    ['instruction file an array', 'ENVELOPE_MALFORMED', fileText((json) => `[${json}]`)],
    [
      'instruction file with a number',
      'ENVELOPE_MALFORMED',
      fileText((json) => json.replace(/:"[^"]*"/, ':1')),
    ],
    ['instruction file null', 'ENVELOPE_MALFORMED', fileText(() => 'null')],
    ['noise of 2 KB for an instruction file', 'ENVELOPE_MALFORMED', () => ({ file: patternBytes(2048) })],
    [
      'instruction file of more than 64 KiB',
      'ENVELOPE_MALFORMED',
      fileText((json) => json + ' '.repeat(maxInstructionFileBytes)),
    ],
    [
      'entries of the instruction file twice, in two cases',
      'ENVELOPE_MALFORMED',
      ({ mine: { file = {} } }) => {
        const again = Object.entries(file).map(([name, value]) => [name.toUpperCase(), value]);
        return { file: { ...file, ...(Object.fromEntries(again) as Record<string, string>) } };
      },
    ],
  ),
  ...attacksOn(
    v3InFile,
    ['instruction file deleted', 'INSTRUCTION_FILE_MISSING', () => ({ file: null })],
    ['instruction file without entries', 'INSTRUCTION_FILE_MISSING', fileText(() => '{}')],
    [
      'V2 envelope in the instruction file of a V3 object',
      'ENVELOPE_MALFORMED',
      () => ({ file: v2Metadata }),
    ],
    [
      'V1 envelope in the instruction file of a V3 object',
      'ENVELOPE_MALFORMED',
      () => ({ file: v1Metadata }),
    ],
    [
      'V2 envelope in the instruction file of a V3 object, every opt-in turned on',
      'ENVELOPE_MALFORMED',
      () => ({ file: v2Metadata, reader: { policy: everyOptIn } }),
    ],
    [
      'V2 entries added to the instruction file of a V3 object',
      'ENVELOPE_MALFORMED',
      inFile({ 'x-amz-cek-alg': 'AES/GCM/NoPadding', 'x-amz-wrap-alg': 'kms' }),
    ],
    ['an entry of the user in the instruction file', 'ENVELOPE_MALFORMED', inFile({ title: 'mine' })],
    [
      'an entry named like the prototype in the instruction file',
      'ENVELOPE_MALFORMED',
      fileText((json) => json.replace(/^\{/, '{"__proto__":"polluted",')),
    ],
    ['data key taken out of the instruction file', 'ENVELOPE_MALFORMED', inFile({ 'x-amz-3': undefined })],
    [
      'V2 envelope in the instruction file, and V3 taken off the object',
      'COMMITMENT_REQUIRED',
      () => ({ metadata: {}, file: v2Metadata }),
    ],
  ),
  ...attacksOn(formsLike(/^V3, file$/), [
    'instruction file of another object, bound to its key',
    'CONTEXT_MISMATCH',
    ({ other }) => ({ file: other.file }),
  ]),
  ...attacksOn(
    shared,
    [
      'instruction file of another object, under the same context',
      'AUTHENTICATION_FAILED',
      ({ other }) => ({ file: other.file }),
    ],
    [
      'commitment and instruction file of another object',
      'AUTHENTICATION_FAILED',
      ({ mine, other }) => ({
        metadata: { ...mine.metadata, 'x-amz-d': other.metadata['x-amz-d'] ?? '' },
        file: other.file,
      }),
    ],
    ['recorded version taken away, file replaced', 'AUTHENTICATION_FAILED', record(undefined)],
    ['recorded version forged to one that never was', 'AUTHENTICATION_FAILED', record('v4711')],
    ['recorded version forged to the replaced file', 'AUTHENTICATION_FAILED', record(CURRENT_VERSION)],
    [
      'recorded version forged to an earlier file of another data key',
      'AUTHENTICATION_FAILED',
      (scene) => ({ ...record(EARLIER_VERSION)(scene), earlierFile: scene.other.file ?? {} }),
    ],
    [
      'recorded version forged to an earlier file that holds the commitment',
      'ENVELOPE_MALFORMED',
      (scene) => ({
        ...record(EARLIER_VERSION)(scene),
        earlierFile: { ...scene.other.file, 'x-amz-d': scene.other.metadata['x-amz-d'] ?? '' },
      }),
    ],
  ),
  ...attacksOn(
    v2InFile,
    ['instruction file of a V2 object deleted', 'NOT_SEALED', () => ({ file: null })],
    ['instruction file of a V2 object without entries', 'ENVELOPE_MALFORMED', fileText(() => '{}')],
    [
      'V3 envelope in the instruction file of a V2 object',
      'ENVELOPE_MALFORMED',
      inFile({ 'x-amz-c': '115', 'x-amz-3': 'AAAA', 'x-amz-w': '12', 'x-amz-d': 'AAAA', 'x-amz-i': 'AAAA' }),
    ],
    [
      'V3 envelope alone in the instruction file of a V2 object',
      'ENVELOPE_MALFORMED',
      () => ({ file: { 'x-amz-c': '115', 'x-amz-3': 'AAAA', 'x-amz-w': '12' } }),
    ],
    [
      'V2 envelope on the object as well as in its instruction file',
      'COMMITMENT_REQUIRED',
      ({ mine: { file = {} } }) => ({
        metadata: file,
        file,
        reader: { policy: { legacyWrapping: true, legacyContent: true } },
      }),
    ],
  ),
];
