import { describe, expect, test } from '@jest/globals';
import type { ObjectState, StoredObject } from '../../operations/object-store.ts';
import {
  recordedWrapping,
  recordsRevisionOf,
  recordsSource,
  revisionEntry,
  withoutRecords,
  withoutWrappingEntries,
  wrappingEntries,
} from '../../operations/records.ts';

const keyArn = 'arn:aws:kms:eu-west-1:111122223333:key/1';
const time = new Date('2026-01-02T03:04:05.678Z');
const later = new Date(time.getTime() + 1);

/** A source in some state. */
function source(told: {
  key?: string;
  versionId?: string;
  lastModified?: Date;
  state?: ObjectState;
}): StoredObject {
  const { key = 'a.txt', versionId, lastModified, state } = told;
  return {
    address: { bucket: 'plain', key, ...(versionId === undefined ? {} : { versionId }) },
    ...{ etag: '"5d41402abc4b2a76b9719d911017c592"', lengthBytes: 5, metadata: {}, headers: {} },
    ...{ crc32: 'NhCmhg==' },
    ...(lastModified === undefined ? {} : { lastModified }),
    ...(state === undefined ? {} : { state }),
  };
}

describe('the record of the state of a source', () => {
  // Of "s3://plain/a.txt", by openssl.
  const digest = 'qG0gEF4VP1yvFicj';

  test.each([
    ['its version', { versionId: 'v1' }, 'v1'],
    ['its version, and not the time', { versionId: 'v1', lastModified: time }, 'v1'],
    ['the time of its change', { lastModified: time }, '2026-01-02T03:04:05.678Z'],
    [
      'the time, where versions are off',
      { versionId: 'null', lastModified: time },
      '2026-01-02T03:04:05.678Z',
    ],
    [
      'what its store tells, before all else',
      { versionId: 'v1', lastModified: time, state: { place: 's3://plain/a.txt', revision: 'r.1' } },
      'r.1',
    ],
  ])('is where it is, and %s', (_, told, revision) => {
    const entry = revisionEntry(source(told));
    expect(entry).toEqual({ 'sealdrop-source-revision': `${digest}.${revision}` });
    expect(recordsSource(entry, source(told))).toBe(true);
    expect(recordsRevisionOf({ title: 'x', ...entry }, source(told))).toBe(true);
  });

  test.each([[{}], [{ versionId: 'null' }]])('is none where nothing tells the state: %j', (told) => {
    expect(revisionEntry(source(told))).toEqual({});
    for (const revision of [undefined, 'null', 'undefined', `${digest}.null`, `${digest}.undefined`, '']) {
      const metadata = revision === undefined ? {} : { 'sealdrop-source-revision': revision };
      expect(recordsRevisionOf(metadata, source(told))).toBe(false);
      expect(recordsSource(metadata, source(told))).toBe(false);
    }
  });

  const state = { place: 'file:///a', revision: '1' };

  test.each([
    ['another version', { versionId: 'v1' }, { versionId: 'v2' }],
    ['another time', { lastModified: time }, { lastModified: later }],
    [
      'another version at the same time',
      { versionId: 'v1', lastModified: time },
      { versionId: 'v2', lastModified: time },
    ],
    ['a version where there was none', { lastModified: time }, { versionId: 'v1', lastModified: time }],
    ['another revision', { state }, { state: { ...state, revision: '2' } }],
  ])('is of the same source, and not of %s', (_, recorded, now) => {
    const entry = revisionEntry(source(recorded));
    expect(recordsRevisionOf(entry, source(now))).toBe(false);
    expect(recordsSource(entry, source(now))).toBe(true);
  });

  test.each([
    ['key', { versionId: 'v1' }, { key: 'b.txt', versionId: 'v1' }],
    ['key of the same time', { lastModified: time }, { key: 'a.txt2', lastModified: time }],
    ['place of a store', { state }, { state: { ...state, place: 'file:///b' } }],
    ['store', { lastModified: time }, { lastModified: time, state }],
  ])('is not of another %s', (_, recorded, now) => {
    const entry = revisionEntry(source(recorded));
    expect(recordsRevisionOf(entry, source(now))).toBe(false);
    expect(recordsSource(entry, source(now))).toBe(false);
  });

  test('is not there in the metadata of others', () => {
    const drop = { 'sealdrop-source': 'plain', 'sealdrop-source-version': 'v1' };
    for (const metadata of [{}, { title: 'x', ...drop }]) {
      expect(recordsSource(metadata, source({ versionId: 'v1' }))).toBe(false);
    }
  });

  test('tells neither the content nor the place, and goes with the other records', () => {
    const entry = revisionEntry(source({ lastModified: time, key: 'secret.txt' }));
    expect(JSON.stringify(entry)).not.toMatch(/5d41402a|NhCmhg|secret/);
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
