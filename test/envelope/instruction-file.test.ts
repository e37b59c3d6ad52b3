import { describe, expect, test } from '@jest/globals';
import {
  defaultInstructionFileSuffix,
  encodeInstructionFile,
  maxInstructionFileBytes,
  mayHaveInstructionFile,
  mergeInstructionFile,
  parseInstructionFile,
  splitEnvelope,
} from '../../envelope/instruction-file.ts';
import type { Metadata } from '../../envelope/metadata-names.ts';
import { failureOf } from '../support/bytes.ts';
import { v1Metadata, v2Metadata, wellFormedMetadata } from '../support/envelopes.ts';

const { object: v3Object, instructionFile: v3File } = splitEnvelope(wellFormedMetadata);
const own = { title: 'x', 'sealdrop-key': 'y', 'x-amz-crypto-instr-file': '' };

describe('splitting an envelope', () => {
  test('moves what tells of the data key with V3, and leaves what tells of the content', () => {
    expect(Object.keys(v3Object).sort()).toEqual(['x-amz-c', 'x-amz-d', 'x-amz-i']);
    expect(Object.keys(v3File).sort()).toEqual(['x-amz-3', 'x-amz-t', 'x-amz-w']);
    expect({ ...v3Object, ...v3File }).toEqual(wellFormedMetadata);
  });

  test('moves the description of a raw key with V3 too', () => {
    expect(splitEnvelope({ 'x-amz-c': '115', 'x-amz-m': '{}' })).toEqual({
      object: { 'x-amz-c': '115' },
      instructionFile: { 'x-amz-m': '{}' },
    });
  });

  test('moves everything with V2', () => {
    expect(splitEnvelope(v2Metadata)).toEqual({ object: {}, instructionFile: v2Metadata });
  });
});

describe('an instruction file', () => {
  test.each([
    ['nothing of the format', {}, true],
    ['nothing of the format, but others', own, true],
    ['half an envelope of V3', { ...own, ...v3Object }, true],
    ['a whole envelope of V3', wellFormedMetadata, false],
    ['the data key of V3', v3File, false],
    ['an envelope of V2', v2Metadata, false],
    ['an envelope of V1', v1Metadata, false],
  ] as [string, Metadata, boolean][])('may be there for an object with %s: %s', (_, metadata, expected) => {
    expect(mayHaveInstructionFile(metadata)).toBe(expected);
  });

  test('has the suffix ".instruction" and at most 64 KiB', () => {
    expect(defaultInstructionFileSuffix).toBe('.instruction');
    expect(maxInstructionFileBytes).toBe(65_536);
  });

  test('is JSON and nothing beside it', () => {
    expect(encodeInstructionFile({ 'x-amz-w': '12', 'x-amz-t': '{"ü":"\\""}' }).toString('utf8')).toBe(
      '{"x-amz-w":"12","x-amz-t":"{\\"ü\\":\\"\\\\\\"\\"}"}',
    );
  });

  test.each([v3File, v2Metadata, {}, { a: 'ü📦' }])('is read back: %#', (metadata) => {
    expect(parseInstructionFile(encodeInstructionFile(metadata))).toEqual(metadata);
    expect(parseInstructionFile(new Uint8Array(encodeInstructionFile(metadata)))).toEqual(metadata);
  });

  test.each(['', 'x', '[]', 'null', '{"a":1}', '{"a":"b"} {}'])('is refused where it is %j', async (text) => {
    const failure = await failureOf(() => parseInstructionFile(Buffer.from(text)));
    expect([failure.code, failure.message]).toEqual([
      'ENVELOPE_MALFORMED',
      'the instruction file is not a JSON object of strings',
    ]);
  });
});

describe('putting the halves together', () => {
  test('gives the envelope of V3, and what the object has beside it', () => {
    expect(mergeInstructionFile({ ...own, ...v3Object }, v3File)).toEqual({ ...own, ...wellFormedMetadata });
  });

  test('takes names in any case', () => {
    const capitals = { 'X-Amz-3': 'AAAA', 'X-AMZ-W': '12', 'X-Amz-T': '{}' };
    expect(mergeInstructionFile(v3Object, capitals)).toEqual({ ...v3Object, ...capitals });
  });

  test.each([
    ['V2', v2Metadata],
    ['V1', v1Metadata],
  ])('gives the envelope of %s as the file has it', (_, file) => {
    expect(mergeInstructionFile(own, file)).toEqual(file);
    expect(mergeInstructionFile({}, file)).toEqual(file);
  });

  test('takes an empty file for V3, which then lacks its data key', () => {
    expect(mergeInstructionFile(v3Object, {})).toEqual(v3Object);
  });

  const more = 'the instruction file holds more than a data key';
  const itsOwn = 'the object has its envelope in its own metadata';
  const noWhole = 'the instruction file holds no whole envelope';
  test.each([
    ['the content algorithm in the file', v3Object, { ...v3File, 'x-amz-c': '115' }, more],
    ['the commitment in the file', v3Object, { ...v3File, 'x-amz-d': 'AAAA' }, more],
    ['the message id in the file', v3Object, { ...v3File, 'X-Amz-I': 'AAAA' }, more],
    ['anything else in the file', v3Object, { ...v3File, title: 'x' }, more],
    ['V2 in the file', v3Object, v2Metadata, more],
    ['V1 in the file', v3Object, v1Metadata, more],
    ['a whole V3 envelope on the object', wellFormedMetadata, v3File, itsOwn],
    ['the data key on the object', v3File, v3File, itsOwn],
    ['V2 on the object', v2Metadata, v2Metadata, itsOwn],
    ['V1 on the object', v1Metadata, v2Metadata, itsOwn],
    ['V3 in the file, nothing on the object', own, wellFormedMetadata, noWhole],
    ['half of V3 in the file, nothing on the object', own, v3File, noWhole],
    ['the other half of V3 in the file, nothing on the object', own, v3Object, noWhole],
    ['nothing in either', {}, {}, noWhole],
    ['nothing of the format in either', own, { title: 'x' }, noWhole],
  ] as [string, Metadata, Metadata, string][])('is refused with %s', async (_, object, file, message) => {
    const failure = await failureOf(() => mergeInstructionFile(object, file));
    expect([failure.code, failure.message]).toEqual(['ENVELOPE_MALFORMED', message]);
  });

  test.each([
    ['the file', v3Object, { ...v3File, 'X-Amz-3': 'AAAA' }],
    ['a file of V2', own, { ...v2Metadata, 'X-Amz-Iv': 'AAAA' }],
    ['the object', { ...v3Object, 'X-Amz-D': 'AAAA' }, v3File],
  ] as [string, Metadata, Metadata][])(
    'is refused where an entry is twice in %s',
    async (_, object, file) => {
      const failure = await failureOf(() => mergeInstructionFile(object, file));
      expect([failure.code, failure.message]).toEqual([
        'ENVELOPE_MALFORMED',
        'a metadata entry is there twice, in two cases',
      ]);
    },
  );
});
