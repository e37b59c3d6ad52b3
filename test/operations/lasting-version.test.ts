import { expect, test } from '@jest/globals';
import { lastingVersion } from '../../operations/lasting-version.ts';

test.each([
  ['3HL4kqtJlcpXroDTDmJ', '3HL4kqtJlcpXroDTDmJ'],
  ['null', undefined],
  [undefined, undefined],
])('of version %p, %p lasts', (versionId, lasting) => {
  expect(lastingVersion(versionId)).toBe(lasting);
});
