import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { measureRecoveryPoint, type ListedChange } from '../../operations/recovery-point.ts';

const now = Date.UTC(2026, 10, 22);

/** A change by its version id, so many seconds ago; a version id that begins with `m` is a delete marker's. */
function change(key: string, versionId: string, ageSeconds: number): ListedChange {
  const isDeleteMarker = versionId.startsWith('m');
  return { key, versionId, isDeleteMarker, changedAt: new Date(now - ageSeconds * 1000) };
}

async function* listed(changes: readonly ListedChange[]): AsyncGenerator<ListedChange> {
  await Promise.resolve();
  yield* changes;
}

const measure = (source: readonly ListedChange[], replica: readonly ListedChange[]) =>
  measureRecoveryPoint(listed(source), listed(replica), now);

const [v1, v2, v3] = [change('a', 'v1', 900), change('a', 'v2', 60), change('a', 'v3', 5)];
const marker = change('a', 'm4', 3);
const other = change('b', 'v9', 7);

describe('the recovery point', () => {
  test.each<[string, ListedChange[], ListedChange[], number, number]>([
    ['of two empty buckets', [], [], 0, 0],
    ['where all is there', [v3, v2, other], [v3, v2, other], 0, 0],
    ['where nothing is there: the oldest version counts', [v3, v2, v1, other], [], 900, 2],
    ['where the newest version is missing', [v3, v2], [v2], 5, 1],
    ['where two versions are missing: the older one counts', [v3, v2, v1], [v1], 60, 1],
    ['where older versions have expired at the source', [v3], [v3, v2, v1], 0, 0],
    ['where older versions have expired at the replica', [v3, v2, v1], [v3], 0, 0],
    ['where a delete marker is missing', [marker, v3], [v3], 3, 1],
    [
      'where the object is hidden on both sides, by markers of other ids',
      [marker, v3],
      [change('a', 'm8', 1), v3],
      0,
      0,
    ],
    ['where the hidden object was never at the replica', [marker, v3], [], 0, 0],
    [
      'where an object was written again after it was hidden',
      [v3, change('a', 'm2', 30), v1],
      [change('a', 'm2', 30), v1],
      5,
      1,
    ],
    ['where a delete marker was taken back at the source alone', [v3], [change('a', 'm4', 3), v3], 3, 1],
    ['where a delete marker came while the source was listed', [v3], [change('a', 'm4', -1), v3], 0, 0],
    ['where the newest version was destroyed at the source', [v2], [v3, v2], 0, 0],
    ['where the replica has objects besides', [other], [v1, other, change('c', 'v5', 1)], 0, 0],
    [
      'where an object between others is missing',
      [v1, other, change('c', 'v5', 1)],
      [v1, change('c', 'v5', 1)],
      7,
      1,
    ],
    ['where the clocks differ: never below 0', [change('a', 'v1', -20)], [], 0, 1],
  ])('%s', async (_, source, replica, seconds, behindObjects) => {
    expect(await measure(source, replica)).toEqual({ seconds, behindObjects });
  });

  test('takes keys in the order of their bytes in UTF-8, as S3 lists them', async () => {
    const inOrder = [change('\u{ffee}', 'v1', 1), change('\u{1f510}', 'v2', 2)];
    expect(await measure(inOrder, inOrder)).toEqual({ seconds: 0, behindObjects: 0 });
  });

  test.each([
    ['the source', [other, v1], [v1]],
    ['the replica', [v1, other], [other, v1]],
  ])('is not told where %s is not listed in the order of its keys', async (_, source, replica) => {
    await expect(measure(source, replica)).rejects.toMatchObject({ code: 'SERVICE_FAILED' });
  });

  test('is the oldest change that whoever reads the replica does not see, whatever was replicated in which order', async () => {
    const replicated = fc.array(fc.array(fc.boolean(), { minLength: 1, maxLength: 4 }), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(replicated, async (keys) => {
        const source = keys.flatMap((flags, at) =>
          flags.map((isThere, age) => ({ isThere, change: change(`key-${at}`, `v${age}`, age + 1) })),
        );
        const replica = source.filter(({ isThere }) => isThere).map((each) => each.change);
        const point = await measure(
          source.map((each) => each.change),
          replica,
        );
        const unseen = keys.map((flags) => (flags.includes(true) ? flags.indexOf(true) : flags.length));
        expect(point).toEqual({
          seconds: Math.max(0, ...unseen),
          behindObjects: unseen.filter((count) => count > 0).length,
        });
      }),
    );
  });
});
