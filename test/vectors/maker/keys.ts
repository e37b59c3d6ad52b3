import type { KeyObject } from 'node:crypto';
import { bytesOf } from './randomness.ts';
import { rsaKeyOf } from './rsa-key.ts';
import type { Reader, WrappingKey, WrappingKeyName } from './schema.ts';

/** The raw AES keys. */
export const aesKeys: Readonly<Record<'aes' | 'other-aes', Buffer>> = {
  aes: bytesOf('wrapping key/aes', 32),
  'other-aes': bytesOf('wrapping key/other-aes', 32),
};

/** The raw RSA keys. */
export const rsaKeys: Readonly<Record<'rsa' | 'other-rsa', KeyObject>> = {
  rsa: rsaKeyOf('wrapping key/rsa'),
  'other-rsa': rsaKeyOf('wrapping key/other-rsa'),
};

/** Every wrapping key, as the file gives it. */
export const wrappingKeys: Readonly<Record<WrappingKeyName, WrappingKey>> = {
  kms: {
    type: 'KMS',
    keyId: 'arn:aws:kms:eu-west-1:111122223333:key/00000000-0000-4000-8000-000000000000',
  },
  aes: { type: 'AES', keyBase64: aesKeys.aes.toString('base64') },
  'other-aes': { type: 'AES', keyBase64: aesKeys['other-aes'].toString('base64') },
  rsa: exported(rsaKeys.rsa),
  'other-rsa': exported(rsaKeys['other-rsa']),
};

/** A reader with the defaults of the format. */
export const defaultReader: Reader = {
  wrappingKey: 'kms',
  commitmentPolicy: 'REQUIRE_ENCRYPT_REQUIRE_DECRYPT',
  legacyWrapping: false,
  legacyContent: false,
  encryptionContext: {},
};

function exported(key: KeyObject): WrappingKey {
  const der = key.export({ type: 'pkcs8', format: 'der' });
  return { type: 'RSA', privateKeyPkcs8Base64: der.toString('base64') };
}
