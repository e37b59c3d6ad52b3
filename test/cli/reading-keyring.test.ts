import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { openReadingKeyring, readingVaultOf } from '../../cli/reading-keyring.ts';
import { UsageError } from '../../cli/usage-error.ts';
import { committingSuite, RawRsaKeyring } from '../../envelope/index.ts';

const folder = await mkdtemp(join(tmpdir(), 'sealdrop-reading-'));
afterAll(() => rm(folder, { recursive: true }));

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const rsaPrivateKey = join(folder, 'key.pem');
await writeFile(rsaPrivateKey, privateKey.export({ type: 'pkcs8', format: 'pem' }));
const flags = { bind: 'object', context: {}, rsaPrivateKey } as const;

describe('a private RSA key', () => {
  test('opens, in the place of a KMS key, and is closed', async () => {
    const keyring = await openReadingKeyring({ ...flags, key: 'alias/vault' });
    const made = await new RawRsaKeyring({ publicKey }).generateDataKey({}, committingSuite);
    const opened = await keyring.decryptDataKey(made.encryptedDataKey);
    expect(Buffer.from(opened.plaintext).equals(Buffer.from(made.plaintext))).toBe(true);
    const own = await keyring.generateDataKey({}, committingSuite);
    expect(own.encryptedDataKey.wrappingAlgorithm).toBe('RSA-OAEP-SHA1');
    expect(() => {
      keyring.close();
    }).not.toThrow();
  });

  test('binds to nothing, whatever vault the environment names', () => {
    expect(readingVaultOf({ ...flags, vault: 'prod' })).toEqual({ vaultId: '', binding: 'none' });
    expect(readingVaultOf({ ...flags, bind: 'none' })).toEqual({ vaultId: '', binding: 'none' });
  });

  test.each([{ bind: 'vault' as const }, { context: { team: 'blue' } }])(
    'is not used with what it cannot authenticate: %j',
    (more) => {
      expect(() => readingVaultOf({ ...flags, ...more })).toThrow(UsageError);
    },
  );
});

test.each([{ cacheMaxAge: 60 }, { cache: false }, { cache: false, cacheMaxAge: 60 }])(
  'a private RSA key leaves nothing to limit: %j',
  async (more) => {
    await expect(openReadingKeyring({ ...flags, ...more })).rejects.toThrow(UsageError);
  },
);

describe('without one', () => {
  test('a KMS key is asked for, and the vault', async () => {
    const { rsaPrivateKey: _, ...rest } = flags;
    await expect(openReadingKeyring({})).rejects.toThrow(UsageError);
    expect(() => readingVaultOf(rest)).toThrow(UsageError);
    expect(readingVaultOf({ ...rest, vault: 'prod' })).toMatchObject({ vaultId: 'prod', binding: 'object' });
  });
});
