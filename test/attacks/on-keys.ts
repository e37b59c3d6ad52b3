import { patternBytes, withFlippedBit } from '../support/bytes.ts';
import { keyringOver } from '../support/mock-kms.ts';
import { formsLike } from './forms.ts';
import { foreignAesKeyring, foreignRsaKeyring } from './raw-keys.ts';
import {
  attacksOn,
  attacksSeenByTag,
  bytesOf,
  contextOf,
  entryOf,
  nameOf,
  set,
  type Attack,
  type Forge,
  type Scene,
} from './scene.ts';

const underKms = formsLike(/^V[23](, shared context|, file|, kms$|$)/);
const shared = formsLike(/shared/);
const bound = formsLike(/^V[23](, file)?$/);
const authenticated = formsLike(/^V[23](?!.*CBC)/);
/** What PKCS #1 makes of an altered data key is another data key, of any length: see the tests of oracles. */
const notPkcs1 = formsLike(/^(?!.*(CBC|V2, RSA|V2, OAEP))/);
/** Here the wrapping of another object opens as well as the object's own. */
const unboundV2 = formsLike(/^V2, (shared context|kms|raw AES|raw RSA|AESWrap|RSA|OAEP of Java)$/);

/** The data key as bytes that the attacker made. */
const dataKey = (make: (scene: Scene) => Buffer): Forge =>
  set((scene) => ({ [nameOf('dataKey', scene)]: make(scene).toString('base64') }));

const dataKeyText = (make: (text: string) => string): Forge =>
  set((scene) => {
    const name = nameOf('dataKey', scene);
    return { [name]: make(entryOf(scene.mine, name)) };
  });

const own = (scene: Scene): Buffer => bytesOf(scene.mine, nameOf('dataKey', scene));
const others = (scene: Scene): Buffer => bytesOf(scene.other, nameOf('dataKey', scene));

/** A data key that the attacker had wrapped, under the context of the object. */
function wrappedBy(scene: Scene, keyArn: string, lengthBytes = 32): Buffer {
  const { kms } = scene;
  kms.dataKeyBytes = lengthBytes;
  const wrapped = kms.generateDataKey({ KeyId: keyArn, EncryptionContext: contextOf(scene) });
  kms.dataKeyBytes = 32;
  wrapped.Plaintext.fill(0);
  return wrapped.CiphertextBlob;
}

const wholeOther: Forge = ({ other: { sealed, metadata, file } }) => ({ sealed, metadata, file });

/** Attacks on the encrypted data key, and whole objects in the place of others. */
export const onKeys: Attack[] = [
  ...attacksSeenByTag(authenticated, unboundV2, [
    'data key of another object',
    'AUTHENTICATION_FAILED',
    dataKey(others),
  ]),
  ...attacksOn(
    notPkcs1,
    [
      'last bit of the data key flipped',
      'AUTHENTICATION_FAILED',
      dataKey((scene) => withFlippedBit(own(scene), -1)),
    ],
    ['data key cut by a byte', 'AUTHENTICATION_FAILED', dataKey((scene) => own(scene).subarray(0, -1))],
    ['data key cut to one byte', 'AUTHENTICATION_FAILED', dataKey((scene) => own(scene).subarray(0, 1))],
    [
      'data key lengthened',
      'AUTHENTICATION_FAILED',
      dataKey((scene) => Buffer.concat([own(scene), Buffer.of(0)])),
    ],
  ),
  ...attacksOn(
    authenticated,
    ['noise of 2 KB for a data key', 'AUTHENTICATION_FAILED', dataKey(() => patternBytes(1536))],
    ['data key emptied', 'ENVELOPE_MALFORMED', dataKeyText(() => '')],
    ['data key not base64', 'ENVELOPE_MALFORMED', dataKeyText(() => '!!!')],
    ['data key not ASCII', 'ENVELOPE_MALFORMED', dataKeyText((text) => `é${text}`)],
    [
      'data key with a space in it',
      'ENVELOPE_MALFORMED',
      dataKeyText((text) => `${text.slice(0, 8)} ${text.slice(8)}`),
    ],
    ['data key with text behind it', 'ENVELOPE_MALFORMED', dataKeyText((text) => `${text}!`)],
    ['data key in the alphabet for addresses', 'ENVELOPE_MALFORMED', dataKeyText(() => '-_-_')],
    ['data key with bits beyond its last byte', 'ENVELOPE_MALFORMED', dataKeyText(() => 'AB==')],
    ['data key without its padding', 'ENVELOPE_MALFORMED', dataKeyText(() => 'AAAAAA')],
  ),
  ...attacksOn(formsLike(/^V3/), [
    'noise of 2 KB for a message id',
    'ENVELOPE_MALFORMED',
    set({ 'x-amz-i': patternBytes(1536).toString('base64') }),
  ]),
  ...attacksOn(
    underKms,
    [
      'noise of 2 KB for a context',
      'ENVELOPE_MALFORMED',
      noiseForContext(patternBytes(1536).toString('base64')),
    ],
    [
      'noise of 2 KB that is no text for a context',
      'ENVELOPE_MALFORMED',
      noiseForContext(patternBytes(2048).toString('latin1')),
    ],
    ...[1, 16, 24, 31, 33, 64].map(
      (lengthBytes) =>
        [
          `a data key of ${lengthBytes} bytes from KMS, under the right context`,
          'DATA_KEY_INVALID',
          dataKey((scene) => wrappedBy(scene, scene.keyArn, lengthBytes)),
        ] as const,
    ),
    [
      'another data key, wrapped by the key of the attacker',
      'KEY_MISMATCH',
      dataKey((scene) => wrappedBy(scene, scene.kms.createKey())),
    ],
    [
      'a reader with another KMS key',
      'KEY_MISMATCH',
      ({ kms }) => ({ reader: { keyring: keyringOver(kms, kms.createKey()).keyring } }),
    ],
    ['a reader with a raw key', 'ENVELOPE_UNSUPPORTED', () => ({ reader: { keyring: foreignAesKeyring } })],
  ),
  ...attacksSeenByTag(underKms, formsLike(/^V2/), [
    'another data key, wrapped under the right context',
    'AUTHENTICATION_FAILED',
    dataKey((scene) => wrappedBy(scene, scene.keyArn)),
  ]),
  ...attacksOn(formsLike(/raw AES|AESWrap/), [
    'a reader with another raw AES key',
    'AUTHENTICATION_FAILED',
    () => ({ reader: { keyring: foreignAesKeyring } }),
  ]),
  ...attacksOn(formsLike(/raw RSA/), [
    'a reader with another raw RSA key',
    'AUTHENTICATION_FAILED',
    () => ({ reader: { keyring: foreignRsaKeyring } }),
  ]),
  ...attacksOn(formsLike(/raw|AESWrap|V2, (RSA|OAEP)/), [
    'a reader with a KMS key for a raw key',
    'ENVELOPE_UNSUPPORTED',
    ({ kms, keyArn }) => ({ reader: { keyring: keyringOver(kms, keyArn).keyring } }),
  ]),
  ...attacksOn(
    bound,
    ['a whole other object of the vault in its place', 'CONTEXT_MISMATCH', wholeOther],
    [
      'a whole other object, its context made to fit',
      'AUTHENTICATION_FAILED',
      (scene) => {
        const { other, mine } = scene;
        const name = nameOf('context', scene);
        const fitted = { [name]: entryOf(mine, name) };
        return other.file === undefined
          ? { sealed: other.sealed, metadata: { ...other.metadata, ...fitted } }
          : { sealed: other.sealed, metadata: other.metadata, file: { ...other.file, ...fitted } };
      },
    ],
  ),
  ...attacksSeenByTag(shared, unboundV2, [
    'content and data key of another object, all else kept',
    'AUTHENTICATION_FAILED',
    (scene) => ({ ...dataKey(others)(scene), sealed: scene.other.sealed }),
  ]),
];

function noiseForContext(noise: string): Forge {
  return set((scene) => ({ [nameOf('context', scene)]: noise }));
}
