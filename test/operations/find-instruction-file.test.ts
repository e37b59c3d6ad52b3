import { expect, test } from '@jest/globals';
import { SealdropError } from '../../envelope/index.ts';
import {
  findInstructionFile,
  isOfWrite,
  type ChainedInstructionFile,
} from '../../operations/find-instruction-file.ts';
import { failureOf } from '../support/bytes.ts';

/** Files by version, the current one first. */
function filesOf(files: readonly Omit<ChainedInstructionFile, 'entries'>[]) {
  const read: (string | undefined)[] = [];
  return {
    read,
    find: (recorded?: string) =>
      findInstructionFile(recorded, (versionId) => {
        read.push(versionId);
        const found = versionId === undefined ? files[0] : files.find((file) => file.versionId === versionId);
        return found === undefined
          ? Promise.reject(new SealdropError('OBJECT_NOT_FOUND', 'gone'))
          : Promise.resolve({ ...found, entries: {} });
      }),
  };
}

const rewritten = { versionId: 'v2', recordedVersion: 'v1' };

test('a file is of the write whose version it is, or that it records', () => {
  expect(isOfWrite({ versionId: 'v1' }, 'v1')).toBe(true);
  expect(isOfWrite(rewritten, 'v1')).toBe(true);
  expect(isOfWrite({ versionId: 'v3', replacedVersion: 'v1' }, 'v1')).toBe(false);
});

test.each([
  ['the current one', [rewritten], [undefined]],
  ['the one before it', [{ versionId: 'v3', replacedVersion: 'v2' }, rewritten], [undefined, 'v2']],
  [
    'one further back',
    [{ versionId: 'v4', replacedVersion: 'v3' }, { versionId: 'v3', replacedVersion: 'v2' }, rewritten],
    [undefined, 'v3', 'v2'],
  ],
])('an object’s own file is found where it is %s', async (_, files, looks) => {
  const { find, read } = filesOf(files);
  expect(await find('v1')).toEqual({ ...rewritten, entries: {} });
  expect(read).toEqual(looks);
});

test.each([
  ['there is none', []],
  ['the current one tells of none before it', [{ versionId: 'v3' }]],
  ['the one before it is gone', [{ versionId: 'v3', replacedVersion: 'v2' }]],
  ['all are of other writes', [{ versionId: 'v3', replacedVersion: 'v2' }, { versionId: 'v2' }]],
])('none is found where %s', async (_, files) => {
  expect(await filesOf(files).find('v1')).toBeUndefined();
});

test('the search ends where files name each other', async () => {
  const { find, read } = filesOf([
    { versionId: 'v3', replacedVersion: 'v2' },
    { versionId: 'v2', replacedVersion: 'v3' },
  ]);
  expect(await find('v1')).toBeUndefined();
  expect(read).toHaveLength(32);
});

test('for an object that records none, it is the one that the current one replaced', async () => {
  const { find } = filesOf([{ versionId: 'v3', replacedVersion: 'v2' }, rewritten]);
  expect(await find()).toEqual({ ...rewritten, entries: {} });
  expect(await filesOf([rewritten]).find()).toBeUndefined();
});

test('what else goes wrong is told', async () => {
  const denied = (): Promise<never> => Promise.reject(new SealdropError('ACCESS_DENIED', 'no'));
  expect((await failureOf(() => findInstructionFile('v1', denied))).code).toBe('ACCESS_DENIED');
});
