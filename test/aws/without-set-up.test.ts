import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

const script = new URL('../support/calls-without-set-up.ts', import.meta.url).pathname;

let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'sealdrop-home-'));
});
afterAll(() => {
  rmSync(home, { recursive: true });
});

/** What every call came to, by its name, in a process that knows no more than this. */
async function outcomesWith(environment: Record<string, string>): Promise<Record<string, string>> {
  const { stdout } = await promisify(execFile)(process.execPath, [script], {
    timeout: 50_000,
    env: {
      HOME: home,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      ...environment,
    },
  });
  return JSON.parse(stdout) as Record<string, string>;
}

describe('every call to AWS, with the clients as the SDK finds them set up,', () => {
  test.each([
    ['no credentials', { AWS_REGION: 'eu-west-1' }, 'CREDENTIALS_MISSING'],
    ['a profile that is not there', { AWS_REGION: 'eu-west-1', AWS_PROFILE: 'none' }, 'CREDENTIALS_MISSING'],
    ['nothing at all', {}, 'REGION_MISSING'],
    [
      'credentials and no Region',
      { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'example' },
      'REGION_MISSING',
    ],
    [
      'a Region that cannot be one',
      { AWS_REGION: 'eu west', AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'example' },
      'REGION_MISSING',
    ],
  ])('with %s', async (_, environment, code) => {
    const outcomes = await outcomesWith(environment);
    const names = Object.keys(outcomes);
    expect(names.length).toBeGreaterThan(10);
    expect(outcomes).toEqual(Object.fromEntries(names.map((name) => [name, code])));
  });
});
