import { createSecretKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { RawAesKeyring, RawRsaKeyring } from '../../envelope/index.ts';
import { patternBytes } from '../support/bytes.ts';

/** The raw AES key of every scene. */
export const rawAesKey: KeyObject = createSecretKey(patternBytes(32, 'raw AES key'));
export const rawAesKeyring: RawAesKeyring = new RawAesKeyring({ wrappingKey: rawAesKey });
/** A raw AES key that wrapped nothing. */
export const foreignAesKeyring: RawAesKeyring = new RawAesKeyring({
  wrappingKey: createSecretKey(patternBytes(32, 'another raw AES key')),
});

/** The raw RSA keys of every scene. */
export const rawRsaKeys: { readonly publicKey: KeyObject; readonly privateKey: KeyObject } =
  generateKeyPairSync('rsa', { modulusLength: 2048 });
export const rawRsaKeyring: RawRsaKeyring = new RawRsaKeyring(rawRsaKeys);
/** A raw RSA key that wrapped nothing. */
export const foreignRsaKeyring: RawRsaKeyring = new RawRsaKeyring(
  generateKeyPairSync('rsa', { modulusLength: 2048 }),
);
