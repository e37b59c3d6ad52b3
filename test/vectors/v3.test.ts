import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { openBuffered } from '../../envelope/decryption.ts';
import { ContentEncryptor } from '../../envelope/encryption.ts';
import { authenticationFailure } from '../../envelope/errors.ts';
import type { Keyring } from '../../envelope/keyring.ts';
import { startOpen } from '../../envelope/open.ts';
import { startSeal } from '../../envelope/seal.ts';
import { failureOf, gather, inChunks } from '../support/bytes.ts';
import { makeVectors, type Vector, type Vectors } from './make-v3.ts';

const vectors = JSON.parse(readFileSync(new URL('v3.json', import.meta.url), 'utf8')) as Vectors;

test('the file is what its script makes', () => {
  expect(vectors).toEqual(makeVectors());
});

describe('a vector', () => {
  test.each(vectors.open)('of $name opens', async (vector) => {
    expect((await open(vector)).toString('hex')).toBe(vector.plaintext);
  });

  test.each(vectors.open)('of $name is what sealing gives', async (vector) => {
    const encryptor = new ContentEncryptor(hex(vector.dataKey), hex(vector.messageId));
    const sealed = await gather(encryptor.encrypt(inChunks(hex(vector.plaintext), 16)));
    expect(sealed.toString('hex')).toBe(vector.sealed);
    expect(Buffer.from(encryptor.commitment).toString('base64')).toBe(vector.metadata['x-amz-d']);
  });

  test.each(vectors.open)('of $name has the metadata that sealing writes', async (vector) => {
    const { metadata } = await startSeal(keyringOf(vector), vector.expectedContext);
    expect(Object.keys(metadata).sort()).toEqual(Object.keys(vector.metadata).sort());
    for (const name of ['x-amz-c', 'x-amz-3', 'x-amz-w']) expect(metadata[name]).toBe(vector.metadata[name]);
  });

  test.each(vectors.refuse)('of $name is refused: $code', async (vector) => {
    expect((await failureOf(() => open(vector))).code).toBe(vector.code);
  });
});

async function open(vector: Vector): Promise<Buffer> {
  const decryptor = await startOpen(keyringOf(vector), vector.metadata, vector.expectedContext);
  return openBuffered(decryptor, inChunks(hex(vector.sealed), 7, 7, 7), 1000);
}

/** Opens the vector's encrypted data key, under the context that it was sealed with. */
function keyringOf({ dataKey, encryptedDataKey, sealedContext }: Vector): Keyring {
  const keyArn = 'arn:aws:kms:eu-west-1:111122223333:key/vectors';
  const unexpected = () => Promise.reject(new Error('not asked for in this test'));
  return {
    generateDataKey: () =>
      Promise.resolve({ plaintext: hex(dataKey), encryptedDataKey: hex(encryptedDataKey), keyArn }),
    decryptDataKey: (given, context) => {
      const isRight =
        Buffer.from(given).toString('hex') === encryptedDataKey && sorted(context) === sorted(sealedContext);
      return isRight
        ? Promise.resolve({ plaintext: hex(dataKey), keyArn })
        : Promise.reject(authenticationFailure());
    },
    rewrapDataKey: unexpected,
    currentWrapping: unexpected,
  };
}

function sorted(context: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function hex(text: string): Buffer {
  return Buffer.from(text, 'hex');
}
