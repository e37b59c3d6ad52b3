import { describe, expect, test } from '@jest/globals';
import { inspectObject } from '../../operations/inspect-object.ts';
import { failureOf } from '../support/bytes.ts';
import { opening, refused, vectorAt, type VectorCase } from './vector-objects.ts';

const wrappings: Readonly<Record<string, string>> = {
  'V3/kms+context': 'kms+context',
  'V3/AES-GCM': 'AES/GCM',
  'V3/RSA-OAEP': 'RSA-OAEP-SHA1',
  'V2/kms+context': 'kms+context',
  'V2/AES-GCM': 'AES/GCM',
  'V2/RSA-OAEP': 'RSA-OAEP-SHA1',
  'V2/kms': 'kms',
  'V2/AES key wrap': 'AESWrap',
  'V1/AES': 'AES',
  'V1/RSA': 'RSA',
};

/** What the name of an object of the test vectors says of it. */
function told({ object, reader }: VectorCase) {
  const [format = '', algorithms = ''] = object.name.split('/');
  const wrapping = wrappings[`${format}/${algorithms.replace(', AES-CBC', '')}`] ?? '';
  const isCbc = format === 'V1' || algorithms.endsWith(', AES-CBC');
  const suite = isCbc
    ? 'CBC_IV16_NO_KDF'
    : format === 'V2'
      ? 'GCM_IV12_TAG16_NO_KDF'
      : 'GCM_HKDF_SHA512_COMMIT_KEY';
  const isPointedTo = object.name.includes('/instruction file');
  const usesKms = wrapping.startsWith('kms');
  return {
    ...{ format, wrapping, suite: `ALG_AES_256_${suite}`, isCommitting: format === 'V3' },
    metadataStrategy: isPointedTo ? 'instruction-file' : 'object-metadata',
    needs: {
      keys: usesKms ? 'kms' : 'raw',
      ...(format === 'V3' ? {} : { commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT' }),
      legacyWrapping: ['kms', 'AESWrap', 'AES', 'RSA'].includes(wrapping),
      legacyContent: isCbc,
    },
    // Only here is all of the context what a reader expects.
    ...(wrapping === 'kms+context' ? { context: reader.encryptionContext } : {}),
  };
}

/** The length of the plaintext of an object that opens. */
function plaintextBytes({ object: { plaintextBase64 = '', plaintextRule } }: VectorCase): number {
  return plaintextRule?.lengthBytes ?? Buffer.from(plaintextBase64, 'base64').length;
}

describe('an object of the test vectors that opens', () => {
  test.each(opening)('tells of itself, without a key and without a byte of it: $name', async (each) => {
    const inspection = await inspectObject(vectorAt, { store: each.store });
    const expected = told(each);
    expect(inspection).toMatchObject(expected);
    if ('context' in expected) expect(inspection.context).toEqual(expected.context);
    expect(inspection.sealedLengthBytes).toBe(each.bodyBytes);
    expect(inspection.contentLengthBytes).toBe(
      expected.needs.legacyContent ? undefined : plaintextBytes(each),
    );
    expect(each.store.calls.filter(({ method }) => method !== 'head').every(isOfFile)).toBe(true);
  });

  test('is of every format and wrapping', () => {
    expect(new Set(opening.map((each) => `${told(each).format}/${told(each).wrapping}`)).size).toBe(10);
    expect(opening.length).toBeGreaterThan(200);
  });
});

function isOfFile({ address }: { address: { key: string } }): boolean {
  return address.key.endsWith('.instruction');
}

describe('an object of the test vectors whose envelope is none', () => {
  const codes = ['ENVELOPE_MALFORMED', 'ENVELOPE_UNSUPPORTED', 'INSTRUCTION_FILE_MISSING', 'NOT_SEALED'];
  const none = refused.filter(
    ({ refusal }) => refusal?.stage === 'envelope' && codes.includes(refusal.sealdropCode),
  );

  test.each(none)('cannot be inspected: $refusal.sealdropCode: $name', async ({ store, refusal }) => {
    const failure = await failureOf(() => inspectObject(vectorAt, { store }));
    expect(failure.code).toBe(refusal?.sealdropCode);
    expect(store.calls.filter(({ method }) => method !== 'head').every(isOfFile)).toBe(true);
  });

  test('is there in every way', () => {
    expect(new Set(none.map(({ refusal }) => refusal?.sealdropCode))).toEqual(new Set(codes));
  });
});
