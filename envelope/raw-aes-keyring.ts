import { createDecipheriv, randomBytes, type KeyObject } from 'node:crypto';
import { createContentCipher, createContentDecipher } from './content-cipher.ts';
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
import { unsupportedWrapping } from './wrapping-algorithm.ts';

/** What a {@link RawAesKeyring} is made of. */
export interface RawAesKeyringOptions {
  /** An AES key of 256 bits that the caller keeps: `createSecretKey(bytes)`. */
  readonly wrappingKey: KeyObject;
  /** Tells which key it is. */
  readonly materialDescription?: MaterialDescription;
}

const keyBytes = 32;
const ivBytes = 12;
const tagBytes = 16;
/** The check value of RFC 3394. */
const keyWrapIv = Buffer.alloc(8, 0xa6);

/**
 * A keyring over an AES key that the caller keeps. It wraps with AES-GCM (`02`), bound to the content's
 * suite and to no context; it also opens what older clients wrapped with AES key wrap, or plainly with AES.
 *
 * Spec: data-format/content-metadata.md#v3-only
 */
export class RawAesKeyring implements Keyring, DataKeyWrapper {
  readonly #wrappingKey: KeyObject;
  readonly #materialDescription: MaterialDescription;

  /** @throws {@link SealdropError} CONFIGURATION_INVALID for a key that is not one of AES-256. */
  constructor({ wrappingKey, materialDescription = {} }: RawAesKeyringOptions) {
    if (wrappingKey.type !== 'secret' || wrappingKey.symmetricKeySize !== keyBytes) {
      throw rawKeyError('the wrapping key must be a secret key of 32 bytes');
    }
    this.#wrappingKey = wrappingKey;
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

  /** @throws {@link SealdropError} AUTHENTICATION_FAILED, ENVELOPE_UNSUPPORTED */
  decryptDataKey(encryptedDataKey: EncryptedDataKey): Promise<PlaintextDataKey> {
    return promised(() => ({ plaintext: this.#open(encryptedDataKey) }));
  }

  #wrapping(suite: AlgorithmSuite): RawWrapping {
    return {
      wrappingAlgorithm: 'AES/GCM',
      materialDescription: this.#materialDescription,
      wrap: (plaintext) => this.#wrap(plaintext, suite),
    };
  }

  /** The IV, the wrapped data key, the tag. */
  #wrap(plaintext: Uint8Array, suite: AlgorithmSuite): Buffer {
    const iv = randomBytes(ivBytes);
    const cipher = createContentCipher({ key: this.#wrappingKey, iv, aad: additionalData(suite) });
    return Buffer.concat([iv, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
  }

  #open({ wrappingAlgorithm, ciphertext, suite }: EncryptedDataKey): Buffer {
    switch (wrappingAlgorithm) {
      case 'AES/GCM':
        return orAuthenticationFailure(() => this.#unwrap(Buffer.from(ciphertext), suite));
      case 'AESWrap':
        // OpenSSL takes nothing at all for a wrapped key that is empty.
        if (ciphertext.length === 0) throw authenticationFailure();
        return orAuthenticationFailure(() => this.#decipher('id-aes256-wrap', keyWrapIv, ciphertext));
      case 'AES':
        return orAuthenticationFailure(() => this.#openPlain(ciphertext));
      default:
        throw unsupportedWrapping(wrappingAlgorithm);
    }
  }

  /** A padding is all that it has: what came out with another length was no data key either. */
  #openPlain(ciphertext: Uint8Array): Buffer {
    const plaintext = this.#decipher('aes-256-ecb', null, ciphertext);
    if (plaintext.length === keyBytes) return plaintext;
    plaintext.fill(0);
    throw authenticationFailure();
  }

  #unwrap(wrapped: Buffer, suite: AlgorithmSuite): Buffer {
    const iv = wrapped.subarray(0, ivBytes);
    const decipher = createContentDecipher({ key: this.#wrappingKey, iv, aad: additionalData(suite) });
    decipher.setAuthTag(wrapped.subarray(-tagBytes));
    return joined(decipher.update(wrapped.subarray(ivBytes, -tagBytes)), () => decipher.final());
  }

  #decipher(cipher: string, iv: Buffer | null, ciphertext: Uint8Array): Buffer {
    const decipher = createDecipheriv(cipher, this.#wrappingKey, iv);
    return joined(decipher.update(ciphertext), () => decipher.final());
  }
}

/** The suite, as it stands in the metadata: a wrapped key opens for no other. */
function additionalData(suite: AlgorithmSuite): Buffer {
  return Buffer.from(suite.metadataValue, 'utf8');
}

/** Both pieces in one buffer; what is left of them is zero-filled. */
function joined(first: Buffer, rest: () => Buffer): Buffer {
  try {
    const last = rest();
    const whole = Buffer.concat([first, last]);
    last.fill(0);
    return whole;
  } finally {
    first.fill(0);
  }
}
