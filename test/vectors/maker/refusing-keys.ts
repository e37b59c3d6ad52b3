import { rsaKeys } from './keys.ts';
import {
  base64,
  inInstructionFile,
  refuses,
  sealV1,
  sealV2,
  sealV2Cbc,
  sealV3,
  type Draft,
  type Fault,
  type Sealed,
} from './objects.ts';
import { bytesOf } from './randomness.ts';
import type { Reader, Reason } from './schema.ts';
import {
  aesEcb,
  aesGcm,
  aesKeyWrap,
  framed,
  kms,
  kmsLegacy,
  rsaOaep,
  rsaPkcs1,
  type RsaFault,
} from './wrappings.ts';

const v3 = sealV3('V3/kms+context/key', kms({ team: 'blue' }));
const v3Aes = sealV3('V3/AES-GCM/key', aesGcm());
const v3Rsa = sealV3('V3/RSA-OAEP/key', rsaOaep());
const v2 = sealV2('V2/kms+context/key', kms({ team: 'blue' }));
const v2File = inInstructionFile(sealV2('V2/kms+context/instruction file/key', kms({ team: 'blue' })));
const v2Mail = sealV2('V2/kms/key', kmsLegacy({ kms_cmk_id: 'alias/vectors' }));
const v2Cbc = sealV2Cbc('V2/kms, AES-CBC/key', kmsLegacy({ kms_cmk_id: 'alias/vectors' }));
const v2BoundCbc = sealV2Cbc('V2/kms+context, AES-CBC/key', kms({ team: 'blue' }));
const v2Aes = sealV2('V2/AES-GCM/key', aesGcm());
const v2Wrapped = sealV2('V2/AES key wrap/key', aesKeyWrap());
const v1 = sealV1('V1/AES/key', aesEcb());
const v1Rsa = sealV1('V1/RSA/key', rsaPkcs1());

/** Objects whose data key is not to be had, is none, or is not to be opened so. */
export function refuseKeys(): Draft[] {
  return [...wrappingKeys(), ...wrapped(), ...lengths(), ...policies()];
}

/** Another wrapping key, and encrypted data keys that are none. */
function wrappingKeys(): Draft[] {
  const another = (sealed: Sealed, wrappingKey: 'other-aes' | 'other-rsa', reason: Reason) =>
    refuses(sealed, 'another wrapping key', reason, { reader: { wrappingKey } });
  const instead = (sealed: Sealed, name: string, reason: Reason, lengthBytes: number) =>
    refuses(sealed, `encrypted data key of ${lengthBytes} other bytes`, reason, {
      set: { [name]: base64(bytesOf('no encrypted data key', lengthBytes)) },
    });
  return [
    another(v3Aes, 'other-aes', 'data-key-refused'),
    another(v3Rsa, 'other-rsa', 'data-key-refused'),
    another(v2Aes, 'other-aes', 'data-key-refused'),
    another(v2Wrapped, 'other-aes', 'data-key-refused'),
    another(v1, 'other-aes', 'data-key-refused'),
    another(v1Rsa, 'other-rsa', 'content-not-authentic'),
    ...[1, 72].map((lengthBytes) => instead(v3, 'x-amz-3', 'data-key-refused', lengthBytes)),
    ...[1, 12, 27, 28, 60].map((lengthBytes) => instead(v3Aes, 'x-amz-3', 'data-key-refused', lengthBytes)),
    ...[1, 255, 257].map((lengthBytes) => instead(v3Rsa, 'x-amz-3', 'data-key-refused', lengthBytes)),
    ...[8, 39, 40].map((lengthBytes) => instead(v2Wrapped, 'x-amz-key-v2', 'data-key-refused', lengthBytes)),
    ...[15, 48].map((lengthBytes) => instead(v1, 'x-amz-key', 'data-key-refused', lengthBytes)),
  ];
}

/** Data keys that were wrapped in another way than they should. */
function wrapped(): Draft[] {
  const aes = (what: string, aad: string) =>
    never(sealV3(`V3/AES-GCM/wrapped with ${what}`, aesGcm(undefined, { aad })), 'data-key-refused');
  const rsa = (what: string, fault: RsaFault, strict = false) =>
    never(sealV3(`V3/RSA-OAEP/wrapped with ${what}`, rsaOaep(undefined, fault)), 'data-key-refused', {
      strict,
    });
  return [
    aes('the algorithm of V2 as AAD', 'AES/GCM/NoPadding'),
    aes('another algorithm as AAD', '114'),
    aes('no AAD', ''),
    rsa('the algorithm of V2 in the frame', { frame: (key) => framed(key, 'AES/GCM/NoPadding') }),
    rsa('another algorithm in the frame', { frame: (key) => framed(key, '114') }),
    rsa('no algorithm in the frame', { frame: (key) => framed(key, '') }),
    rsa('no frame', { frame: (key) => key }),
    rsa('a length of 31 in the frame', {
      frame: (key, algorithm) => Buffer.concat([Buffer.of(31), framed(key, algorithm).subarray(1)]),
    }),
    rsa(
      'a byte more after the frame',
      { frame: (key, algorithm) => Buffer.concat([framed(key, algorithm), Buffer.of(0)]) },
      true,
    ),
    rsa('OAEP with SHA-256', { hash: 'sha256' }),
    rsa('an OAEP label', { label: 'vectors' }),
    never(
      sealV1('V1/RSA/wrapped by another key', rsaPkcs1(undefined, rsaKeys['other-rsa'])),
      'content-not-authentic',
    ),
  ];
}

/** Data keys of a length that no suite takes: the objects are sealed with them, and would open. */
function lengths(): Draft[] {
  const dataKeyBytes = 16;
  const ofSixteen = 'data key of 16 bytes';
  const comment =
    'a reader that tells this from a padding that is none hands out what Bleichenbacher’s attack needs';
  return [
    ...[0, 16, 24, 31, 33, 64].map((lengthBytes) =>
      never(
        sealV3(`V3/kms+context/data key of ${lengthBytes} bytes`, kms(), { dataKeyBytes: lengthBytes }),
        'data-key-length',
      ),
    ),
    never(sealV2(`V2/kms+context/${ofSixteen}`, kms(), { dataKeyBytes }), 'data-key-length'),
    never(sealV3(`V3/AES-GCM/${ofSixteen}`, aesGcm(), { dataKeyBytes }), 'data-key-length'),
    never(sealV2(`V2/AES key wrap/${ofSixteen}`, aesKeyWrap(), { dataKeyBytes }), 'data-key-length'),
    never(sealV3(`V3/RSA-OAEP/${ofSixteen}`, rsaOaep(), { dataKeyBytes }), 'data-key-refused'),
    never(sealV1(`V1/RSA/${ofSixteen}`, rsaPkcs1(), { dataKeyBytes }), 'content-not-authentic', {
      comment,
      strict: true,
    }),
  ];
}

/** What a reader does not accept unless it was asked to. */
function policies(): Draft[] {
  const commits = (sealed: Sealed) =>
    refuses(sealed, 'commitment required', 'commitment-required', { reader: strictest });
  const wraps = (sealed: Sealed) =>
    refuses(sealed, 'legacy wrapping not accepted', 'legacy-wrapping-disabled', {
      reader: { legacyWrapping: false },
    });
  const contents = (sealed: Sealed) =>
    refuses(sealed, 'legacy content not accepted', 'legacy-content-disabled', {
      reader: { legacyContent: false },
    });
  return [
    ...[v2, v2File, v2Aes, v2Mail, v2Wrapped, v2Cbc, v2BoundCbc, v1].map(commits),
    ...[v2Mail, v2Cbc, v2Wrapped, v1, v1Rsa].map(wraps),
    ...[v2Cbc, v2BoundCbc, v1, v1Rsa].map(contents),
  ];
}

const strictest: Partial<Reader> = { commitmentPolicy: 'REQUIRE_ENCRYPT_REQUIRE_DECRYPT' };

/** An object that is refused as it was made. */
function never(sealed: Sealed, reason: Reason, fault: Fault = {}): Draft {
  return refuses({ ...sealed, neverOpens: true }, 'as it is', reason, fault);
}
