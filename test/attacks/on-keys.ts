import type { OpenOptions } from '../../operations/open-object.ts';
import { FakeKeyring } from '../support/fake-keyring.ts';
import { edited, instead, type Attack, type Scene } from './scene.ts';

const context = ({ metadata }: Scene) => JSON.parse(metadata['x-amz-t'] ?? '') as Record<string, string>;
const withContext = (scene: Scene, pairs: Record<string, string | undefined>) => ({
  metadata: edited(scene.metadata, { 'x-amz-t': JSON.stringify(edited(context(scene), pairs)) }),
});
const vault = (changes: Partial<OpenOptions['vault']>) => ({
  vaultId: 'archive',
  binding: 'object' as const,
  ...changes,
});

/** A data key that the attacker had wrapped, under the context of the object. */
function wrappedBy(scene: Scene, keyArn: string): Scene['metadata'] {
  const wrapped = scene.world.kms.generateDataKey({ KeyId: keyArn, EncryptionContext: context(scene) });
  wrapped.Plaintext.fill(0);
  return edited(scene.metadata, { 'x-amz-3': wrapped.CiphertextBlob.toString('base64') });
}

/** Attacks on the encryption context, the stored one and the expected one. */
export const onContext: Attack[] = [
  ['vault renamed', 'CONTEXT_MISMATCH', (scene) => withContext(scene, { 'sealdrop-vault': 'other' })],
  ['vault taken away', 'CONTEXT_MISMATCH', (scene) => withContext(scene, { 'sealdrop-vault': undefined })],
  [
    'object key taken away',
    'CONTEXT_MISMATCH',
    (scene) => withContext(scene, { 'sealdrop-key-sha256': undefined }),
  ],
  ['a pair added', 'CONTEXT_MISMATCH', (scene) => withContext(scene, { team: 'blue' })],
  [
    'a pair of the old format added',
    'AUTHENTICATION_FAILED',
    (scene) => withContext(scene, { kms_cmk_id: 'arn' }),
  ],
  [
    'algorithm relabelled',
    'ENVELOPE_MALFORMED',
    (scene) => withContext(scene, { 'aws:x-amz-cek-alg': '114' }),
  ],
  [
    'algorithm taken away',
    'ENVELOPE_MALFORMED',
    (scene) => withContext(scene, { 'aws:x-amz-cek-alg': undefined }),
  ],
  [
    'algorithm relabelled on both sides',
    'ENVELOPE_MALFORMED',
    (scene) => ({
      metadata: edited(withContext(scene, { 'aws:x-amz-cek-alg': '114' }).metadata, { 'x-amz-c': '114' }),
    }),
  ],
  [
    'the vault that the reader expects, made to fit',
    'AUTHENTICATION_FAILED',
    (scene) => ({
      ...withContext(scene, { 'sealdrop-vault': 'other' }),
      open: { vault: vault({ vaultId: 'other' }) },
    }),
  ],
  ['a reader of another vault', 'CONTEXT_MISMATCH', () => ({ open: { vault: vault({ vaultId: 'other' }) } })],
  ['a reader who expects less', 'CONTEXT_MISMATCH', () => ({ open: { vault: vault({ binding: 'vault' }) } })],
  [
    'a reader who expects nothing',
    'CONTEXT_MISMATCH',
    () => ({ open: { vault: vault({ binding: 'none' }) } }),
  ],
  [
    'a reader who expects more',
    'CONTEXT_MISMATCH',
    () => ({ open: { vault: vault({ extraContext: { team: 'blue' } }) } }),
  ],
];

/** Attacks on the encrypted data key, and whole objects in the place of others. */
export const onKeys: Attack[] = [
  ['data key of another object', 'AUTHENTICATION_FAILED', instead('x-amz-3')],
  [
    'a whole other object of the vault in its place',
    'CONTEXT_MISMATCH',
    ({ other }) => ({ sealed: other.sealed, metadata: other.metadata }),
  ],
  [
    'a whole other object, its context made to fit',
    'AUTHENTICATION_FAILED',
    ({ metadata, other }) => ({
      sealed: other.sealed,
      metadata: edited(other.metadata, { 'x-amz-t': metadata['x-amz-t'] }),
    }),
  ],
  ...[16, 24, 31, 33, 64].map((lengthBytes): Attack => [
    `a data key of ${lengthBytes} bytes under the right context`,
    'DATA_KEY_INVALID',
    (scene) => {
      scene.world.kms.dataKeyBytes = lengthBytes;
      return { metadata: wrappedBy(scene, scene.world.keyArn) };
    },
  ]),
  [
    'another data key, wrapped under the right context',
    'AUTHENTICATION_FAILED',
    (scene) => ({ metadata: wrappedBy(scene, scene.world.keyArn) }),
  ],
  [
    'another data key, wrapped by the key of the attacker',
    'KEY_MISMATCH',
    (scene) => ({ metadata: wrappedBy(scene, scene.world.kms.createKey()) }),
  ],
  [
    'a reader with another key',
    'KEY_MISMATCH',
    ({ world: { kms } }) => ({ open: { keyring: new FakeKeyring(kms, kms.createKey()) } }),
  ],
];
