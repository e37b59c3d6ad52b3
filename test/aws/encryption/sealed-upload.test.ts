import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { SealedUpload, type PartToSend } from '../../../aws/encryption/sealed-upload.ts';
import { ContentDecryptor } from '../../../envelope/decryption.ts';
import { ContentEncryptor } from '../../../envelope/encryption.ts';
import { failureOf, gather, inChunks, patternBytes } from '../../support/bytes.ts';
import { committingContent } from '../../support/envelopes.ts';

const minPartBytes = 5 * 1024 * 1024;
const dataKey = patternBytes(32, 'data key');
const content = committingContent(dataKey);

function newUpload(): SealedUpload {
  return new SealedUpload(new ContentEncryptor(dataKey, content));
}

function opened(...ciphertexts: Buffer[]): Promise<Buffer> {
  const decryptor = new ContentDecryptor(dataKey, content);
  return gather(decryptor.decryptUnverified(inChunks(Buffer.concat(ciphertexts))));
}

function ciphertextOf(part: PartToSend): Buffer {
  if ('ciphertext' in part) return part.ciphertext;
  throw new Error('the part has been sent already');
}

const answer = { $metadata: {}, ETag: '"e"' };

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

test('parts in order make one content', async () => {
  const upload = newUpload();
  const parts = [patternBytes(17, 'a'), patternBytes(0), patternBytes(33, 'c')];
  const sealed: Buffer[] = [];
  for (const [index, part] of parts.entries()) {
    sealed.push(ciphertextOf(await upload.seal(index + 1, part)));
    upload.sent(index + 1, answer);
  }
  expect(upload.totalBytes).toBe(50);
  const last = upload.end();
  expect(last.partNumber).toBe(3);
  expect(await opened(...sealed.slice(0, 2), last.ciphertext)).toEqual(Buffer.concat(parts));
});

test('parts that come out of order wait for those before them', async () => {
  const upload = newUpload();
  const parts = [1, 2, 3, 4, 5].map((number) => patternBytes(number * 7, `part ${number}`));
  const sealed: Buffer[] = [];
  const sealing = [5, 3, 4, 2, 1].map(async (number) => {
    sealed[number - 1] = ciphertextOf(await upload.seal(number, parts[number - 1] ?? Buffer.alloc(0)));
  });
  await Promise.all(sealing);
  expect(jest.getTimerCount()).toBe(0);
  expect(await opened(...sealed, upload.end().ciphertext.subarray(-16))).toEqual(Buffer.concat(parts));
});

test('a part that waits in vain fails, and may be handed in again', async () => {
  const upload = newUpload();
  const waiting = failureOf(() => upload.seal(2, patternBytes(10)));
  await jest.advanceTimersByTimeAsync(9_999);
  expect(jest.getTimerCount()).toBe(1);
  await jest.advanceTimersByTimeAsync(1);
  expect(await waiting).toMatchObject({ code: 'PART_OUT_OF_ORDER', fields: { partNumber: 2 } });
  const again = upload.seal(2, patternBytes(10));
  await upload.seal(1, patternBytes(10, 'first'));
  expect(ciphertextOf(await again)).toHaveLength(10);
  expect(jest.getTimerCount()).toBe(0);
});

describe('a signal', () => {
  test.each(['while a part waits', 'before it does'])('that says stop %s stops it at once', async (when) => {
    const upload = newUpload();
    const abort = new AbortController();
    if (when === 'before it does') abort.abort();
    const waiting = failureOf(() => upload.seal(2, patternBytes(10), abort.signal));
    abort.abort();
    expect((await waiting).code).toBe('ABORTED');
    expect(jest.getTimerCount()).toBe(0);
    await upload.seal(1, patternBytes(10));
    expect(ciphertextOf(await upload.seal(2, patternBytes(10)))).toHaveLength(10);
  });

  test('is listened to only while a part waits', async () => {
    const upload = newUpload();
    const { signal } = new AbortController();
    const waiting = upload.seal(2, patternBytes(10), signal);
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    await upload.seal(1, patternBytes(10), signal);
    await waiting;
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test('stops no other part that waits', async () => {
    const upload = newUpload();
    const abort = new AbortController();
    const stopped = failureOf(() => upload.seal(2, patternBytes(10), abort.signal));
    const other = upload.seal(2, patternBytes(10));
    abort.abort();
    expect((await stopped).code).toBe('ABORTED');
    await upload.seal(1, patternBytes(10));
    expect(ciphertextOf(await other)).toHaveLength(10);
  });
});

test('callers that wait with the same part get the same ciphertext; with another, the second is refused', async () => {
  const upload = newUpload();
  const [first, same] = [upload.seal(2, patternBytes(10)), upload.seal(2, patternBytes(10))];
  const other = failureOf(() => upload.seal(2, patternBytes(10, 'other')));
  const one = ciphertextOf(await upload.seal(1, patternBytes(17)));
  const two = ciphertextOf(await first);
  expect(ciphertextOf(await same)).toEqual(two);
  expect((await other).code).toBe('PART_CHANGED');
  expect(upload.totalBytes).toBe(27);
  upload.sent(1, answer);
  upload.sent(2, answer);
  const whole = await opened(one, upload.end().ciphertext);
  expect(whole).toEqual(Buffer.concat([patternBytes(17), patternBytes(10)]));
  expect(upload.end().ciphertext.subarray(0, 10)).toEqual(two);
});

test.each([0, -1, 1.5, 10_001, Number.NaN])('%p is not the number of a part', async (partNumber) => {
  const error = await failureOf(() => newUpload().seal(partNumber, patternBytes(1)));
  expect(error.code).toBe('PART_OUT_OF_ORDER');
});

describe('a part that is handed in again', () => {
  test('gives the same ciphertext while S3 does not have it', async () => {
    const upload = newUpload();
    const first = await upload.seal(1, Buffer.alloc(minPartBytes));
    await upload.seal(2, patternBytes(10));
    expect(ciphertextOf(await upload.seal(1, Buffer.alloc(minPartBytes)))).toEqual(ciphertextOf(first));
    expect(upload.totalBytes).toBe(minPartBytes + 10);
  });

  test('gives the answer when S3 has it', async () => {
    const upload = newUpload();
    await upload.seal(1, patternBytes(10));
    upload.sent(1, answer);
    expect(await upload.seal(1, patternBytes(10))).toEqual({ answer });
    await upload.seal(2, patternBytes(10));
    expect(await upload.seal(1, patternBytes(10))).toEqual({ answer });
  });

  test.each([
    ['bytes', patternBytes(10, 'other')],
    ['length', patternBytes(9)],
  ])('with another %s is refused', async (_, other) => {
    const upload = newUpload();
    await upload.seal(1, patternBytes(10));
    expect((await failureOf(() => upload.seal(1, other))).code).toBe('PART_CHANGED');
    upload.sent(1, answer);
    expect((await failureOf(() => upload.seal(1, other))).code).toBe('PART_CHANGED');
  });
});

describe('the end of the content', () => {
  test('without a part is the tag alone', async () => {
    const last = newUpload().end();
    expect(last.partNumber).toBe(1);
    expect(await opened(last.ciphertext)).toEqual(Buffer.alloc(0));
  });

  test.each([
    [minPartBytes - 1, 1],
    [minPartBytes, 2],
  ])('behind a part of %i bytes is in part %i', async (size, partNumber) => {
    const upload = newUpload();
    const { ciphertext } = { ciphertext: ciphertextOf(await upload.seal(1, Buffer.alloc(size, 'p'))) };
    upload.sent(1, answer);
    const last = upload.end();
    expect(last.partNumber).toBe(partNumber);
    const before = partNumber === 1 ? [] : [ciphertext];
    expect((await opened(...before, last.ciphertext)).equals(Buffer.alloc(size, 'p'))).toBe(true);
  });

  test('is the same each time it is asked for', async () => {
    const upload = newUpload();
    await upload.seal(1, patternBytes(10));
    upload.sent(1, answer);
    expect(upload.end()).toEqual(upload.end());
  });

  test('lets no further part in, but the same again', async () => {
    const upload = newUpload();
    await upload.seal(1, patternBytes(10));
    upload.sent(1, answer);
    upload.end();
    expect((await failureOf(() => upload.seal(2, patternBytes(10)))).code).toBe('PART_OUT_OF_ORDER');
    expect(await upload.seal(1, patternBytes(10))).toEqual({ answer });
  });

  test('joins the last of as many parts as there can be', async () => {
    const upload = newUpload();
    for (let number = 1; number < 10_000; number += 1) {
      await upload.seal(number, Buffer.alloc(1));
      upload.sent(number, answer);
    }
    await upload.seal(10_000, Buffer.alloc(minPartBytes));
    upload.sent(10_000, answer);
    expect(upload.end()).toMatchObject({ partNumber: 10_000 });
    expect(upload.end().ciphertext).toHaveLength(minPartBytes + 16);
  });
});

test('what S3 answered is kept in the order of the parts', async () => {
  const upload = newUpload();
  await upload.seal(1, patternBytes(10));
  await upload.seal(2, patternBytes(10));
  upload.sent(2, answer);
  upload.sent(3, answer);
  expect(upload.answers()).toEqual([undefined, answer]);
});

test('a part that S3 answers twice is one part', async () => {
  const upload = newUpload();
  await upload.seal(1, Buffer.alloc(minPartBytes));
  upload.sent(1, answer);
  upload.sent(1, answer);
  expect(upload.answers()).toEqual([answer]);
  expect(upload.end().partNumber).toBe(2);
});

describe('the memory of an upload', () => {
  /** Whether each ciphertext was let go, once everything unreachable is collected. */
  async function released(references: readonly WeakRef<Buffer>[]): Promise<boolean[]> {
    jest.useRealTimers();
    const { setFlagsFromString } = await import('node:v8');
    const { runInNewContext } = await import('node:vm');
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    for (let round = 0; round < 5; round += 1) {
      await new Promise(setImmediate);
      collect();
    }
    return references.map((reference) => reference.deref() === undefined);
  }

  test('lets go of a sealed part as soon as S3 has it, but for the last', async () => {
    const upload = newUpload();
    const references: WeakRef<Buffer>[] = [];
    for (const number of [1, 2, 3, 4]) {
      references.push(new WeakRef(ciphertextOf(await upload.seal(number, patternBytes(1000)))));
    }
    for (const number of [2, 1, 4]) upload.sent(number, answer);
    // Part 3 is still to be sent, and the tag may have to join part 4.
    expect(await released(references)).toEqual([true, true, false, false]);
    upload.sent(3, answer);
    await upload.seal(5, patternBytes(1000));
    expect(await released(references)).toEqual([true, true, true, true]);
  });

  test('lets go of a last part that needs no tag', async () => {
    const upload = newUpload();
    const references = [new WeakRef(ciphertextOf(await upload.seal(1, Buffer.alloc(minPartBytes))))];
    upload.sent(1, answer);
    expect(await released(references)).toEqual([true]);
  });
});
