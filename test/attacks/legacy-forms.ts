import { constants, createCipheriv, publicEncrypt } from 'node:crypto';
import { cbcSuite, gcmSuite, encodeEnvelope, type Metadata } from '../../envelope/index.ts';
import type { WrappingAlgorithm } from '../../envelope/index.ts';
import { patternBytes } from '../support/bytes.ts';
import type { FakeKms } from '../support/fake-kms.ts';
import { rawAesKey, rawRsaKeys } from './raw-keys.ts';
import { oaepMixedBlock, rawRsa } from './rsa-blocks.ts';

/** What older clients wrote: the version, how the data key is wrapped, how the content is encrypted. */
export type LegacyForm =
  'V2 kms GCM' | 'V2 AESWrap GCM' | 'V2 RSA GCM' | 'V2 OAEP GCM' | 'V2 kms CBC' | 'V1 AES CBC' | 'V1 RSA CBC';

/** RSA-OAEP as the Java client named it: SHA-256 for the label, SHA-1 for the masks. */
const oaepOfJava: WrappingAlgorithm = 'RSA/ECB/OAEPWithSHA-256AndMGF1Padding';

let count = 0;

/** An object of an older client, made without the library. */
export function legacyObject(
  form: LegacyForm,
  plaintext: Buffer,
  keys: { readonly kms: FakeKms; readonly keyArn: string },
): { readonly metadata: Metadata; readonly content: Buffer } {
  count += 1;
  const isCbc = form.endsWith('CBC');
  const [, name = ''] = form.split(' ');
  const wrappingAlgorithm = name === 'OAEP' ? oaepOfJava : (name as WrappingAlgorithm);
  const context: Record<string, string> = wrappingAlgorithm === 'kms' ? { kms_cmk_id: keys.keyArn } : {};
  const iv = patternBytes(isCbc ? 16 : 12, `iv ${count}`);
  const suite = isCbc ? cbcSuite : gcmSuite;
  const { dataKey, ciphertext } = wrappedDataKey(wrappingAlgorithm, context, keys);
  const content = isCbc ? encryptCbc(dataKey, iv, plaintext) : encryptGcm(dataKey, iv, plaintext);
  dataKey.fill(0);
  const metadata = form.startsWith('V1')
    ? {
        'x-amz-key': ciphertext.toString('base64'),
        'x-amz-iv': iv.toString('base64'),
        'x-amz-matdesc': JSON.stringify(context),
      }
    : encodeEnvelope({
        encryptedDataKey: { wrappingAlgorithm, ciphertext, context, suite },
        content: { suite, iv },
      });
  return { metadata, content };
}

function wrappedDataKey(
  wrappingAlgorithm: WrappingAlgorithm,
  context: Record<string, string>,
  { kms, keyArn }: { readonly kms: FakeKms; readonly keyArn: string },
): { dataKey: Buffer; ciphertext: Buffer } {
  if (wrappingAlgorithm === 'kms') {
    const { Plaintext, CiphertextBlob } = kms.generateDataKey({ KeyId: keyArn, EncryptionContext: context });
    return { dataKey: Plaintext, ciphertext: CiphertextBlob };
  }
  const dataKey = patternBytes(32, `data key ${count}`);
  return { dataKey, ciphertext: wrapRaw(wrappingAlgorithm, dataKey) };
}

/** A data key, or whatever else, wrapped as the first clients did. */
export function wrapRaw(wrappingAlgorithm: WrappingAlgorithm, dataKey: Buffer): Buffer {
  if (wrappingAlgorithm === oaepOfJava) return rawRsa(oaepMixedBlock({ message: dataKey }));
  if (wrappingAlgorithm === 'RSA') {
    return publicEncrypt({ key: rawRsaKeys.publicKey, padding: constants.RSA_PKCS1_PADDING }, dataKey);
  }
  const cipher =
    wrappingAlgorithm === 'AESWrap'
      ? createCipheriv('id-aes256-wrap', rawAesKey, Buffer.alloc(8, 0xa6))
      : createCipheriv('aes-256-ecb', rawAesKey, null);
  return Buffer.concat([cipher.update(dataKey), cipher.final()]);
}

function encryptCbc(dataKey: Buffer, iv: Buffer, plaintext: Buffer): Buffer {
  const cipher = createCipheriv('aes-256-cbc', dataKey, iv);
  return Buffer.concat([cipher.update(plaintext), cipher.final()]);
}

function encryptGcm(dataKey: Buffer, iv: Buffer, plaintext: Buffer): Buffer {
  const cipher = createCipheriv('aes-256-gcm', dataKey, iv);
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}
