import { Command } from 'commander';
import { describe, expect, test } from '@jest/globals';
import {
  assertCacheFlags,
  noteUnsharedKeys,
  openingCache,
  sealingCache,
  tellKmsCalls,
  type CacheFlags,
} from '../../cli/cache-options.ts';
import { thrownBy } from '../support/bytes.ts';
import { fakeIo } from '../support/fake-terminal.ts';

function parsed(...args: string[]): Record<string, unknown> {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  for (const each of sealingCache()) command.addOption(each);
  return command.parse(args, { from: 'user' }).opts();
}

describe('the limits of the cache', () => {
  test('are the usual ones where none is given', () => {
    expect(parsed()).toEqual({ cache: true });
  });

  test.each([
    ['--cache-max-age', '1', { cacheMaxAge: 1 }],
    ['--cache-max-age', '86400', { cacheMaxAge: 86_400 }],
    ['--cache-max-messages', '1', { cacheMaxMessages: 1 }],
    ['--cache-max-messages', '4294967296', { cacheMaxMessages: 2 ** 32 }],
    ['--cache-max-bytes', '1', { cacheMaxBytes: 1 }],
    ['--cache-max-bytes', '16GiB', { cacheMaxBytes: 2 ** 34 }],
  ])('%s %s', (name, value, expected) => {
    expect(parsed(name, value)).toEqual({ cache: true, ...expected });
  });

  test.each([
    ['--cache-max-age', '0', /from 1 to 86400/, /--no-cache/],
    ['--cache-max-age', '86401', /from 1 to 86400/, /a day is the longest/],
    ['--cache-max-age', '1h', /from 1 to 86400/, /fewer seconds/],
    ['--cache-max-messages', '0', /from 1 to 4294967296/, /--no-cache/],
    ['--cache-max-messages', '4294967297', /from 1 to 4294967296/, /message ids could meet/],
    ['--cache-max-messages', '1e3', /from 1 to 4294967296/, /message ids could meet/],
    ['--cache-max-bytes', '0', /from 1 to/, /--no-cache/],
    ['--cache-max-bytes', '0GiB', /from 1 to/, /--no-cache/],
    ['--cache-max-bytes', 'much', /from 1 to/, /16GiB/],
  ])('are not %s %s', async (name, value, message, hint) => {
    expect(await thrownBy(() => parsed(name, value))).toMatchObject({
      name: 'UsageError',
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    });
    expect(await thrownBy(() => parsed(name, value))).toMatchObject({
      message: expect.stringContaining(`${name} "${value}" is out of its range: it must be`),
    });
  });

  test('of objects and bytes are for sealing alone', () => {
    expect(openingCache().map(({ long }) => long)).toEqual(['--cache-max-age', '--no-cache']);
  });

  test.each<[CacheFlags, string]>([
    [{ cacheMaxAge: 1 }, '--cache-max-age'],
    [{ cacheMaxMessages: 1 }, '--cache-max-messages'],
    [{ cacheMaxBytes: 1 }, '--cache-max-bytes'],
  ])('%j and no cache exclude each other', async (flags, name) => {
    assertCacheFlags({ ...flags, cache: true });
    assertCacheFlags({ cache: false });
    expect(
      await thrownBy(() => {
        assertCacheFlags({ ...flags, cache: false });
      }),
    ).toMatchObject({ name: 'UsageError', message: expect.stringContaining(name) });
  });
});

describe('limits that change nothing', () => {
  const committing = 'REQUIRE_ENCRYPT_REQUIRE_DECRYPT';
  const noteOf = (flags: Parameters<typeof noteUnsharedKeys>[1]): string => {
    const io = fakeIo();
    noteUnsharedKeys(io, flags);
    return io.stderr.text;
  };

  test('are told of with the binding object', () => {
    expect(noteOf({ cacheMaxAge: 60, bind: 'object', commitmentPolicy: committing })).toBe(
      'sealdrop: --cache-max-age changes nothing: with --bind object each object has a data key of its own; --bind vault shares them\n',
    );
  });

  test('are told of with an older format', () => {
    const commitmentPolicy = 'FORBID_ENCRYPT_ALLOW_DECRYPT';
    expect(noteOf({ cacheMaxBytes: 60, bind: 'vault', commitmentPolicy })).toBe(
      `sealdrop: --cache-max-bytes changes nothing: with ${commitmentPolicy} each object has a data key of its own\n`,
    );
  });

  test.each(['vault', 'none'] as const)('are none with the binding %s', (bind) => {
    expect(noteOf({ cacheMaxMessages: 60, bind, commitmentPolicy: committing })).toBe('');
  });

  test('are none where nobody gave any', () => {
    expect(noteOf({ cache: true, bind: 'object', commitmentPolicy: committing })).toBe('');
    expect(noteOf({ cache: false, bind: 'object', commitmentPolicy: committing })).toBe('');
  });
});

describe('the calls that were saved', () => {
  const none = { sealHits: 0, sealMisses: 0, openHits: 0, openMisses: 0, evictions: 0 };
  test.each<[string, Partial<typeof none>, CacheFlags, string]>([
    ['none were, and nobody asks', { sealMisses: 7 }, { cache: true }, ''],
    ['some were', { sealMisses: 1, sealHits: 9999 }, {}, '1 made, 9,999 saved'],
    ['some were when opening', { openMisses: 2, openHits: 3 }, {}, '2 made, 3 saved'],
    ['none were, with limits', { sealMisses: 7 }, { cacheMaxAge: 1 }, '7 made, 0 saved'],
    ['none were, without a cache', { sealMisses: 3, openMisses: 4 }, { cache: false }, '7 made, 0 saved'],
  ])('are told: %s', (_, counts, flags, told) => {
    const io = fakeIo();
    const decryptDataKey = (): never => {
      throw new Error('nothing is opened');
    };
    tellKmsCalls(io, { decryptDataKey, counts: { ...none, ...counts } }, flags);
    expect(io.stderr.text).toBe(told === '' ? '' : `sealdrop: KMS calls for data keys: ${told}\n`);
  });
});
