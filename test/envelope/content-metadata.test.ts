import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { encodeEnvelope, parseEnvelope } from '../../envelope/content-metadata.ts';
import { classify, envelopeNames, withoutEnvelope, type Metadata } from '../../envelope/metadata-names.ts';
import { cbcSuite, gcmSuite } from '../../envelope/suite.ts';
import { failureOf, patternBytes } from '../support/bytes.ts';
import { v1Metadata, v2Metadata, wellFormed, wellFormedMetadata, without } from '../support/envelopes.ts';

const v3Half = ['x-amz-3', 'x-amz-w', 'x-amz-t'].reduce(without, wellFormedMetadata);
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

describe('the metadata of an envelope', () => {
  test('has these entries and no others', () => {
    expect(wellFormedMetadata).toEqual({
      'x-amz-c': '115',
      'x-amz-3': base64(wellFormed.encryptedDataKey.ciphertext),
      'x-amz-w': '12',
      'x-amz-d': base64(wellFormed.content.commitment),
      'x-amz-i': base64(wellFormed.content.messageId),
      'x-amz-t': '{"aws:x-amz-cek-alg":"115","sealdrop-vault":"archive"}',
    });
  });

  test('parses back for any envelope', () => {
    const bytes = (minLength: number, maxLength = minLength) => fc.uint8Array({ minLength, maxLength });
    fc.assert(
      fc.property(bytes(1, 300), bytes(28), bytes(28), (ciphertext, commitment, messageId) => {
        const envelope = {
          encryptedDataKey: { ...wellFormed.encryptedDataKey, ciphertext: Buffer.from(ciphertext) },
          content: {
            ...wellFormed.content,
            commitment: Buffer.from(commitment),
            messageId: Buffer.from(messageId),
          },
        };
        expect(parseEnvelope(encodeEnvelope(envelope))).toEqual(envelope);
      }),
    );
  });

  test('is found among other entries, and in capitals', () => {
    const capitals = Object.entries(wellFormedMetadata).map(([name, value]) => [name.toUpperCase(), value]);
    const mixed = { ...(Object.fromEntries(capitals) as Metadata), title: 'x', 'x-amz-unknown': 'y' };
    expect(parseEnvelope(mixed)).toEqual(wellFormed);
  });

  test('leaves the rest when it is taken away, whatever its case', () => {
    expect(withoutEnvelope({ ...wellFormedMetadata, 'X-Amz-Key-V2': 'a', title: 'b' })).toEqual({
      title: 'b',
    });
    const all = Object.fromEntries(envelopeNames.map((name) => [name, 'x']));
    expect(withoutEnvelope(all)).toEqual({});
  });
});

describe('the metadata of an older envelope', () => {
  test('of V2 is read', () => {
    expect(parseEnvelope(v2Metadata)).toEqual({
      encryptedDataKey: {
        wrappingAlgorithm: 'kms+context',
        ciphertext: patternBytes(184),
        context: { 'aws:x-amz-cek-alg': 'AES/GCM/NoPadding' },
        suite: gcmSuite,
      },
      content: { suite: gcmSuite, iv: patternBytes(12) },
    });
  });

  test('of V2 is written as it was read', () => {
    expect(encodeEnvelope(parseEnvelope(v2Metadata))).toEqual(v2Metadata);
  });

  test('of V1 is read', () => {
    expect(parseEnvelope(v1Metadata)).toEqual({
      encryptedDataKey: {
        wrappingAlgorithm: 'AES',
        ciphertext: patternBytes(48),
        context: {},
        suite: cbcSuite,
      },
      content: { suite: cbcSuite, iv: patternBytes(16) },
    });
  });
});

describe('the format of an object', () => {
  test.each([
    ['none', {}],
    ['none', { title: 'x', 'x-amz-unknown': 'y' }],
    ['none', { 'x-amz-crypto-instr-file': '' }],
    ['v1', v1Metadata],
    ['v2', v2Metadata],
    ['v3', wellFormedMetadata],
    ['v3-with-instruction-file', v3Half],
  ] as [string, Metadata][])('is told by the names: %s', (version, metadata) => {
    expect(classify(metadata)).toBe(version);
  });

  test.each([
    ['V3 and V2', { ...v2Metadata, ...wellFormedMetadata }],
    ['V3 and V1', { ...v1Metadata, ...wellFormedMetadata }],
    ['V2 and V1', { ...v1Metadata, ...v2Metadata }],
    ['V2 with the content algorithm of V3', { ...v2Metadata, 'x-amz-c': '115' }],
    ['V2 with the wrapping of V3', { ...v2Metadata, 'x-amz-w': '12' }],
    ['V2 with the commitment of V3', { ...v2Metadata, 'x-amz-d': 'AAAA' }],
    ['V3 with the key of V2', { ...wellFormedMetadata, 'X-Amz-Key-V2': 'AAAA' }],
    ['V3 with the wrapping of V2', { ...wellFormedMetadata, 'x-amz-wrap-alg': 'kms' }],
    ['V3 with the algorithm of V2', { ...wellFormedMetadata, 'x-amz-cek-alg': 'AES/GCM/NoPadding' }],
    ['V3 with the tag length of V2', { ...wellFormedMetadata, 'x-amz-tag-len': '128' }],
    ['V3 with the IV of V1 and V2', { ...wellFormedMetadata, 'x-amz-iv': 'AAAA' }],
    ['V3 with the description of V1 and V2', { ...wellFormedMetadata, 'x-amz-matdesc': '{}' }],
    ['V3 with the key of V1', { ...wellFormedMetadata, 'x-amz-key': 'AAAA' }],
  ] as [string, Metadata][])('is never guessed: %s together are refused', async (_, metadata) => {
    expect((await failureOf(() => classify(metadata))).code).toBe('ENVELOPE_MALFORMED');
    expect((await failureOf(() => parseEnvelope(metadata))).code).toBe('ENVELOPE_MALFORMED');
  });

  test('is never guessed: an entry that is there twice, in two cases, is refused', async () => {
    const twice = { ...wellFormedMetadata, 'X-Amz-I': base64(patternBytes(28, 'another')) };
    expect((await failureOf(() => parseEnvelope(twice))).code).toBe('ENVELOPE_MALFORMED');
  });
});

describe('strict reading', () => {
  test.each([
    ['nothing at all', {}, 'NOT_SEALED'],
    ['an instruction file that is not there', v3Half, 'INSTRUCTION_FILE_MISSING'],
    ['wrapping "11"', { ...wellFormedMetadata, 'x-amz-w': '11' }, 'ENVELOPE_UNSUPPORTED'],
    ['wrapping "02"', { ...wellFormedMetadata, 'x-amz-w': '02' }, 'ENVELOPE_MALFORMED'],
    ['wrapping "22"', { ...wellFormedMetadata, 'x-amz-w': '22' }, 'ENVELOPE_MALFORMED'],
    ['wrapping "kms"', { ...wellFormedMetadata, 'x-amz-w': 'kms' }, 'ENVELOPE_UNSUPPORTED'],
    ['wrapping "kms+context"', { ...wellFormedMetadata, 'x-amz-w': 'kms+context' }, 'ENVELOPE_UNSUPPORTED'],
    ['wrapping "12 "', { ...wellFormedMetadata, 'x-amz-w': '12 ' }, 'ENVELOPE_UNSUPPORTED'],
    ['algorithm "114"', { ...wellFormedMetadata, 'x-amz-c': '114' }, 'ENVELOPE_MALFORMED'],
    ['algorithm "0x73"', { ...wellFormedMetadata, 'x-amz-c': '0x73' }, 'ENVELOPE_MALFORMED'],
    ['no algorithm in the context', { ...wellFormedMetadata, 'x-amz-t': '{}' }, 'ENVELOPE_MALFORMED'],
    [
      'another algorithm in the context',
      { ...wellFormedMetadata, 'x-amz-t': '{"aws:x-amz-cek-alg":"AES/GCM/NoPadding"}' },
      'ENVELOPE_MALFORMED',
    ],
    ['a material description', { ...wellFormedMetadata, 'x-amz-m': '{}' }, 'ENVELOPE_MALFORMED'],
  ] as [string, Metadata, string][])('refuses %s', async (_, metadata, code) => {
    expect((await failureOf(() => parseEnvelope(metadata))).code).toBe(code);
  });

  test.each([
    [{}, 'the object is not sealed'],
    [v3Half, 'the data key is in an instruction file'],
  ] as [Metadata, string][])('says what an object lacks: %#', async (metadata, message) => {
    expect((await failureOf(() => parseEnvelope(metadata))).message).toBe(message);
  });

  test.each(['x-amz-c', 'x-amz-3', 'x-amz-w', 'x-amz-d', 'x-amz-i', 'x-amz-t'])(
    'refuses a missing %s',
    async (name) => {
      const failure = await failureOf(() => parseEnvelope(without(wellFormedMetadata, name)));
      expect(failure.code).toBe('ENVELOPE_MALFORMED');
      expect(failure.fields).toEqual({ name });
    },
  );

  const notBase64: [string, string][] = [
    ['empty', ''],
    ['a space within', 'AA AA'],
    ['a newline at its end', `${base64(patternBytes(28))}\n`],
    ['without padding', base64(patternBytes(28)).replace(/=+$/, '')],
    ['with too much padding', `${base64(patternBytes(28))}=`],
    ['URL-safe', base64(Buffer.alloc(28, 0xff)).replaceAll('/', '_')],
    ['with bits beyond its end', base64(patternBytes(28)).replace(/.==$|.=$/, (end) => `/${end.slice(1)}`)],
    ['not base64 at all', '%%%%'],
  ];
  test.each(
    ['x-amz-3', 'x-amz-d', 'x-amz-i'].flatMap((name) =>
      notBase64.map(([what, text]) => ({ name, what, text })),
    ),
  )('refuses $name where it is $what', async ({ name, text }) => {
    const failure = await failureOf(() => parseEnvelope({ ...wellFormedMetadata, [name]: text }));
    expect(failure.code).toBe('ENVELOPE_MALFORMED');
    expect(failure.fields).toEqual({ name });
  });

  test.each(
    ['x-amz-d', 'x-amz-i'].flatMap((name) => [1, 12, 27, 29, 56].map((length) => [name, length] as const)),
  )('refuses %s of %i bytes', async (name, lengthBytes) => {
    const metadata = { ...wellFormedMetadata, [name]: base64(patternBytes(lengthBytes)) };
    expect((await failureOf(() => parseEnvelope(metadata))).code).toBe('ENVELOPE_MALFORMED');
  });

  test('never throws anything but its own errors, whatever the metadata', () => {
    const value = fc.oneof(
      fc.string(),
      fc.constantFrom('115', '12', '{}', ...Object.values(wellFormedMetadata)),
    );
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...envelopeNames), value), (metadata) => {
        try {
          parseEnvelope(metadata);
        } catch (error) {
          expect(error).toMatchObject({ name: 'SealdropError' });
        }
      }),
    );
  });
});
