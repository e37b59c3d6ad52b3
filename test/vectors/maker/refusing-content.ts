import { refuses, sealV1, sealV2, sealV2Cbc, sealV3, type Sealed, type Draft } from './objects.ts';
import { bytesOf } from './randomness.ts';
import { aesEcb, aesGcm, aesKeyWrap, kms, kmsLegacy, rsaOaep } from './wrappings.ts';

type Damage = readonly [what: string, body: (sealed: Buffer, another: Buffer) => Buffer];

const tagBytes = 16;

/** What is done to the body of an object whose content is authenticated. */
const damages: readonly Damage[] = [
  ['first bit of the body flipped', (sealed) => flipped(sealed, 0, 0x80)],
  ['last bit of the ciphertext flipped', (sealed) => flipped(sealed, sealed.length - tagBytes - 1)],
  ['first bit of the tag flipped', (sealed) => flipped(sealed, sealed.length - tagBytes, 0x80)],
  ['last bit of the tag flipped', (sealed) => flipped(sealed, sealed.length - 1)],
  ['last byte cut', (sealed) => sealed.subarray(0, -1)],
  ['body of another object', (_, another) => another],
];

/** The same, for two wrappings only. */
const furtherDamages: readonly Damage[] = [
  ['first byte cut', (sealed) => sealed.subarray(1)],
  ['tag cut', (sealed) => sealed.subarray(0, -tagBytes)],
  ['last block cut', (sealed) => Buffer.concat([sealed.subarray(0, 16), sealed.subarray(-tagBytes)])],
  ['cut to the tag', (sealed) => sealed.subarray(-tagBytes)],
  ['cut to the first 16 bytes', (sealed) => sealed.subarray(0, tagBytes)],
  ['cut to 15 bytes', (sealed) => sealed.subarray(0, tagBytes - 1)],
  ['cut to one byte', (sealed) => sealed.subarray(0, 1)],
  ['cut to nothing', (sealed) => sealed.subarray(0, 0)],
  ['a byte more at the end', (sealed) => Buffer.concat([sealed, Buffer.of(0)])],
  ['a byte more at the start', (sealed) => Buffer.concat([Buffer.of(0), sealed])],
  [
    'a byte more before the tag',
    (sealed) => Buffer.concat([sealed.subarray(0, -tagBytes), Buffer.of(0), sealed.subarray(-tagBytes)]),
  ],
  ['twice in a row', (sealed) => Buffer.concat([sealed, sealed])],
  [
    'two blocks exchanged',
    (sealed) => Buffer.concat([sealed.subarray(16, 32), sealed.subarray(0, 16), sealed.subarray(32)]),
  ],
  [
    'tag of nothing but zeros',
    (sealed) => Buffer.concat([sealed.subarray(0, -tagBytes), Buffer.alloc(tagBytes)]),
  ],
  ['the plaintext in place of the ciphertext', (sealed) => bytesOf('a plaintext', sealed.length)],
];

/** Objects whose content was changed. */
export function refuseContent(): Draft[] {
  const kmsContext = kms({ team: 'blue' });
  return [
    ...damaged(sealV3('V3/kms+context/body', kmsContext), another('V3'), [...damages, ...furtherDamages]),
    ...damaged(sealV2('V2/kms+context/body', kmsContext), another('V2'), [...damages, ...furtherDamages]),
    ...damaged(sealV3('V3/AES-GCM/body', aesGcm()), another('V3'), damages),
    ...damaged(sealV3('V3/RSA-OAEP/body', rsaOaep()), another('V3'), damages.slice(0, 5)),
    ...damaged(sealV2('V2/AES-GCM/body', aesGcm()), another('V2'), damages),
    ...damaged(sealV2('V2/kms/body', kmsLegacy({ kms_cmk_id: 'alias/vectors' })), another('V2'), damages),
    ...damaged(sealV2('V2/AES key wrap/body', aesKeyWrap()), another('V2'), damages.slice(0, 5)),
    ...ofNothing(),
    ...ofCbc(),
  ];
}

/** The objects of no content: all that is there is the tag. */
function ofNothing(): Draft[] {
  const objects = [
    sealV3('V3/kms+context/body of an empty object', kms(), { lengthBytes: 0 }),
    sealV2('V2/kms+context/body of an empty object', kms(), { lengthBytes: 0 }),
  ];
  return objects.flatMap((sealed) =>
    damaged(sealed, sealed.body, [
      ['last bit of the tag flipped', (body) => flipped(body, body.length - 1)],
      ['last byte cut', (body) => body.subarray(0, -1)],
      ['cut to nothing', (body) => body.subarray(0, 0)],
    ]),
  );
}

/** AES-CBC authenticates nothing: all that can be told is a length, or a padding, that is none. */
function ofCbc(): Draft[] {
  const objects = [
    sealV2Cbc('V2/kms, AES-CBC/body', kmsLegacy({ kms_cmk_id: 'alias/vectors' })),
    sealV1('V1/AES/body', aesEcb()),
  ];
  return objects.flatMap((sealed) =>
    damaged(sealed, sealed.body, [
      ['last byte cut', (body) => body.subarray(0, -1)],
      ['cut to nothing', (body) => body.subarray(0, 0)],
      ['a byte more at the end', (body) => Buffer.concat([body, Buffer.of(0)])],
      ['a padding that is none', (body) => flipped(body, body.length - tagBytes - 1, 0x40)],
    ]),
  );
}

function damaged(sealed: Sealed, other: Buffer, each: readonly Damage[]): Draft[] {
  return each.map(([what, body]) =>
    refuses(sealed, what, 'content-not-authentic', { body: body(sealed.body, other) }),
  );
}

function another(version: 'V3' | 'V2'): Buffer {
  return (version === 'V3' ? sealV3 : sealV2)(`${version}/another object`, kms({ team: 'blue' })).body;
}

/** The bytes with one bit flipped. */
export function flipped(bytes: Buffer, at: number, bit = 0x01): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt8(copy.readUInt8(at) ^ bit, at);
  return copy;
}
