import {
  base64,
  edited,
  inInstructionFile,
  refuses,
  sealV1,
  sealV2,
  sealV2Cbc,
  sealV3,
  type Sealed,
  type Changes,
  type Draft,
} from './objects.ts';
import { bytesOf } from './randomness.ts';
import { flipped } from './refusing-content.ts';
import type { Pairs, Reason } from './schema.ts';
import { aesEcb, aesGcm, kms, kmsLegacy, rsaOaep, rsaPkcs1 } from './wrappings.ts';

/** What a flipped bit in each entry leads to; entries that nobody authenticates are not among them. */
type Flips = Readonly<Record<string, Reason>>;

const context = { team: 'blue' };
const v3Flips: Flips = {
  'x-amz-c': 'malformed-envelope',
  'x-amz-3': 'data-key-refused',
  'x-amz-w': 'unknown-algorithm',
  'x-amz-d': 'commitment-mismatch',
  'x-amz-i': 'commitment-mismatch',
};
const v2Flips: Flips = {
  'x-amz-key-v2': 'data-key-refused',
  'x-amz-wrap-alg': 'unknown-algorithm',
  'x-amz-cek-alg': 'unknown-algorithm',
  'x-amz-iv': 'content-not-authentic',
  'x-amz-tag-len': 'malformed-envelope',
};

const v3 = sealV3('V3/kms+context/metadata', kms(context));
const v3Aes = sealV3('V3/AES-GCM/metadata', aesGcm({ key: 'of the vectors' }));
const v3Rsa = sealV3('V3/RSA-OAEP/metadata', rsaOaep());
const v3File = inInstructionFile(sealV3('V3/kms+context/instruction file/metadata', kms(context)));
const v2 = sealV2('V2/kms+context/metadata', kms(context));
const v2Aes = sealV2('V2/AES-GCM/metadata', aesGcm({ key: 'of the vectors' }));
const v2Rsa = sealV2('V2/RSA-OAEP/metadata', rsaOaep());
const v2Mail = sealV2('V2/kms/metadata', kmsLegacy({ kms_cmk_id: 'alias/vectors' }));
const v2Cbc = sealV2Cbc('V2/kms, AES-CBC/metadata', kmsLegacy({ kms_cmk_id: 'alias/vectors' }));
const v1 = sealV1('V1/AES/metadata', aesEcb());
const v1Rsa = sealV1('V1/RSA/metadata', rsaPkcs1());

/** Objects whose metadata was changed, entry by entry. */
export function refuseEntries(): Draft[] {
  return [
    ...flips(v3, { ...v3Flips, 'x-amz-t': 'context-mismatch' }),
    ...flips(v3Aes, v3Flips),
    ...flips(v3Rsa, v3Flips),
    ...flips(v2, { ...v2Flips, 'x-amz-matdesc': 'context-mismatch' }),
    ...flips(v2Aes, v2Flips),
    ...flips(v2Rsa, v2Flips),
    ...flips(v2Mail, { ...v2Flips, 'x-amz-matdesc': 'data-key-refused' }),
    ...flips(v1, { 'x-amz-key': 'data-key-refused' }),
    ...flips(v1Rsa, { 'x-amz-key': 'content-not-authentic' }),
    ...flipsInFile(),
    ...[v3, v3Aes, v2, v2Aes, v2Mail, v2Cbc, v1].flatMap(missing),
    ...missingInFile(),
    ...lengths(),
    ...[v3, v2, v1].flatMap(malformedBase64),
    ...malformedJson(),
    refuses(v3, 'an entry twice, in two cases', 'malformed-envelope', {
      set: { 'X-Amz-D': v3.metadata['x-amz-d'] },
      strict: true,
    }),
  ];
}

function flips(sealed: Sealed, each: Flips): Draft[] {
  return Object.entries(each).map(([name, reason]) =>
    refuses(sealed, `${name} with a bit flipped`, reason, {
      set: { [name]: flippedValue(name, sealed.metadata[name] ?? '') },
      strict: name === 'x-amz-tag-len',
    }),
  );
}

function flippedValue(name: string, value: string): string {
  if (base64Names.includes(name)) {
    const bytes = Buffer.from(value, 'base64');
    return base64(flipped(bytes, bytes.length - 1));
  }
  // The last character of a value: in JSON the one before the closing quotes of the first pair.
  const at = value.startsWith('{') ? value.indexOf('"', value.indexOf(':') + 2) - 1 : value.length - 1;
  return flipped(Buffer.from(value, 'latin1'), at).toString('latin1');
}

const base64Names = ['x-amz-3', 'x-amz-d', 'x-amz-i', 'x-amz-key-v2', 'x-amz-key', 'x-amz-iv'];

function flipsInFile(): Draft[] {
  const each: Flips = {
    'x-amz-3': 'data-key-refused',
    'x-amz-w': 'unknown-algorithm',
    'x-amz-t': 'context-mismatch',
  };
  return Object.entries(each).map(([name, reason]) =>
    refuses(v3File, `${name} with a bit flipped`, reason, {
      instructionFile: editedFile((entries) => ({ [name]: flippedValue(name, entries[name] ?? '') })),
    }),
  );
}

function editedFile(change: (entries: Pairs) => Changes): string {
  const entries = JSON.parse(v3File.instructionFile?.body ?? '{}') as Pairs;
  return JSON.stringify(edited(entries, change(entries)));
}

function missing(sealed: Sealed): Draft[] {
  return Object.keys(sealed.metadata)
    .filter((name) => name !== 'x-amz-m')
    .map((name) => {
      const reason =
        sealed.metadata['x-amz-key'] !== undefined && name === 'x-amz-key'
          ? 'not-sealed'
          : 'malformed-envelope';
      return refuses(sealed, `without ${name}`, reason, {
        set: { [name]: undefined },
        strict: name === 'x-amz-tag-len',
      });
    });
}

function missingInFile(): Draft[] {
  return ['x-amz-3', 'x-amz-w', 'x-amz-t'].map((name) =>
    refuses(v3File, `without ${name} in the file`, 'malformed-envelope', {
      instructionFile: editedFile(() => ({ [name]: undefined })),
    }),
  );
}

function lengths(): Draft[] {
  const each: readonly (readonly [sealed: Sealed, name: string, lengths: readonly number[]])[] = [
    [v3, 'x-amz-d', [1, 27, 29, 32]],
    [v3, 'x-amz-i', [1, 12, 27, 29]],
    [v2, 'x-amz-iv', [11, 13, 16]],
    [v2Cbc, 'x-amz-iv', [12, 15, 17]],
    [v1, 'x-amz-iv', [12]],
  ];
  return each.flatMap(([sealed, name, lengthsOfName]) =>
    lengthsOfName.map((lengthBytes) => {
      const whole = Buffer.from(sealed.metadata[name] ?? '', 'base64');
      const value = Buffer.concat([whole, bytesOf('more', 32)]).subarray(0, lengthBytes);
      return refuses(sealed, `${name} of ${lengthBytes} bytes`, 'malformed-envelope', {
        set: { [name]: base64(value) },
      });
    }),
  );
}

/** Base64 that is none, or that not every decoder reads alike. */
function malformedBase64(sealed: Sealed): Draft[] {
  return Object.entries(sealed.metadata)
    .filter(([name]) => base64Names.includes(name))
    .flatMap(([name, value]) => {
      const forms: readonly (readonly [what: string, value: string, strict: boolean])[] = [
        ['empty', '', false],
        ['not base64', '?'.repeat(40), false],
        ['in hexadecimal', Buffer.from(value, 'base64').toString('hex').slice(1), false],
        ['with a space in it', `${value.slice(0, 4)} ${value.slice(4)}`, true],
        ['with a line break after it', `${value}\n`, true],
      ];
      const odd: typeof forms = value.endsWith('=')
        ? [
            ['with more after its padding', `${value}AAAA`, true],
            ['without its padding', value.replace(/=+$/, ''), true],
            ['with bits set in its padding', withPaddingBits(value), true],
          ]
        : [];
      return [...forms, ...odd].map(([what, malformed, strict]) =>
        refuses(sealed, `${name} ${what}`, 'malformed-envelope', { set: { [name]: malformed }, strict }),
      );
    });
}

function withPaddingBits(value: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  const at = value.indexOf('=') - 1;
  const next = alphabet.charAt(alphabet.indexOf(value.charAt(at)) + 1);
  return `${value.slice(0, at)}${next}${value.slice(at + 1)}`;
}

/** JSON that is none, or no object of strings. */
const malformedMaps: readonly (readonly [what: string, text: string])[] = [
  ['empty', ''],
  ['not JSON', 'team=blue'],
  ['cut', '{"team":"blue","aws:x-amz-cek-alg":"1'],
  ['with more after it', '{"team":"blue","aws:x-amz-cek-alg":"115"}{}'],
  ['with a comma too many', '{"team":"blue","aws:x-amz-cek-alg":"115",}'],
  ['in single quotes', "{'team':'blue','aws:x-amz-cek-alg':'115'}"],
  ['a list', '["team","blue"]'],
  ['a string', '"team"'],
  ['null', 'null'],
  ['with a number', '{"team":"blue","aws:x-amz-cek-alg":115}'],
  ['with null', '{"team":null,"aws:x-amz-cek-alg":"115"}'],
  ['with a list', '{"team":["blue"],"aws:x-amz-cek-alg":"115"}'],
];

function malformedJson(): Draft[] {
  const objects: readonly (readonly [sealed: Sealed, name: string])[] = [
    [v3, 'x-amz-t'],
    [v3Aes, 'x-amz-m'],
    [v2, 'x-amz-matdesc'],
  ];
  return [
    ...objects.flatMap(([sealed, name]) =>
      malformedMaps.map(([what, text]) =>
        refuses(sealed, `${name} ${what}`, 'malformed-envelope', { set: { [name]: text } }),
      ),
    ),
    ...malformedMaps.map(([what, text]) =>
      refuses(v3File, `an instruction file ${what}`, 'malformed-envelope', { instructionFile: text }),
    ),
    ...malformedMaps.map(([what, text]) =>
      refuses(
        inInstructionFile(sealV2('V2/kms+context/instruction file/metadata', kms(context))),
        `an instruction file ${what}`,
        'malformed-envelope',
        { instructionFile: text },
      ),
    ),
  ];
}
