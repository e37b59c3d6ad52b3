import {
  constants,
  createHmac,
  createPublicKey,
  privateDecrypt,
  publicEncrypt,
  timingSafeEqual,
  type KeyObject,
} from 'node:crypto';
import { assertDataKey } from './content-key.ts';
import type { EncryptionContext } from './encryption-context.ts';
import { authenticationFailure } from './errors.ts';
import type {
  DataKeyWrapper,
  EncryptedDataKey,
  GeneratedDataKey,
  Keyring,
  PlaintextDataKey,
} from './keyring.ts';
import {
  generateRawDataKey,
  orAuthenticationFailure,
  promised,
  rawKeyError,
  wrapRawDataKey,
  type MaterialDescription,
  type RawWrapping,
} from './raw-key.ts';
import type { AlgorithmSuite } from './suite.ts';
import { decryptOaepMixed } from './rsa-oaep-mixed.ts';
import { unsupportedWrapping } from './wrapping-algorithm.ts';

/** What a {@link RawRsaKeyring} is made of: one half of a key pair, or both. */
export interface RawRsaKeyringOptions {
  /** Seals. Where it is left out and the private key is there, it is taken from that. */
  readonly publicKey?: KeyObject;
  /** Opens. */
  readonly privateKey?: KeyObject;
  /** Tells which key it is. */
  readonly materialDescription?: MaterialDescription;
}

const minModulusBits = 2048;
const minPublicExponent = 3n;

/**
 * A keyring over an RSA key pair. It wraps with RSA-OAEP (SHA-1 and MGF1 with SHA-1, `22`), bound to the
 * content's suite and to no context; it also opens what older clients wrapped with RSA-OAEP (SHA-256 and MGF1
 * with SHA-1), and the first ones with PKCS #1 v1.5.
 *
 * Spec: data-format/content-metadata.md#v3-only
 */
export class RawRsaKeyring implements Keyring, DataKeyWrapper {
  readonly #publicKey: KeyObject;
  readonly #privateKey: KeyObject | undefined;
  readonly #materialDescription: MaterialDescription;

  /** @throws {@link SealdropError} CONFIGURATION_INVALID for no key, and for keys that are not RSA. */
  constructor({ publicKey, privateKey, materialDescription = {} }: RawRsaKeyringOptions) {
    const given = publicKey ?? privateKey;
    if (given === undefined) throw rawKeyError('no RSA key was given');
    if (publicKey !== undefined) assertRsa(publicKey, 'public');
    if (privateKey !== undefined) assertRsa(privateKey, 'private');
    this.#publicKey = publicKey ?? createPublicKey(given);
    this.#privateKey = privateKey;
    this.#materialDescription = { ...materialDescription };
  }

  /** @throws {@link SealdropError} CONTEXT_INVALID for a context, which nobody would authenticate. */
  generateDataKey(context: EncryptionContext, suite: AlgorithmSuite): Promise<GeneratedDataKey> {
    return generateRawDataKey(context, suite, this.#wrapping(suite));
  }

  /** @throws {@link SealdropError} DATA_KEY_INVALID */
  wrapDataKey(dataKey: Uint8Array, suite: AlgorithmSuite): Promise<EncryptedDataKey> {
    return promised(() => {
      assertDataKey(dataKey, suite);
      return wrapRawDataKey(dataKey, suite, this.#wrapping(suite));
    });
  }

  /** @throws {@link SealdropError} AUTHENTICATION_FAILED, ENVELOPE_UNSUPPORTED; CONFIGURATION_INVALID without a private key. */
  decryptDataKey(encryptedDataKey: EncryptedDataKey): Promise<PlaintextDataKey> {
    return promised(() => ({ plaintext: this.#open(encryptedDataKey) }));
  }

  #wrapping(suite: AlgorithmSuite): RawWrapping {
    return {
      wrappingAlgorithm: 'RSA-OAEP-SHA1',
      materialDescription: this.#materialDescription,
      wrap: (plaintext) => this.#wrap(plaintext, suite),
    };
  }

  #wrap(plaintext: Uint8Array, suite: AlgorithmSuite): Buffer {
    const padding = constants.RSA_PKCS1_OAEP_PADDING;
    const framed = frame(plaintext, suite);
    try {
      return publicEncrypt({ key: this.#publicKey, padding, oaepHash: 'sha1' }, framed);
    } finally {
      framed.fill(0);
    }
  }

  #open({ wrappingAlgorithm, ciphertext, suite }: EncryptedDataKey): Buffer {
    const privateKey = this.#privateKey;
    if (privateKey === undefined) throw rawKeyError('the keyring has no private key, and cannot open');
    switch (wrappingAlgorithm) {
      case 'RSA-OAEP-SHA1':
        return unframe(decryptOaepSha1(privateKey, ciphertext), suite);
      case 'RSA':
        return orStandIn(decryptPkcs1(privateKey, ciphertext), ciphertext, privateKey);
      case 'RSA/ECB/OAEPWithSHA-256AndMGF1Padding': {
        const message = orAuthenticationFailure(() => decryptOaepMixed(privateKey, ciphertext));
        return orStandIn(message, ciphertext, privateKey);
      }
      default:
        throw unsupportedWrapping(wrappingAlgorithm);
    }
  }
}

/**
 * RSA-OAEP with SHA-1, MGF1 with SHA-1, no label.
 *
 * @throws {@link SealdropError} AUTHENTICATION_FAILED
 */
export function decryptOaepSha1(privateKey: KeyObject, ciphertext: Uint8Array): Buffer {
  const padding = constants.RSA_PKCS1_OAEP_PADDING;
  return orAuthenticationFailure(() =>
    privateDecrypt({ key: privateKey, padding, oaepHash: 'sha1' }, ciphertext),
  );
}

/**
 * PKCS #1 v1.5. OpenSSL answers a bad padding with a message of its own, of any length, which stays the same for
 * the same ciphertext.
 */
function decryptPkcs1(privateKey: KeyObject, ciphertext: Uint8Array): Buffer {
  const padding = constants.RSA_PKCS1_PADDING;
  return orAuthenticationFailure(() => privateDecrypt({ key: privateKey, padding }, ciphertext));
}

/**
 * The data key that a legacy padding gave. Where it gave none, something else takes its place, so that the
 * content fails to open like with any other wrong key: neither the error nor the work before it tells that the
 * padding was bad. What stands in is the same for the same ciphertext, made whether it is needed or not, and
 * known to nobody without the private key: whoever knew it would ask by way of a content that opens under it.
 */
function orStandIn(message: Buffer | undefined, ciphertext: Uint8Array, privateKey: KeyObject): Buffer {
  const exported = privateKey.export({ type: 'pkcs8', format: 'der' });
  const standIn = createHmac('sha256', exported).update(ciphertext).digest();
  exported.fill(0);
  const isDataKey = message?.length === standIn.length;
  (isDataKey ? standIn : message)?.fill(0);
  return isDataKey ? message : standIn;
}

/** One byte of the data key's length, the data key, the suite as it stands in the metadata. */
function frame(dataKey: Uint8Array, suite: AlgorithmSuite): Buffer {
  return Buffer.concat([Uint8Array.of(dataKey.length), dataKey, Buffer.from(suite.metadataValue, 'utf8')]);
}

function unframe(framed: Buffer, suite: AlgorithmSuite): Buffer {
  try {
    const keyEnd = 1 + suite.dataKeyBytes;
    const suiteValue = Buffer.from(suite.metadataValue, 'utf8');
    const rest = framed.subarray(keyEnd);
    const isFramed = framed[0] === suite.dataKeyBytes && rest.length === suiteValue.length;
    if (!isFramed || !timingSafeEqual(rest, suiteValue)) throw authenticationFailure();
    return Buffer.from(framed.subarray(1, keyEnd));
  } finally {
    framed.fill(0);
  }
}

function assertRsa(key: KeyObject, type: 'public' | 'private'): void {
  const isRsa = key.type === type && key.asymmetricKeyType === 'rsa';
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  if (!isRsa || modulusLength < minModulusBits) {
    throw rawKeyError(
      `the ${type} key must be an RSA ${type} key of at least ${minModulusBits} bits`,
      `name an RSA key of at least ${minModulusBits} bits: openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072`,
    );
  }
  // With the exponent 1 a padded data key is its own wrapping.
  if (publicExponent < minPublicExponent)
    throw rawKeyError(`the ${type} key has the exponent ${publicExponent}`);
}
