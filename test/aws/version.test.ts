import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { version } from '../../aws/version.ts';

test('the version of the user agent is the one of the package', () => {
  const file = new URL('../../package.json', import.meta.url);
  const { version: expected } = JSON.parse(readFileSync(file, 'utf8')) as { version: string };
  expect(version).toBe(expected);
});
