import { createHmac } from 'node:crypto';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { committingSuite, gcmSuite, type EncryptedDataKey } from '../../envelope/index.ts';
import { DataKeyFile } from '../../operations/data-key-file.ts';
import { headerBytes } from '../../operations/data-key-file-header.ts';
import { failureOf, isWiped, patternBytes, withFlippedBit } from '../support/bytes.ts';
import {
  encryptedKey,
  madeAtMilliseconds,
  newFile,
  passphrase,
  quickCost,
} from '../support/data-key-files.ts';
import { wipedLengths } from '../support/wiped-lengths.ts';

afterEach(() => {
  jest.restoreAllMocks();
});

const [one, other] = [patternBytes(32, 'one'), patternBytes(32, 'other')];

async function filled(): Promise<Buffer> {
  const file = await newFile();
  file.add(encryptedKey('a'), one);
  file.add(encryptedKey('b'), other);
  return file.toBytes();
}

describe('a file of data keys', () => {
  test('gives back what was put in, to whoever has the passphrase', async () => {
    const file = await DataKeyFile.open(await filled(), passphrase());
    expect([file.find(encryptedKey('a')), file.find(encryptedKey('b')), file.size]).toEqual([one, other, 2]);
    expect(file.header).toMatchObject({
      createdAtMilliseconds: madeAtMilliseconds,
      expiresAtMilliseconds: madeAtMilliseconds + 3_600_000,
      cost: quickCost,
    });
  });

  test('may hold nothing', async () => {
    const file = await DataKeyFile.open((await newFile()).toBytes(), passphrase());
    expect([file.size, file.find(encryptedKey('a'))]).toEqual([0, undefined]);
  });

  test('finds what was added before it is written', async () => {
    const file = await newFile();
    file.add(encryptedKey('a'), one);
    expect(file.find(encryptedKey('a'))).toEqual(one);
  });

  test('keeps the first of two for the same encrypted data key', async () => {
    const file = await newFile();
    file.add(encryptedKey('a'), one);
    file.add(encryptedKey('a', { context: { 'sealdrop-vault': 'archive' } }), other);
    expect([file.size, file.find(encryptedKey('a'))]).toEqual([1, one]);
  });

  test.each<[string, Partial<EncryptedDataKey>]>([
    ['other bytes', { ciphertext: withFlippedBit(encryptedKey('a').ciphertext, 0) }],
    ['fewer bytes', { ciphertext: encryptedKey('a').ciphertext.subarray(1) }],
    ['another context', { context: { 'sealdrop-vault': 'other' } }],
    ['a pair more', { context: { 'sealdrop-vault': 'archive', team: 'a' } }],
    ['no context', { context: {} }],
    ['another suite', { suite: gcmSuite }],
    ['another wrapping', { wrappingAlgorithm: 'kms' }],
  ])('does not take for the same one with %s', async (_, difference) => {
    const file = await newFile();
    file.add(encryptedKey('a'), one);
    expect(file.find(encryptedKey('a', difference))).toBeUndefined();
  });

  test('gives any number of data keys back, in whatever order they are asked for', async () => {
    const contexts = fc.dictionary(fc.string({ maxLength: 8 }), fc.string({ maxLength: 8 }), { maxKeys: 3 });
    const entry = fc.record({
      ciphertext: fc.uint8Array({ minLength: 1, maxLength: 200 }),
      context: contexts,
      plaintext: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    });
    const entries = fc.uniqueArray(entry, {
      maxLength: 20,
      selector: ({ ciphertext }) => Buffer.from(ciphertext).toString('hex'),
    });
    await fc.assert(
      fc.asyncProperty(entries, async (all) => {
        const file = await newFile();
        const keyOf = ({ ciphertext, context }: (typeof all)[number]): EncryptedDataKey => ({
          ...{ wrappingAlgorithm: 'kms+context', ciphertext, context, suite: committingSuite },
        });
        for (const each of all) file.add(keyOf(each), each.plaintext);
        const opened = await DataKeyFile.open(file.toBytes(), passphrase());
        for (const each of [...all].reverse()) {
          expect(opened.find(keyOf(each))).toEqual(Buffer.from(each.plaintext));
        }
      }),
      { numRuns: 10 },
    );
  });

  test('shows neither data keys, nor what tells encrypted data keys apart, nor twice the same bytes', async () => {
    const [bytes, again] = [await filled(), await filled()];
    for (const secret of [one, other, encryptedKey('a').ciphertext, passphrase()]) {
      expect(bytes.includes(Buffer.from(secret))).toBe(false);
    }
    expect(bytes.subarray(headerBytes).equals(again.subarray(headerBytes))).toBe(false);
    expect(bytes.length).toBe(headerBytes + 2 * 80 + 32);
  });
});

describe('no data key comes out of a file', () => {
  const refused = { code: 'DATA_KEY_CACHE_INVALID', message: 'the cache of data keys could not be opened' };

  test.each(['several words of a tesT', 'several words of a test ', ''])(
    'with another passphrase: %j',
    async (text) => {
      const bytes = await filled();
      expect(await failureOf(() => DataKeyFile.open(bytes, passphrase(text)))).toMatchObject(refused);
    },
  );

  test('of which any byte was altered', async () => {
    const bytes = await filled();
    // Of each region a byte, and every one of the header, which says for what time it is.
    const regions = [0, 1, 31, 32, 63, 64, 79, 80, 159, 160, 191].map((offset) => headerBytes + offset);
    for (const offset of [...Array(headerBytes).keys(), ...regions]) {
      const failure = await failureOf(() => DataKeyFile.open(withFlippedBit(bytes, offset), passphrase()));
      expect([offset, failure.code, failure.message]).toEqual([offset, refused.code, refused.message]);
    }
  });

  test.each([1, 16, 31, 32, 33, 79, 80, 160, 192, 193, 240, 1000])(
    'that is %i bytes shorter',
    async (less) => {
      const bytes = await filled();
      const short = bytes.subarray(0, Math.max(0, bytes.length - less));
      expect(await failureOf(() => DataKeyFile.open(short, passphrase()))).toMatchObject(refused);
    },
  );

  test.each([1, 32, 80])('that is %i bytes longer', async (more) => {
    const long = Buffer.concat([await filled(), Buffer.alloc(more)]);
    expect(await failureOf(() => DataKeyFile.open(long, passphrase()))).toMatchObject(refused);
  });

  test('whose entries were put in another order, or left out from the middle', async () => {
    const bytes = await filled();
    const [header, a, b, mac] = [
      bytes.subarray(0, headerBytes),
      bytes.subarray(headerBytes, headerBytes + 80),
      bytes.subarray(headerBytes + 80, headerBytes + 160),
      bytes.subarray(headerBytes + 160),
    ];
    for (const parts of [
      [header, b, a, mac],
      [header, b, mac],
      [header, a, mac],
    ]) {
      expect(await failureOf(() => DataKeyFile.open(Buffer.concat(parts), passphrase()))).toMatchObject(
        refused,
      );
    }
  });

  test('that got the entries of another one', async () => {
    const [bytes, another] = [await filled(), await filled()];
    const mixed = Buffer.concat([bytes.subarray(0, headerBytes), another.subarray(headerBytes)]);
    expect(await failureOf(() => DataKeyFile.open(mixed, passphrase()))).toMatchObject(refused);
  });
});

describe('what is secret is zero-filled', () => {
  test('the passphrase of a new file', async () => {
    const words = passphrase();
    await DataKeyFile.create(words, { createdAtMilliseconds: 0, lifetimeSeconds: 60, cost: quickCost });
    expect(isWiped(words)).toBe(true);
  });

  test.each([0, 59, 604_801, NaN])(
    'the passphrase of none, for a lifetime of %d',
    async (lifetimeSeconds) => {
      const words = passphrase();
      const failure = await failureOf(() =>
        DataKeyFile.create(words, { createdAtMilliseconds: 0, lifetimeSeconds, cost: quickCost }),
      );
      expect([failure.code, isWiped(words)]).toEqual(['CONFIGURATION_INVALID', true]);
    },
  );

  test.each([
    ['that is whole', (bytes: Buffer) => bytes],
    ['that is not', (bytes: Buffer) => withFlippedBit(bytes, bytes.length - 1)],
    ['that is none', () => Buffer.alloc(500)],
  ])('the passphrase of a file %s', async (_, how) => {
    const words = passphrase();
    await DataKeyFile.open(how(await filled()), words).catch(() => undefined);
    expect(isWiped(words)).toBe(true);
  });

  test('what was derived from it, where the file is refused', async () => {
    const bytes = await filled();
    const close = jest.spyOn(DataKeyFile.prototype, 'close');
    await DataKeyFile.open(withFlippedBit(bytes, bytes.length - 1), passphrase()).catch(() => undefined);
    expect(close).toHaveBeenCalledTimes(1);
  });

  test('a data key whose tag is not its own', async () => {
    const bytes = await filled();
    const file = await DataKeyFile.open(bytes, passphrase());
    const lastOfTag = headerBytes + 79;
    bytes[lastOfTag] = (bytes[lastOfTag] ?? 0) ^ 1;
    const lengths = wipedLengths();
    expect((await failureOf(() => file.find(encryptedKey('a')))).code).toBe('DATA_KEY_CACHE_INVALID');
    expect(lengths()).toContain(32);
  });

  test('what was derived from it, when the file is closed', async () => {
    const file = await newFile();
    file.add(encryptedKey('a'), one);
    file.close();
    const bytes = file.toBytes();
    const [content, mac] = [bytes.subarray(0, -32), bytes.subarray(-32)];
    expect(mac).toEqual(createHmac('sha256', Buffer.alloc(32)).update(content).digest());
    expect([file.size, file.find(encryptedKey('a'))]).toEqual([0, undefined]);
  });

  test('nothing is added any more then, under a key that anybody knows', async () => {
    const file = await newFile();
    file.close();
    file.add(encryptedKey('a'), one);
    expect([file.size, file.toBytes().length]).toEqual([0, headerBytes + 32]);
  });
});
