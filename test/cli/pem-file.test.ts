import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, jest, test } from '@jest/globals';
import { readPrivateKey, readPublicKey } from '../../cli/pem-file.ts';
import { failureOf, isWiped } from '../support/bytes.ts';

const folder = await mkdtemp(join(tmpdir(), 'sealdrop-pem-'));
afterAll(() => rm(folder, { recursive: true }));

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const spki = publicKey.export({ type: 'spki', format: 'pem' }).toString();
const pkcs1 = publicKey.export({ type: 'pkcs1', format: 'pem' }).toString();
const pkcs8 = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const traditional = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
const encryption = { cipher: 'aes-256-cbc', passphrase: 'open sesame' } as const;
const encrypted = privateKey.export({ type: 'pkcs8', format: 'pem', ...encryption }).toString();
const oldEncrypted = privateKey.export({ type: 'pkcs1', format: 'pem', ...encryption }).toString();
const certificate = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';

let files = 0;
async function file(content: string | Uint8Array): Promise<string> {
  files += 1;
  const path = join(folder, `key-${files}.pem`);
  await writeFile(path, content);
  return path;
}

test('a key comes by a pipe, too, in pieces', async () => {
  const path = join(folder, 'pipe');
  execFileSync('mkfifo', [path]);
  const reading = readPublicKey(path);
  const pipe = await open(path, 'w');
  for (const piece of [spki.slice(0, 100), spki.slice(100)]) {
    await pipe.write(piece);
    await sleep(20);
  }
  await pipe.close();
  expect((await reading).equals(publicKey)).toBe(true);
});

describe('a public key', () => {
  test.each([
    ['SPKI', spki],
    ['PKCS #1', pkcs1],
    ['SPKI with words before it', `the partner's key\n${spki}`],
  ])('is read from %s', async (_, pem) => {
    expect((await readPublicKey(await file(pem))).equals(publicKey)).toBe(true);
  });

  test.each([
    ['a private key', pkcs8, /private key$/, /pubout/],
    ['a private key of the older form', traditional, /private key$/, /pubout/],
    ['a private key beside it', spki + pkcs8, /private key$/, /pubout/],
    ['an encrypted private key', encrypted, /private key$/, /pubout/],
    ['a certificate', certificate, /certificate$/, /x509/],
    ['DER', publicKey.export({ type: 'spki', format: 'der' }), /no public key$/, /BEGIN PUBLIC KEY/],
    ['nothing', '', /no public key$/, /BEGIN PUBLIC KEY/],
    ['a broken key', spki.replace(/^M/m, '!'), /no public key$/, /BEGIN PUBLIC KEY/],
    ['too much', spki.padEnd(64 * 1024 + 1), /too long/, /PEM/],
  ])('is refused where the file holds %s', async (_, content, message, hint) => {
    const failure = await failureOf(async () => readPublicKey(await file(content)));
    expect([failure.code, failure.cause]).toEqual(['CONFIGURATION_INVALID', undefined]);
    expect(failure.message).toMatch(message);
    expect(failure.hint).toMatch(hint);
  });
});

describe('a private key', () => {
  test.each([
    ['PKCS #8', pkcs8],
    ['PKCS #1', traditional],
  ])('is read from %s', async (_, pem) => {
    expect((await readPrivateKey(await file(pem))).equals(privateKey)).toBe(true);
  });

  test.each([
    ['a public key', spki, /public key, which opens nothing/],
    ['an encrypted key', encrypted, /is encrypted$/],
    ['an encrypted key of the older form', oldEncrypted, /is encrypted$/],
    ['a broken key', pkcs8.replace(/^M/m, '!'), /no private key$/],
    ['something else', 'secret words', /no private key$/],
  ])('is refused where the file holds %s, of which nothing is told', async (_, content, message) => {
    const failure = await failureOf(async () => readPrivateKey(await file(content)));
    expect([failure.code, failure.cause]).toEqual(['CONFIGURATION_INVALID', undefined]);
    expect(failure.message).toMatch(message);
    const second = content.split('\n')[1] ?? content;
    expect(failure.message).not.toContain(second);
  });
});

test.each([readPublicKey, readPrivateKey])('a file that is not there is told of: %p', async (read) => {
  expect((await failureOf(() => read(join(folder, 'none')))).code).toBe('FILE_NOT_FOUND');
  expect((await failureOf(() => read(folder))).code).toBe('FILE_FAILED');
});

test.each([
  ['a public key', readPublicKey, spki],
  ['a private key in its place', readPublicKey, pkcs8],
  ['a private key', readPrivateKey, pkcs8],
  ['a private key that is encrypted', readPrivateKey, encrypted],
  ['a private key that is broken', readPrivateKey, pkcs8.replace(/^M/m, '!')],
  ['a private key and too much beside it', readPrivateKey, pkcs8.padEnd(64 * 1024 + 1)],
])('what was read of a file is zero-filled: %s', async (_, read, content) => {
  const path = await file(content);
  const alloc = jest.spyOn(Buffer, 'alloc');
  try {
    await read(path).catch(() => undefined);
    const made = alloc.mock.results.map(({ value }) => value as Buffer);
    expect(made.filter(({ length }) => length > 64 * 1024).map(isWiped)).toEqual([true]);
  } finally {
    alloc.mockRestore();
  }
});
