import {
  edited,
  inInstructionFile,
  instructionFileMark,
  refuses,
  sealV1,
  sealV2,
  sealV3,
  type Sealed,
  type Changes,
  type Draft,
} from './objects.ts';
import { mailPairs } from './opening-v2.ts';
import type { Pairs, Reader, Reason } from './schema.ts';
import { aesEcb, aesGcm, kms, kmsLegacy } from './wrappings.ts';

const context = { team: 'blue' };
const allLegacy = {
  commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT',
  legacyWrapping: true,
  legacyContent: true,
} as const;
const v3Whole = sealV3('V3/kms+context/instruction file/file', kms(context));
const v3 = inInstructionFile(v3Whole);
const v3Sibling = inInstructionFile(
  sealV3('V3/kms+context/instruction file/file of another object', kms(context)),
);
const v3Stranger = inInstructionFile(
  sealV3('V3/kms+context/instruction file/file of another context', kms({ team: 'green' })),
);
const v3Aes = inInstructionFile(
  sealV3('V3/AES-GCM/instruction file/file', aesGcm({ key: 'of the vectors' })),
);
const v2Whole = sealV2('V2/kms+context/instruction file/file', kms(context));
const v2 = inInstructionFile(v2Whole);
const v2Sibling = inInstructionFile(
  sealV2('V2/kms+context/instruction file/file of another object', kms(context)),
);
const v2Mail = inInstructionFile(sealV2('V2/kms/instruction file/file', kmsLegacy(mailPairs)));
const v1 = inInstructionFile(sealV1('V1/AES/instruction file/file', aesEcb()));

/** Objects whose instruction file is missing, is another, or holds what it must not. */
export function refuseFiles(): Draft[] {
  return [
    refuses(v3, 'no file', 'instruction-file-missing', { instructionFile: null }),
    refuses(v3Aes, 'no file', 'instruction-file-missing', { instructionFile: null }),
    refuses(v2, 'no file', 'not-sealed', { instructionFile: null }),
    refuses(v1, 'no file', 'not-sealed', { instructionFile: null }),
    refuses(v3, 'an empty file', 'malformed-envelope', { instructionFile: '' }),
    refuses(v3, 'a file that holds nothing', 'instruction-file-missing', { instructionFile: '{}' }),
    refuses(v2, 'a file that holds nothing', 'malformed-envelope', { instructionFile: '{}' }),
    ...ofOthers(),
    ...misplaced(),
    ...notSealed(),
  ];
}

function ofOthers(): Draft[] {
  const file = (sealed: Sealed, what: string, other: Sealed, reason: Reason, reader?: Partial<Reader>) =>
    refuses(sealed, what, reason, {
      instructionFile: other.instructionFile?.body ?? '',
      from: [other],
      ...(reader === undefined ? {} : { reader }),
    });
  return [
    file(v3, 'the file of another object', v3Sibling, 'commitment-mismatch'),
    file(v3, 'the file of another context', v3Stranger, 'context-mismatch'),
    refuses(v3, 'the encrypted data key of another context', 'data-key-refused', {
      instructionFile: fileWith({ 'x-amz-3': entriesOf(v3Stranger)['x-amz-3'] }),
      from: [v3Stranger],
    }),
    file(v3, 'the file of an object under a raw key', v3Aes, 'wrapping-unsupported', {
      encryptionContext: {},
    }),
    file(v2, 'the file of another object', v2Sibling, 'content-not-authentic'),
    file(v2, 'the file of an object of the first clients', v2Mail, 'content-not-authentic', {
      ...allLegacy,
      encryptionContext: {},
    }),
    file(v3, 'a file of V2', v2, 'malformed-envelope', allLegacy),
    file(v3, 'a file of V1', v1, 'malformed-envelope', allLegacy),
    file(v2, 'a file of V3', v3, 'malformed-envelope', allLegacy),
  ];
}

/** Entries in the place of the other half, or in both. */
function misplaced(): Draft[] {
  const ofContent = ['x-amz-c', 'x-amz-d', 'x-amz-i'];
  const changed = (name: string) => v3Whole.metadata[name] ?? '';
  const forged = (what: string, file: Pairs, set: Changes = {}) =>
    refuses(v3, what, 'malformed-envelope', { instructionFile: fileWith(file), set });
  return [
    ...ofContent.map((name) => forged(`${name} in the file too`, { [name]: changed(name) })),
    ...ofContent.map((name) =>
      forged(`${name} moved to the file`, { [name]: changed(name) }, { [name]: undefined }),
    ),
    ...ofContent.map((name) =>
      forged(`${name} of another object in the file too`, { [name]: v3Sibling.metadata[name] ?? '' }),
    ),
    forged('commitment and message id of another object in the file', {
      'x-amz-d': v3Sibling.metadata['x-amz-d'] ?? '',
      'x-amz-i': v3Sibling.metadata['x-amz-i'] ?? '',
    }),
    refuses(v3, 'the whole envelope in the file', 'malformed-envelope', {
      instructionFile: JSON.stringify(v3Whole.metadata),
      set: Object.fromEntries(ofContent.map((name) => [name, undefined])),
    }),
    refuses(
      v3,
      'the whole envelope in the file, and its content’s half on the object',
      'malformed-envelope',
      {
        instructionFile: JSON.stringify(v3Whole.metadata),
      },
    ),
    ...['x-amz-c', 'x-amz-d', 'x-amz-i'].map((name) =>
      refuses(v3, `without ${name}`, 'malformed-envelope', { set: { [name]: undefined } }),
    ),
    refuses(v3, 'an unrelated entry in the file', 'malformed-envelope', {
      instructionFile: fileWith({ comment: 'rewrapped' }),
      strict: true,
    }),
    refuses(v3, 'a part of the file on the object', 'malformed-envelope', {
      set: { 'x-amz-w': '12' },
      strict: true,
    }),
    ...['x-amz-key-v2', 'x-amz-wrap-alg', 'x-amz-iv', 'x-amz-matdesc'].map((name) =>
      refuses(v3, `${name} of V2 in the file too`, 'malformed-envelope', {
        instructionFile: fileWith({ [name]: v2Whole.metadata[name] ?? '' }),
        reader: allLegacy,
        strict: true,
      }),
    ),
    ...['x-amz-3', 'x-amz-w', 'x-amz-c'].map((name) =>
      refuses(v2, `${name} of V3 in the file too`, 'malformed-envelope', {
        instructionFile: JSON.stringify({ ...v2Whole.metadata, [name]: v3Whole.metadata[name] }),
        strict: true,
      }),
    ),
    ...['x-amz-key-v2', 'x-amz-wrap-alg', 'x-amz-cek-alg', 'x-amz-iv', 'x-amz-matdesc'].map((name) =>
      refuses(v2, `without ${name} in the file`, 'malformed-envelope', {
        instructionFile: JSON.stringify(edited(v2Whole.metadata, { [name]: undefined })),
      }),
    ),
    refuses(v2, 'the tag length on the object, the rest in the file', 'malformed-envelope', {
      instructionFile: JSON.stringify(edited(v2Whole.metadata, { 'x-amz-tag-len': undefined })),
      set: { 'x-amz-tag-len': '128' },
      strict: true,
    }),
  ];
}

/** Objects that carry no envelope. */
function notSealed(): Draft[] {
  const bare = (what: string, metadata: Pairs, body = v3Whole.plaintext) => {
    const object = { ...v3Whole, name: `not sealed/${what}`, metadata, body, kms: [], reader: {} };
    return refuses({ ...object, neverOpens: true }, 'as it is', 'not-sealed');
  };
  return [
    bare('no metadata', {}),
    bare('metadata of its own', { author: 'somebody', 'x-amz-unrelated': 'yes' }),
    bare('metadata that is only named alike', {
      'x-amz-meta-x-amz-c': '115',
      'x-amz-cc': '115',
      'x-amz': '12',
    }),
    bare('an IV and a material description alone', { 'x-amz-iv': 'AAAAAAAAAAAAAAAA', 'x-amz-matdesc': '{}' }),
    bare('an instruction file', instructionFileMark, Buffer.from(v3.instructionFile?.body ?? '')),
  ];
}

function entriesOf(sealed: Sealed): Pairs {
  return JSON.parse(sealed.instructionFile?.body ?? '{}') as Pairs;
}

function fileWith(changes: Changes): string {
  return JSON.stringify(edited(entriesOf(v3), changes));
}
