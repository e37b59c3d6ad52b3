import { describe, expect, test } from '@jest/globals';
import type { StoredObject } from '../../operations/object-store.ts';
import {
  recordedWrapping,
  recordsRevision,
  recordsRevisionOf,
  revisionEntry,
  withoutRecords,
  withoutWrappingEntries,
  wrappingEntries,
} from '../../operations/records.ts';

const keyArn = 'arn:aws:kms:eu-west-1:111122223333:key/1';
const time = new Date('2026-01-02T03:04:05.678Z');
const later = new Date(time.getTime() + 1);

/** A source in some state. */
function source(state: { versionId?: string; lastModified?: Date }): StoredObject {
  const { versionId, lastModified } = state;
  return {
    address: { bucket: 'plain', key: 'a.txt', ...(versionId === undefined ? {} : { versionId }) },
    ...{ etag: '"5d41402abc4b2a76b9719d911017c592"', lengthBytes: 5, metadata: {}, headers: {} },
    ...{ crc32: 'NhCmhg==' },
    ...(lastModified === undefined ? {} : { lastModified }),
  };
}

describe('the record of the state of a source', () => {
  test.each([
    ['its version', { versionId: 'v1' }, 'v1'],
    ['its version, and not the time', { versionId: 'v1', lastModified: time }, 'v1'],
    ['the time of its change', { lastModified: time }, '2026-01-02T03:04:05.678Z'],
    [
      'the time, where versions are off',
      { versionId: 'null', lastModified: time },
      '2026-01-02T03:04:05.678Z',
    ],
  ])('is %s', (_, state, revision) => {
    const entry = revisionEntry(source(state));
    expect(entry).toEqual({ 'sealdrop-source-revision': revision });
    expect(recordsRevision(entry)).toBe(true);
    expect(recordsRevisionOf({ title: 'x', ...entry }, source(state))).toBe(true);
  });

  test.each([[{}], [{ versionId: 'null' }]])('is none where nothing tells the state: %j', (state) => {
    expect(revisionEntry(source(state))).toEqual({});
    expect(recordsRevisionOf({}, source(state))).toBe(false);
    expect(recordsRevisionOf({ 'sealdrop-source-revision': 'null' }, source(state))).toBe(false);
    expect(recordsRevisionOf({ 'sealdrop-source-revision': 'undefined' }, source(state))).toBe(false);
  });

  test.each([
    ['another version', { versionId: 'v1' }, { versionId: 'v2' }],
    ['another time', { lastModified: time }, { lastModified: later }],
    [
      'another version at the same time',
      { versionId: 'v1', lastModified: time },
      { versionId: 'v2', lastModified: time },
    ],
    ['a version where there was none', { lastModified: time }, { versionId: 'v1', lastModified: time }],
  ])('is not of %s', (_, recorded, now) => {
    const entry = revisionEntry(source(recorded));
    expect(recordsRevisionOf(entry, source(now))).toBe(false);
    expect(recordsRevision(entry)).toBe(true);
  });

  test('is not there in the metadata of others', () => {
    expect(recordsRevision({})).toBe(false);
    expect(recordsRevision({ title: 'x', 'sealdrop-source': 'b', 'sealdrop-source-version': 'v' })).toBe(
      false,
    );
  });

  test('is no digest of the content, and goes with the other records', () => {
    const entry = revisionEntry(source({ lastModified: time }));
    expect(JSON.stringify(entry)).not.toMatch(/5d41402a|NhCmhg/);
    expect(withoutRecords({ title: 'x', ...entry })).toEqual({ title: 'x' });
    expect(withoutWrappingEntries(entry)).toEqual(entry);
  });
});

describe('the recorded wrapping', () => {
  test.each([[{ keyArn }], [{ keyArn, keyMaterialId: 'material-1' }]])('is read back: %j', (wrapping) => {
    expect(recordedWrapping({ title: 'x', ...wrappingEntries(wrapping) })).toEqual(wrapping);
  });

  test.each([[{}], [{ 'sealdrop-material': 'material-1' }]])('is none without a key: %j', (metadata) => {
    expect(recordedWrapping(metadata)).toBeUndefined();
  });
});
