import { createSecretKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { parseEnvelope } from '../../envelope/content-metadata.ts';
import { openBuffered } from '../../envelope/decryption.ts';
import { bindContext } from '../../envelope/encryption-context.ts';
import { startOpen } from '../../envelope/open.ts';
import { RawAesKeyring } from '../../envelope/raw-aes-keyring.ts';
import { RawRsaKeyring } from '../../envelope/raw-rsa-keyring.ts';
import { assertAuthenticated, reencryptEnvelope } from '../../envelope/reencrypt.ts';
import { startSeal } from '../../envelope/seal.ts';
import { gcmSuite } from '../../envelope/suite.ts';
import { failureOf, gather, inChunks, isWiped, patternBytes } from '../support/bytes.ts';
import { cbcContent, wellFormed } from '../support/envelopes.ts';
import { createWorld } from '../support/world.ts';

const context = bindContext('object', { vaultId: 'archive', objectKey: 'a.txt' });
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const partner = new RawRsaKeyring({ privateKey });
const commitmentPolicy = 'REQUIRE_ENCRYPT_ALLOW_DECRYPT';

async function sealed(options: Parameters<typeof startSeal>[2] = {}) {
  const world = createWorld();
  const { encryptor, metadata } = await startSeal(world.keyring, context, options);
  const content = await gather(encryptor.encrypt(inChunks(Buffer.from('content'))));
  world.kms.calls.length = 0;
  world.kms.plaintexts.length = 0;
  return { ...world, metadata, content };
}

describe.each([
  ['V3', {}],
  ['V2', { suite: gcmSuite }],
])('re-encrypting an envelope of %s', (_, how) => {
  test.each([
    ['an RSA key', new RawRsaKeyring({ publicKey }), partner],
    ...[createSecretKey(patternBytes(32))].map((wrappingKey) => {
      const keyring = new RawAesKeyring({ wrappingKey });
      return ['an AES key', keyring, keyring] as const;
    }),
  ] as const)('lets %s open the content', async (_name, wrapper, reader) => {
    const { keyring, metadata, content } = await sealed(how);
    const options = { expectedContext: context, commitmentPolicy } as const;
    const envelope = parseEnvelope(await reencryptEnvelope(keyring, metadata, wrapper, options));
    expect(envelope.content).toEqual(parseEnvelope(metadata).content);
    const decryptor = await startOpen(reader, envelope, { expectedContext: {}, commitmentPolicy });
    expect((await openBuffered(decryptor, inChunks(content), 100)).toString()).toBe('content');
  });
});

describe('the data key', () => {
  const options = { expectedContext: context };

  test('is opened once, held while it is wrapped, and zero-filled then', async () => {
    const { keyring, kms, metadata } = await sealed();
    const held: boolean[] = [];
    await reencryptEnvelope(
      keyring,
      metadata,
      {
        wrapDataKey: async (dataKey, suite) => {
          await Promise.resolve();
          held.push(!isWiped(dataKey));
          return partner.wrapDataKey(dataKey, suite);
        },
      },
      options,
    );
    expect(kms.calls.map(({ action }) => action)).toEqual(['Decrypt']);
    expect(held).toEqual([true]);
    expect(kms.plaintexts.map(isWiped)).toEqual([true]);
  });

  test('is zero-filled where it cannot be wrapped', async () => {
    const { keyring, kms, metadata } = await sealed();
    const wrapper = { wrapDataKey: () => Promise.reject(new Error('no randomness')) };
    await expect(reencryptEnvelope(keyring, metadata, wrapper, options)).rejects.toThrow('no randomness');
    expect(kms.plaintexts.map(isWiped)).toEqual([true]);
  });

  test('that the object does not commit to is not wrapped', async () => {
    const { keyring, kms, metadata } = await sealed();
    const wrapped: unknown[] = [];
    const wrapper = {
      wrapDataKey: (dataKey: Uint8Array) => {
        wrapped.push(dataKey);
        return Promise.reject(new Error('wrapped'));
      },
    };
    const forged = { ...metadata, 'x-amz-d': Buffer.alloc(28).toString('base64') };
    const failure = await failureOf(() => reencryptEnvelope(keyring, forged, wrapper, options));
    expect([failure.code, wrapped]).toEqual(['AUTHENTICATION_FAILED', []]);
    expect(kms.plaintexts.map(isWiped)).toEqual([true]);
  });

  test.each([
    ['is bound to something else', 'CONTEXT_MISMATCH', {}, {}],
    ['belongs to content that commits to none', 'COMMITMENT_REQUIRED', { suite: gcmSuite }, context],
  ] as const)('is not asked for where it %s', async (_, code, how, expectedContext) => {
    const { keyring, kms, metadata } = await sealed(how);
    const failure = await failureOf(() => reencryptEnvelope(keyring, metadata, partner, { expectedContext }));
    expect([failure.code, kms.calls]).toEqual([code, []]);
  });
});

test('content that nobody authenticates is not passed on', async () => {
  const envelope = { ...wellFormed, content: cbcContent };
  expect(
    (
      await failureOf(() => {
        assertAuthenticated(envelope);
      })
    ).code,
  ).toBe('ENVELOPE_UNSUPPORTED');
  expect(() => {
    assertAuthenticated(wellFormed);
  }).not.toThrow();
  const metadata = {
    'x-amz-key-v2': Buffer.alloc(80).toString('base64'),
    'x-amz-wrap-alg': 'kms+context',
    'x-amz-cek-alg': 'AES/CBC/PKCS5Padding',
    'x-amz-iv': Buffer.alloc(16).toString('base64'),
    'x-amz-matdesc': '{"aws:x-amz-cek-alg":"AES/CBC/PKCS5Padding"}',
  };
  const accepting = {
    commitmentPolicy,
    legacyWrapping: true,
    legacyContent: true,
    expectedContext: {},
  } as const;
  const { keyring, kms } = createWorld();
  const work = () => reencryptEnvelope(keyring, metadata, partner, accepting);
  expect([(await failureOf(work)).code, kms.calls]).toEqual(['ENVELOPE_UNSUPPORTED', []]);
});
