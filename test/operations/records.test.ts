import { describe, expect, test } from '@jest/globals';
import {
  instructionVersionEntry,
  recordedInstructionVersion,
  recordedSource,
  recordsWrapping,
  sourceEntries,
  withInstructionVersion,
  withoutRecords,
  withoutWrappingEntries,
  wrappingEntries,
} from '../../operations/records.ts';

const keyArn = 'arn:aws:kms:eu-west-1:111122223333:key/1';
const current = { keyArn, keyMaterialId: 'material-2' };

describe('the record of a wrapping', () => {
  test('names the key, and the material where it is known', () => {
    expect(wrappingEntries(current)).toEqual({
      'sealdrop-key': keyArn,
      'sealdrop-material': 'material-2',
    });
    expect(wrappingEntries({ keyArn })).toEqual({ 'sealdrop-key': keyArn });
  });

  test('is empty where the keyring tells of no wrapping', () => {
    expect(wrappingEntries(undefined)).toEqual({});
  });

  test.each([
    ['the same key and material', wrappingEntries(current), true],
    ['older material', wrappingEntries({ keyArn, keyMaterialId: 'material-1' }), false],
    ['another key with that material', wrappingEntries({ ...current, keyArn: `${keyArn}2` }), false],
    ['no material', wrappingEntries({ keyArn }), false],
    ['nothing', {}, false],
  ])('is current where it names %s: %s', (_, metadata, expected) => {
    expect(recordsWrapping(metadata, current)).toBe(expected);
  });

  test('of a multi-Region key is current in each of its Regions', () => {
    const inRegion = (region: string, id = 'mrk-1'): string => `arn:aws:kms:${region}:111122223333:key/${id}`;
    const recorded = wrappingEntries({ ...current, keyArn: inRegion('eu-west-1') });
    const holds = (keyArn: string, keyMaterialId = 'material-2'): boolean =>
      recordsWrapping(recorded, { keyArn, keyMaterialId });
    expect(holds(inRegion('us-east-1'))).toBe(true);
    expect(holds(inRegion('us-east-1'), 'material-3')).toBe(false);
    expect(holds(inRegion('us-east-1', 'mrk-2'))).toBe(false);
    expect(
      recordsWrapping(wrappingEntries(current), { ...current, keyArn: inRegion('us-east-1', '1') }),
    ).toBe(false);
  });

  test('of a key whose material has no id, as in a custom key store, is current where it names the key', () => {
    expect(recordsWrapping(wrappingEntries({ keyArn }), { keyArn })).toBe(true);
    expect(recordsWrapping(wrappingEntries({ keyArn: `${keyArn}2` }), { keyArn })).toBe(false);
    expect(recordsWrapping({}, { keyArn })).toBe(false);
  });

  test('of such a key is current, too, where KMS named the material when it wrapped: there is no other', () => {
    expect(recordsWrapping(wrappingEntries(current), { keyArn })).toBe(true);
  });

  test('is taken away alone', () => {
    const source = sourceEntries({ bucket: 'b', key: 'k', versionId: 'v', sequencer: '1' });
    expect(withoutWrappingEntries({ ...wrappingEntries(current), ...source, title: 'x' })).toEqual({
      ...source,
      title: 'x',
    });
  });
});

describe('the record of a source', () => {
  test('is read back', () => {
    const drop = { bucket: 'b', key: 'k', versionId: 'v', sequencer: '0A' };
    expect(recordedSource(sourceEntries(drop))).toEqual({ bucket: 'b', versionId: 'v', sequencer: '0A' });
  });

  test('says "null" for a drop without a version, as S3 does', () => {
    const entries = sourceEntries({ bucket: 'b', key: 'k', sequencer: '0A' });
    expect(recordedSource(entries)).toEqual({ bucket: 'b', versionId: 'null', sequencer: '0A' });
  });

  test.each(['sealdrop-source', 'sealdrop-source-version', 'sealdrop-sequencer'])(
    'is none where %s is missing',
    (name) => {
      const entries = sourceEntries({ bucket: 'b', key: 'k', versionId: 'v', sequencer: '1' });
      const rest = Object.fromEntries(Object.entries(entries).filter(([each]) => each !== name));
      expect(Object.keys(rest)).toHaveLength(2);
      expect(recordedSource(rest)).toBeUndefined();
    },
  );

  test('holds no digest of the plaintext', () => {
    const entries = sourceEntries({ bucket: 'b', key: 'k', versionId: 'v', sequencer: '1' });
    expect(Object.keys(entries).sort()).toEqual([
      'sealdrop-sequencer',
      'sealdrop-source',
      'sealdrop-source-version',
    ]);
  });
});

describe('the record of an instruction file', () => {
  test('is its version, and is read back', () => {
    expect(instructionVersionEntry('v1')).toEqual({ 'sealdrop-instruction-version': 'v1' });
    expect(recordedInstructionVersion({ title: 'x', ...instructionVersionEntry('v1') })).toBe('v1');
  });

  test('is none where there are no versions', () => {
    expect(instructionVersionEntry(undefined)).toEqual({});
    expect(recordedInstructionVersion({ title: 'x' })).toBeUndefined();
  });
});

describe('the record of an instruction file in metadata that has one', () => {
  const before = { title: 'x', ...wrappingEntries(current), ...instructionVersionEntry('v1') };

  test('is replaced, and nothing else is', () => {
    expect(withInstructionVersion(before, 'v2')).toEqual({ ...before, 'sealdrop-instruction-version': 'v2' });
    expect(withInstructionVersion({ title: 'x' }, 'v2')).toEqual({
      title: 'x',
      'sealdrop-instruction-version': 'v2',
    });
  });

  test('is taken away where the new file has no version', () => {
    expect(withInstructionVersion(before, undefined)).toEqual({ title: 'x', ...wrappingEntries(current) });
  });
});

test('the metadata of the user is what no record is', () => {
  const source = sourceEntries({ bucket: 'b', key: 'k', versionId: 'v', sequencer: '1' });
  const records = { ...wrappingEntries(current), ...source, ...instructionVersionEntry('v1') };
  const own = { title: 'x', sealdrop: 'y', 'x-sealdrop-key': 'z' };
  expect(withoutRecords({ ...records, 'sealdrop-later': 'w', ...own })).toEqual(own);
});
