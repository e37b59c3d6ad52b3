import { describe, expect, test } from '@jest/globals';
import {
  isArchiveClass,
  RewrapTally,
  type ObjectToPlan,
  type RewrapWork,
} from '../../operations/rewrap-work.ts';

const gib = 2 ** 30;
const mib = 2 ** 20;

const nothing: RewrapWork = {
  ...{ objects: 0, bytes: 0, copiedBytes: 0, longObjects: 0, copyParts: 0 },
  ...{ contentParts: 0, objectsInParts: 0, instructionFiles: 0 },
  ...{ archived: 0, mayStay: 0, leftAlone: 0 },
};

const one = (bytes: number, more: Partial<RewrapWork> = {}): RewrapWork => ({
  ...nothing,
  ...{ objects: 1, bytes, copiedBytes: bytes, contentParts: 1 },
  ...more,
});

test('nothing is nothing', () => {
  expect(new RewrapTally().work).toEqual(nothing);
});

test.each<[ObjectToPlan, RewrapWork]>([
  [{ lengthBytes: 0 }, one(0)],
  [{ lengthBytes: 1, storageClass: 'STANDARD' }, one(1)],
  [{ lengthBytes: 5 * mib }, one(5 * mib)],
  [{ lengthBytes: 5 * mib + 1 }, one(5 * mib + 1, { contentParts: 2, objectsInParts: 1 })],
  [{ lengthBytes: 5 * gib }, one(5 * gib, { contentParts: 1024, objectsInParts: 1 })],
  [
    { lengthBytes: 5 * gib + 1 },
    one(5 * gib + 1, { contentParts: 1025, objectsInParts: 1, longObjects: 1, copyParts: 11 }),
  ],
  [
    { lengthBytes: 64 * gib },
    one(64 * gib, { contentParts: 10_000, objectsInParts: 1, longObjects: 1, copyParts: 128 }),
  ],
  [{ lengthBytes: 7, place: 'object' }, one(7)],
  [{ lengthBytes: 7, place: 'instruction-file' }, one(7, { copiedBytes: 0, instructionFiles: 1 })],
  [
    { lengthBytes: 6 * gib, place: 'instruction-file', storageClass: 'GLACIER' },
    one(6 * gib, { copiedBytes: 0, instructionFiles: 1, contentParts: 1229, objectsInParts: 1 }),
  ],
  [{ lengthBytes: 7, storageClass: 'GLACIER' }, one(7, { mayStay: 1 })],
  [{ lengthBytes: 7, storageClass: 'DEEP_ARCHIVE' }, one(7, { mayStay: 1 })],
  [
    { lengthBytes: 7, storageClass: 'DEEP_ARCHIVE', place: 'object' },
    { ...nothing, archived: 1 },
  ],
])('%j', (object, expected) => {
  const tally = new RewrapTally();
  tally.add(object);
  expect(tally.work).toEqual(expected);
});

test('is added up', () => {
  const tally = new RewrapTally();
  for (const lengthBytes of [1, 2, 6 * gib]) tally.add({ lengthBytes });
  tally.add({ lengthBytes: 9, storageClass: 'GLACIER', place: 'object' });
  tally.addInstructionFile();
  tally.addLeftAlone();
  tally.addLeftAlone();
  expect(tally.work).toMatchObject({
    ...{ objects: 3, bytes: 6 * gib + 3, longObjects: 1, copyParts: 12 },
    ...{ instructionFiles: 1, archived: 1, leftAlone: 2 },
  });
});

describe('a storage class', () => {
  test.each([undefined, 'STANDARD', 'STANDARD_IA', 'GLACIER_IR', 'INTELLIGENT_TIERING'])(
    '%s can be copied',
    (each) => {
      expect(isArchiveClass(each)).toBe(false);
    },
  );

  test.each(['GLACIER', 'DEEP_ARCHIVE'])('%s is an archive', (each) => {
    expect(isArchiveClass(each)).toBe(true);
  });
});
