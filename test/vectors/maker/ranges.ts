import {
  inInstructionFile,
  opensRange,
  refuses,
  sealV1,
  sealV2,
  sealV2Cbc,
  sealV3,
  type Sealed,
  type Draft,
} from './objects.ts';
import { longV3 } from './opening-v3.ts';
import { aesEcb, aesGcm, kms, kmsLegacy, rsaOaep } from './wrappings.ts';

/** Ranges of a plaintext of 100 bytes: six blocks and four bytes. */
const rangesOf100: readonly (readonly [range: string, from: number, to: number])[] = [
  ['bytes=0-0', 0, 1],
  ['bytes=0-15', 0, 16],
  ['bytes=1-16', 1, 17],
  ['bytes=15-16', 15, 17],
  ['bytes=16-31', 16, 32],
  ['bytes=17-46', 17, 47],
  ['bytes=0-99', 0, 100],
  ['bytes=99-99', 99, 100],
  ['bytes=95-99', 95, 100],
  ['bytes=0-', 0, 100],
  ['bytes=96-', 96, 100],
  ['bytes=-1', 99, 100],
  ['bytes=-4', 96, 100],
  ['bytes=-5', 95, 100],
  ['bytes=-17', 83, 100],
  ['bytes=-100', 0, 100],
  ['bytes=-101', 0, 100],
  ['bytes=-100000', 0, 100],
  ['bytes=90-100', 90, 100],
  ['bytes=90-115', 90, 100],
  ['bytes=99-116', 99, 100],
  ['bytes=99-100000', 99, 100],
];

/** Ranges that hold no byte of a plaintext of 100 bytes; the tag and the end are at 100 and 116. */
const emptyRanges = [
  'bytes=100-',
  'bytes=100-115',
  'bytes=115-',
  'bytes=116-',
  'bytes=100000-100001',
  'bytes=-0',
];

/** Ranges that are none of bytes, or more than one. */
const oddRanges = [
  'bytes=9-5',
  'bytes=0-1,3-4',
  'bytes=-',
  'bytes=',
  'bytes=a-b',
  'bytes=--1',
  'lines=0-1',
  '0-1',
];

const wraps = [
  ['V3/kms+context', kms({ team: 'blue' }), sealV3],
  ['V2/kms+context', kms({ team: 'blue' }), sealV2],
] as const;

/** Ranges, those that open and those that are refused. */
export function ranges(): Draft[] {
  return [...openRanges(), ...refuseRanges()];
}

function openRanges(): Draft[] {
  const several = [
    sealV3('V3/AES-GCM/range', aesGcm(), { lengthBytes: 100 }),
    sealV3('V3/RSA-OAEP/range', rsaOaep(), { lengthBytes: 100 }),
    inInstructionFile(sealV3('V3/kms+context/instruction file/range', kms(), { lengthBytes: 100 })),
    sealV2('V2/kms/range', kmsLegacy({ kms_cmk_id: 'alias/vectors' }), { lengthBytes: 100 }),
    sealV2('V2/AES-GCM/range', aesGcm(), { lengthBytes: 100 }),
    inInstructionFile(sealV2('V2/kms+context/instruction file/range', kms(), { lengthBytes: 100 })),
  ];
  return [
    ...wraps.flatMap(([name, wrap, seal]) => {
      const sealed = seal(`${name}/range`, wrap, { lengthBytes: 100 });
      const whole = seal(`${name}/range of whole blocks`, wrap, { lengthBytes: 32 });
      return [
        ...rangesOf100.map(([range, from, to]) => opensRange(sealed, range, from, to)),
        opensRange(whole, 'bytes=16-', 16, 32),
        opensRange(whole, 'bytes=-16', 16, 32),
        opensRange(whole, 'bytes=31-47', 31, 32),
      ];
    }),
    opensRange(longV3, 'bytes=4081-4098', 4081, 4099),
    ...several.map((sealed) => opensRange(sealed, 'bytes=17-46', 17, 47)),
    ...cbcObjects().flatMap((sealed) =>
      rangesOf100.map(([range, from, to]) => opensRange(sealed, range, from, to)),
    ),
  ];
}

/** Of CBC, whose padding reaches to 112. */
function cbcObjects(): Sealed[] {
  return [
    sealV2Cbc('V2/kms, AES-CBC/range', kmsLegacy({ kms_cmk_id: 'alias/vectors' }), { lengthBytes: 100 }),
    sealV1('V1/AES/range', aesEcb(), { lengthBytes: 100 }),
  ];
}

function refuseRanges(): Draft[] {
  return [
    ...wraps.flatMap(([name, wrap, seal]) => {
      const sealed = seal(`${name}/range`, wrap, { lengthBytes: 100 });
      const empty = seal(`${name}/range of nothing`, wrap, { lengthBytes: 0 });
      const asked = (object: Sealed, range: string, strict: boolean) =>
        refuses(object, range, 'range-invalid', { reader: { range }, strict });
      return [
        ...emptyRanges.map((range) => asked(sealed, range, false)),
        ...oddRanges.map((range) => asked(sealed, range, true)),
        ...['bytes=0-0', 'bytes=0-', 'bytes=-1'].map((range) => asked(empty, range, false)),
        refuses(sealed, 'another context expected', 'context-mismatch', {
          reader: { range: 'bytes=17-46', encryptionContext: { team: 'green' } },
        }),
        refuses(sealed, 'an object shorter than its tag', 'content-not-authentic', {
          reader: { range: 'bytes=0-0' },
          body: sealed.body.subarray(0, 15),
        }),
      ];
    }),
    ...cbcObjects().flatMap((sealed) =>
      ['bytes=100-', 'bytes=111-', 'bytes=112-', 'bytes=-0'].map((range) =>
        refuses(sealed, range, 'range-invalid', { reader: { range } }),
      ),
    ),
    refuses(
      sealV3('V3/kms+context/range', kms({ team: 'blue' }), { lengthBytes: 100 }),
      'commitment of another object',
      'commitment-mismatch',
      {
        reader: { range: 'bytes=17-46' },
        set: { 'x-amz-d': sealV3('V3/kms+context/another range', kms()).metadata['x-amz-d'] },
      },
    ),
  ];
}
