import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import type { EncryptionScene } from './encryption-scene.ts';

/** What no client of ours writes any more. */
export type OlderForm = 'cbc' | 'cbc-with-length';

const algorithmPair = 'aws:x-amz-cek-alg';

/** Stores an object as an older client would have written it: V2 metadata, a KMS wrapping, AES-CBC. */
export function rawObject(scene: EncryptionScene, key: string, plaintext: Buffer, form: OlderForm): void {
  const { kms, bucket } = scene;
  const context = { [algorithmPair]: 'AES/CBC/PKCS5Padding' };
  const dataKey = kms.generateDataKey({ KeyId: scene.keyArn, EncryptionContext: context });
  const iv = randomBytes(16);
  const cipher = createCipheriv('aes-256-cbc', dataKey.Plaintext, iv);
  const content = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  const metadata = {
    'x-amz-key-v2': dataKey.CiphertextBlob.toString('base64'),
    'x-amz-wrap-alg': 'kms+context',
    'x-amz-cek-alg': 'AES/CBC/PKCS5Padding',
    'x-amz-iv': iv.toString('base64'),
    'x-amz-matdesc': JSON.stringify(context),
    ...(form === 'cbc' ? {} : { 'x-amz-unencrypted-content-length': String(plaintext.length) }),
  };
  const etag = `"${createHash('md5').update(content).digest('hex')}"`;
  bucket.write(key, { content, etag, metadata, system: {}, checksums: {}, checksumType: 'FULL_OBJECT' });
}
