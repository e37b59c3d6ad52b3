import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeKeyCommand } from '@aws-sdk/client-kms';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { KeysScene, keyMetadata } from './keys-scene.ts';

const scene = new KeysScene();
const folder = await mkdtemp(join(tmpdir(), 'sealdrop-share-'));
afterAll(() => rm(folder, { recursive: true }));

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const small = generateKeyPairSync('rsa', { modulusLength: 1024 });
const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const keys = {
  'partner.pem': publicKey.export({ type: 'spki', format: 'pem' }),
  'private.pem': privateKey.export({ type: 'pkcs8', format: 'pem' }),
  'small.pem': small.publicKey.export({ type: 'spki', format: 'pem' }),
  'elliptic.pem': elliptic.publicKey.export({ type: 'spki', format: 'pem' }),
};
for (const [name, pem] of Object.entries(keys)) await writeFile(join(folder, name), pem);

beforeEach(() => {
  scene.kms.on(DescribeKeyCommand).resolves({ KeyMetadata: keyMetadata });
  scene.s3.on(ListObjectsV2Command).resolves({});
});

const line = 'share s3://b/d/ --key alias/vault --vault v';

describe('sharing', () => {
  test.each([
    ['a KMS key', 'alias/partner', 2],
    ['an RSA key', join(folder, 'partner.pem'), 1],
  ])('with %s has the keys described, and no more', async (_, to, described) => {
    const { code, stderr } = await scene.run(`${line} --suffix .partner --to ${to}`);
    expect([code, stderr[0]]).toEqual([0, 'sealdrop: there was nothing to do']);
    expect(scene.kms.commandCalls(DescribeKeyCommand)).toHaveLength(described);
    expect(scene.kms.calls()).toHaveLength(described);
  });

  test.each([
    ['no suffix', '--to alias/partner', /no suffix/],
    ['an odd suffix', '--to alias/partner --suffix partner', /cannot be the suffix/],
    ['the own suffix', '--to alias/partner --suffix .instruction', /cannot be the suffix/],
    ['nobody', '--suffix .partner', /nobody was named/],
    [
      'a context for an RSA key',
      `--to ${folder}/partner.pem --suffix .p --to-context a=b`,
      /are for KMS keys/,
    ],
    ['a binding for an RSA key', `--to ${folder}/partner.pem --suffix .p --to-bind none`, /are for KMS keys/],
  ])('with %s is wrong use', async (_, more, message) => {
    const { code, stderr } = await scene.run(`${line} ${more}`);
    expect([code, stderr[0]]).toEqual([2, expect.stringMatching(message)]);
    expect(scene.s3.calls()).toHaveLength(0);
  });

  test.each([
    ['private.pem', /holds a private key/],
    ['small.pem', /at least 2048 bits/],
    ['elliptic.pem', /must be an RSA public key/],
    ['none.pem', /there is no file/],
  ])('with %s fails before anything is done', async (name, message) => {
    const { code, stderr } = await scene.run(`${line} --suffix .partner --to ${join(folder, name)}`);
    expect([code, stderr[0]]).toEqual([1, expect.stringMatching(message)]);
    expect([scene.s3.calls().length, scene.kms.calls().length]).toEqual([0, 0]);
  });

  test('of the suffix of the own file, where that has another, is refused', async () => {
    const more = '--to alias/partner --suffix .env --instruction-file-suffix .env';
    const { code, stderr } = await scene.run(`${line} ${more}`);
    expect([code, stderr[0]]).toEqual([1, expect.stringMatching(/own instruction file/)]);
  });

  test('of local files is wrong use', async () => {
    const { code, stderr } = await scene.run(
      'share out/a --to alias/p --suffix .p --key alias/vault --vault v',
    );
    expect([code, stderr[0]]).toEqual([2, expect.stringMatching(/not in S3/)]);
  });
});

test('the destination that may not wrap is refused before anything is looked at', async () => {
  scene.kms.on(DescribeKeyCommand).resolves({ KeyMetadata: { ...keyMetadata, KeyManager: 'AWS' } });
  const { code, stderr } = await scene.run(`${line} --suffix .partner --to alias/partner`);
  expect([code, stderr[0]]).toEqual([1, expect.stringMatching(/AWS managed/)]);
  expect(scene.s3.calls()).toHaveLength(0);
});
