import { describe, expect, jest, test } from '@jest/globals';
import { DataKeyFile } from '../../operations/data-key-file.ts';
import { OfflineKeyring, openOfflineKeyring } from '../../operations/offline-keyring.ts';
import { failureOf, patternBytes } from '../support/bytes.ts';
import { encryptedKey, madeAtMilliseconds as made, newFile, passphrase } from '../support/data-key-files.ts';

const dataKey = patternBytes(32, 'data key');
const hour = 3_600_000;

async function written(): Promise<Buffer> {
  const file = await newFile();
  file.add(encryptedKey('a'), dataKey);
  return file.toBytes();
}

/** A keyring over a file for an hour, and the clock of its machine. */
async function offline(now: number): Promise<{ keyring: OfflineKeyring; clock: { now: number } }> {
  const clock = { now };
  return { keyring: await openOfflineKeyring(await written(), passphrase(), () => clock.now), clock };
}

describe('while it is time', () => {
  test.each([
    ['from the first moment', made],
    ['to the last', made + hour - 1],
  ])('%s, what was kept is opened', async (_, now) => {
    const { keyring } = await offline(now);
    const opened = await keyring.decryptDataKey(encryptedKey('a'));
    expect(opened).toEqual({ plaintext: dataKey });
    // Each one is the caller's own.
    opened.plaintext.fill(0);
    expect(await keyring.decryptDataKey(encryptedKey('a'))).toEqual({ plaintext: dataKey });
  });

  test('what was not kept is not opened', async () => {
    const { keyring } = await offline(made);
    expect(await failureOf(() => keyring.decryptDataKey(encryptedKey('b')))).toMatchObject({
      code: 'DATA_KEY_NOT_CACHED',
      hint: expect.stringContaining('rewrapped since'),
    });
  });

  test('nothing is sealed', async () => {
    const { keyring } = await offline(made);
    expect(await failureOf(() => keyring.generateDataKey())).toMatchObject({ code: 'REQUEST_UNSUPPORTED' });
  });
});

describe('past its time', () => {
  test.each([
    ['at its end', made + hour, /until 2026-11-22T09:00:00.000Z, which is over/, /warm a new cache/],
    ['long after', made + 1000 * hour, /which is over/, /warm a new cache/],
    [
      'before it was made',
      made - 1,
      /made at 2026-11-22T08:00:00.000Z, which is yet to come/,
      /set the clock/,
    ],
    ['long before', 0, /yet to come/, /set the clock/],
  ])('%s, a file is not opened', async (_, now, message, hint) => {
    const failure = await failureOf(() => offline(now));
    expect([failure.code, failure.retryable]).toEqual(['DATA_KEY_CACHE_EXPIRED', false]);
    expect(failure.message).toMatch(message);
    expect(failure.hint).toMatch(hint);
  });

  test('a file that is open opens nothing more', async () => {
    const { keyring, clock } = await offline(made);
    clock.now = made + hour;
    expect(await failureOf(() => keyring.decryptDataKey(encryptedKey('a')))).toMatchObject({
      code: 'DATA_KEY_CACHE_EXPIRED',
    });
    // What is not in it tells no more than what is.
    expect(await failureOf(() => keyring.decryptDataKey(encryptedKey('b')))).toMatchObject({
      code: 'DATA_KEY_CACHE_EXPIRED',
    });
  });

  test('a file that is not opened is closed', async () => {
    const close = jest.spyOn(DataKeyFile.prototype, 'close');
    await failureOf(() => offline(made + hour));
    expect(close).toHaveBeenCalledTimes(1);
    close.mockRestore();
  });
});

test('closed, it opens nothing', async () => {
  const { keyring } = await offline(made);
  keyring.close();
  expect(await failureOf(() => keyring.decryptDataKey(encryptedKey('a')))).toMatchObject({
    code: 'DATA_KEY_NOT_CACHED',
  });
});

test('by itself it goes by the clock of the day', async () => {
  const file = await newFile({ createdAtMilliseconds: Date.now(), lifetimeSeconds: 604_800 });
  new OfflineKeyring(file).assertInTime();
  const past = await newFile({ createdAtMilliseconds: Date.now() - 2 * hour });
  expect(await failureOf(() => openOfflineKeyring(past.toBytes(), passphrase()))).toMatchObject({
    code: 'DATA_KEY_CACHE_EXPIRED',
  });
});
