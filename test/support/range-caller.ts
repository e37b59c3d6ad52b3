import { GetObjectCommand } from '@aws-sdk/client-s3';
import { expect } from '@jest/globals';
import fc from 'fast-check';
import type { S3EncryptionClient } from '../../aws/encryption/s3-encryption-client.ts';
import { failureOf } from './bytes.ts';
import { bucketName } from './encryption-scene.ts';

/** The lengths of plaintexts whose ranges are asked for, in bytes. */
export const rangedLengths: readonly number[] = [0, 1, 15, 16, 17, 31, 32, 33, 100];

/** Ranges of every form, around the edges of those lengths. */
export const rangesOfEveryForm: readonly string[] = [
  ...['bytes=0-0', 'bytes=0-15', 'bytes=0-16', 'bytes=15-16', 'bytes=16-31', 'bytes=1-99', 'bytes=99-99'],
  ...['bytes=0-', 'bytes=15-', 'bytes=16-', 'bytes=17-', 'bytes=100-', 'bytes=116-', 'bytes=1000-2000'],
  ...['bytes=-0', 'bytes=-1', 'bytes=-15', 'bytes=-16', 'bytes=-17', 'bytes=-100', 'bytes=-1000'],
  'bytes=0-9999999999999999',
];

/** Any range of up to some hundred bytes. */
export function anyRange(): fc.Arbitrary<string> {
  const position = fc.nat(700);
  return fc.oneof(
    fc.tuple(position, position).map(([first, more]) => `bytes=${first}-${first + more}`),
    position.map((first) => `bytes=${first}-`),
    position.map((suffix) => `bytes=-${suffix}`),
  );
}

/** What HTTP makes of a range: the first byte and the one behind the last, or nothing. */
function sliceOf(range: string, lengthBytes: number): [from: number, to: number] | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? [];
  const from = first === '' ? Math.max(0, lengthBytes - Number(last)) : Number(first);
  const to = first === '' || last === '' ? lengthBytes : Math.min(lengthBytes, Number(last) + 1);
  return from < to ? [from, to] : undefined;
}

/**
 * Compares the answer to a range of the object `k` with a slice of its plaintext.
 *
 * @param total - the pattern of what the answer may tell of the length of the whole
 */
export async function expectSlice(
  client: S3EncryptionClient,
  plaintext: Buffer,
  range: string,
  total?: string,
): Promise<void> {
  const command = new GetObjectCommand({ Bucket: bucketName, Key: 'k', Range: range });
  const slice = sliceOf(range, plaintext.length);
  if (slice === undefined) {
    expect((await failureOf(() => client.send(command))).code).toBe('RANGE_INVALID');
    return;
  }
  const [from, to] = slice;
  const answer = await client.send(command);
  expect(Buffer.from((await answer.Body?.transformToByteArray()) ?? [])).toEqual(
    plaintext.subarray(from, to),
  );
  expect(answer).toMatchObject({
    ContentLength: to - from,
    ContentRange: expect.stringMatching(
      new RegExp(`^bytes ${from}-${to - 1}/${total ?? plaintext.length}$`),
    ) as unknown,
    Metadata: {},
  });
}
