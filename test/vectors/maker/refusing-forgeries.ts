import { edited, refuses, sealV1, sealV2, sealV2Cbc, sealV3, type Sealed, type Draft } from './objects.ts';
import { bytesOf } from './randomness.ts';
import type { Pairs, Reason } from './schema.ts';
import { aesEcb, aesGcm, aesKeyWrap, kms, kmsLegacy, rsaOaep } from './wrappings.ts';

const context = { team: 'blue' };
const allLegacy = {
  commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT',
  legacyWrapping: true,
  legacyContent: true,
} as const;
const v3 = sealV3('V3/kms+context/forged', kms(context));
const v3Aes = sealV3('V3/AES-GCM/forged', aesGcm());
const v3Rsa = sealV3('V3/RSA-OAEP/forged', rsaOaep());
const v2 = sealV2('V2/kms+context/forged', kms(context));
const v2Aes = sealV2('V2/AES-GCM/forged', aesGcm());
const v2Rsa = sealV2('V2/RSA-OAEP/forged', rsaOaep());
const v2Wrapped = sealV2('V2/AES key wrap/forged', aesKeyWrap(), { lengthBytes: 32 });
const v2Mail = sealV2('V2/kms/forged', kmsLegacy({ kms_cmk_id: 'alias/vectors' }));
const v2Cbc = sealV2Cbc('V2/kms, AES-CBC/forged', kmsLegacy({ kms_cmk_id: 'alias/vectors' }));
const v1 = sealV1('V1/AES/forged', aesEcb());

/** Objects whose metadata says another version, another wrapping, another algorithm. */
export function refuseForgeries(): Draft[] {
  return [...mixedVersions(), ...unknownAlgorithms(), ...downgrades(), ...relabelled()];
}

/** Entries of one version among those of another. */
function mixedVersions(): Draft[] {
  const added = (sealed: Sealed, from: Sealed, names: readonly string[]) =>
    names.map((name) => mixed(sealed, `${name} of ${versionOf(from)} added`, pick(from, [name])));
  const ofV2 = [
    'x-amz-key-v2',
    'x-amz-wrap-alg',
    'x-amz-cek-alg',
    'x-amz-iv',
    'x-amz-matdesc',
    'x-amz-tag-len',
  ];
  const ofV3 = ['x-amz-c', 'x-amz-3', 'x-amz-w', 'x-amz-d', 'x-amz-i', 'x-amz-t'];
  return [
    ...added(v3, v2, ofV2),
    ...added(v3, v1, ['x-amz-key']),
    mixed(v3, 'a noted length added', { 'x-amz-unencrypted-content-length': '33' }),
    mixed(v3, 'a whole envelope of V2 added', v2.metadata),
    mixed(v3, 'a whole envelope of V1 added', v1.metadata),
    ...added(v2, v3, ofV3),
    ...added(v2, v1, ['x-amz-key']),
    mixed(v2, 'the algorithms of V3 added', pick(v3, ['x-amz-c', 'x-amz-w'])),
    mixed(v2, 'a whole envelope of V3 added', v3.metadata),
    ...added(v1, v3, ['x-amz-3', 'x-amz-c']),
    ...added(v1, v2, ['x-amz-key-v2', 'x-amz-wrap-alg', 'x-amz-cek-alg', 'x-amz-tag-len']),
    mixed(v2Mail, 'the algorithms of V3 added', pick(v3, ['x-amz-c', 'x-amz-w'])),
    mixed(v2Cbc, 'a tag length added', { 'x-amz-tag-len': '128' }),
    mixed(v3Aes, 'an encryption context added', pick(v3, ['x-amz-t'])),
    mixed(v3, 'a material description added', { 'x-amz-m': '{}' }),
  ];
}

function mixed(sealed: Sealed, what: string, set: Pairs): Draft {
  return refuses(sealed, what, 'malformed-envelope', { set, reader: allLegacy, strict: true });
}

function unknownAlgorithms(): Draft[] {
  const each: readonly (readonly [
    sealed: Sealed,
    name: string,
    values: readonly string[],
    reason?: Reason,
  ])[] = [
    [
      v3,
      'x-amz-c',
      ['', '0', '0115', '112', '114', '116', '0x0073', 'AES/GCM/NoPadding', 'AES/CBC/PKCS5Padding'],
      'malformed-envelope',
    ],
    [v3, 'x-amz-w', ['', '0', '00', '1', '11', '012', '32', 'kms', 'kms+context', 'AES/GCM', 'toString']],
    [
      v2,
      'x-amz-cek-alg',
      ['', '115', 'AES/CTR/NoPadding', 'AES/GCM/PKCS5Padding', 'aes/gcm/nopadding', 'AES'],
    ],
    [v2, 'x-amz-wrap-alg', ['', '12', 'KMS+CONTEXT', 'kms+', 'AES/CBC', 'toString']],
  ];
  return [
    ...each.flatMap(([sealed, name, values, reason = 'unknown-algorithm']) =>
      values.map((value) =>
        refuses(sealed, `${name}: "${value}"`, reason, {
          set: { [name]: value },
          reader: allLegacy,
        }),
      ),
    ),
    ...['', '0', '32', '96', '120', '0128', '128 ', '16'].map((value) =>
      refuses(v2, `x-amz-tag-len: "${value}"`, 'malformed-envelope', {
        set: { 'x-amz-tag-len': value },
        strict: true,
      }),
    ),
    ...['', '-1', '1e3', '33 bytes'].map((value) =>
      refuses(v2, `x-amz-unencrypted-content-length: "${value}"`, 'malformed-envelope', {
        set: { 'x-amz-unencrypted-content-length': value },
        strict: true,
      }),
    ),
  ];
}

/** A wrapping that binds to the context said to be the one that did not, and V3 said to be V2. */
function downgrades(): Draft[] {
  const { 'x-amz-3': key = '', 'x-amz-t': stored = '', 'x-amz-i': messageId = '' } = v3.metadata;
  const asV2 = (wrapping: string, matdesc: string): Record<string, string | undefined> => ({
    ...gone(v3),
    'x-amz-key-v2': key,
    'x-amz-wrap-alg': wrapping,
    'x-amz-cek-alg': 'AES/GCM/NoPadding',
    'x-amz-iv': Buffer.from(messageId, 'base64').subarray(0, 12).toString('base64'),
    'x-amz-matdesc': matdesc,
    'x-amz-tag-len': '128',
  });
  const withoutPair = JSON.stringify(context);
  const pairOfV2 = JSON.stringify({ ...context, 'aws:x-amz-cek-alg': 'AES/GCM/NoPadding' });
  const legacy = { reader: allLegacy };
  return [
    refuses(v2, 'wrapping said to be "kms"', 'malformed-envelope', {
      set: { 'x-amz-wrap-alg': 'kms' },
      ...legacy,
    }),
    refuses(v2, 'wrapping said to be "kms", the algorithm’s pair taken away', 'data-key-refused', {
      set: { 'x-amz-wrap-alg': 'kms', 'x-amz-matdesc': withoutPair },
      ...legacy,
    }),
    refuses(v2, 'wrapping said to be "kms", another context expected', 'context-mismatch', {
      set: { 'x-amz-wrap-alg': 'kms', 'x-amz-matdesc': withoutPair },
      reader: { ...allLegacy, encryptionContext: { team: 'green' } },
    }),
    refuses(v2Mail, 'wrapping said to be "kms+context"', 'malformed-envelope', {
      set: { 'x-amz-wrap-alg': 'kms+context' },
      strict: true,
      ...legacy,
    }),
    refuses(v3, 'said to be V2, with its own context', 'malformed-envelope', {
      set: asV2('kms+context', stored),
      ...legacy,
    }),
    refuses(v3, 'said to be V2, with a context of V2', 'data-key-refused', {
      set: asV2('kms+context', pairOfV2),
      ...legacy,
    }),
    refuses(v3, 'said to be V2 and "kms", with its own context', 'malformed-envelope', {
      set: asV2('kms', stored),
      ...legacy,
    }),
    refuses(v3, 'said to be V2 and "kms", the algorithm’s pair taken away', 'data-key-refused', {
      set: asV2('kms', withoutPair),
      ...legacy,
    }),
    refuses(v3Aes, 'said to be V2', 'data-key-refused', rawAsV2(v3Aes, 'AES/GCM')),
    refuses(v3Rsa, 'said to be V2', 'data-key-refused', rawAsV2(v3Rsa, 'RSA-OAEP-SHA1')),
    refuses(v2Aes, 'said to be V3', 'data-key-refused', rawAsV3(v2Aes, '02')),
    refuses(v2Rsa, 'said to be V3', 'data-key-refused', rawAsV3(v2Rsa, '22')),
    refuses(v3, 'wrapping said to be that of a raw key', 'wrapping-unsupported', {
      set: { 'x-amz-w': '02', 'x-amz-t': undefined, 'x-amz-m': '{}' },
      reader: { encryptionContext: {} },
    }),
    refuses(v3Aes, 'wrapping said to be RSA', 'wrapping-unsupported', { set: { 'x-amz-w': '22' } }),
    refuses(v3Rsa, 'wrapping said to be AES', 'wrapping-unsupported', { set: { 'x-amz-w': '02' } }),
    refuses(v3Aes, 'wrapping said to be KMS', 'wrapping-unsupported', {
      set: { 'x-amz-w': '12', 'x-amz-t': '{"aws:x-amz-cek-alg":"115"}' },
    }),
    refuses(v3, 'read with a raw key', 'wrapping-unsupported', { reader: { wrappingKey: 'aes' } }),
    refuses(v3Aes, 'read with the key service', 'wrapping-unsupported', { reader: { wrappingKey: 'kms' } }),
  ];
}

function rawAsV2(sealed: Sealed, wrapping: string) {
  const { 'x-amz-3': key = '', 'x-amz-i': messageId = '' } = sealed.metadata;
  return {
    set: {
      ...gone(sealed),
      'x-amz-key-v2': key,
      'x-amz-wrap-alg': wrapping,
      'x-amz-cek-alg': 'AES/GCM/NoPadding',
      'x-amz-iv': Buffer.from(messageId, 'base64').subarray(0, 12).toString('base64'),
      'x-amz-matdesc': '{}',
      'x-amz-tag-len': '128',
    },
    reader: allLegacy,
  };
}

function rawAsV3(sealed: Sealed, wrapping: string) {
  return {
    set: {
      ...gone(sealed),
      'x-amz-c': '115',
      'x-amz-3': sealed.metadata['x-amz-key-v2'],
      'x-amz-w': wrapping,
      'x-amz-d': bytesOf('no commitment', 28).toString('base64'),
      'x-amz-i': bytesOf('no message id', 28).toString('base64'),
    },
  };
}

/** Content under AES-GCM said to be under another mode, which authenticates nothing. */
function relabelled(): Draft[] {
  const iv = bytesOf('iv of 16 bytes', 16).toString('base64');
  const toCbc = { 'x-amz-cek-alg': 'AES/CBC/PKCS5Padding', 'x-amz-tag-len': undefined, 'x-amz-iv': iv };
  const pairOfCbc = JSON.stringify({ ...context, 'aws:x-amz-cek-alg': 'AES/CBC/PKCS5Padding' });
  const legacy = { reader: allLegacy };
  return [
    refuses(v2, 'content said to be AES-CBC', 'malformed-envelope', { set: toCbc, ...legacy }),
    refuses(v2, 'content said to be AES-CBC, in the context too', 'data-key-refused', {
      set: { ...toCbc, 'x-amz-matdesc': pairOfCbc },
      ...legacy,
    }),
    refuses(v2, 'content said to be AES-CBC, its IV and tag length left', 'malformed-envelope', {
      set: { 'x-amz-cek-alg': 'AES/CBC/PKCS5Padding' },
      ...legacy,
    }),
    refuses(v2Aes, 'content said to be AES-CBC', 'data-key-refused', { set: toCbc, ...legacy }),
    refuses(v2Rsa, 'content said to be AES-CBC', 'data-key-refused', { set: toCbc, ...legacy }),
    refuses(v2Wrapped, 'content said to be AES-CBC', 'content-not-authentic', {
      comment: 'this wrapping binds no algorithm: only the padding tells',
      set: toCbc,
      ...legacy,
    }),
    refuses(
      v2Wrapped,
      'content said to be AES-CBC, which the reader does not accept',
      'legacy-content-disabled',
      {
        set: toCbc,
      },
    ),
    refuses(v2Cbc, 'content said to be AES-GCM', 'content-not-authentic', {
      set: {
        'x-amz-cek-alg': 'AES/GCM/NoPadding',
        'x-amz-tag-len': '128',
        'x-amz-iv': bytesOf('iv of 12 bytes', 12).toString('base64'),
      },
      ...legacy,
    }),
    refuses(v2, 'content said to be AES-CTR', 'unknown-algorithm', {
      set: { 'x-amz-cek-alg': 'AES/CTR/NoPadding', 'x-amz-tag-len': undefined, 'x-amz-iv': iv },
      ...legacy,
    }),
    refuses(v2Aes, 'content said to be AES-CTR', 'unknown-algorithm', {
      set: { 'x-amz-cek-alg': 'AES/CTR/NoPadding', 'x-amz-tag-len': undefined, 'x-amz-iv': iv },
      ...legacy,
    }),
  ];
}

function pick({ metadata }: Sealed, names: readonly string[]): Pairs {
  return Object.fromEntries(Object.entries(metadata).filter(([name]) => names.includes(name)));
}

/** Every entry taken away. */
function gone({ metadata }: Sealed): Record<string, undefined> {
  return Object.fromEntries(Object.keys(edited(metadata, {})).map((name) => [name, undefined]));
}

function versionOf({ name }: Sealed): string {
  return name.slice(0, 2);
}
