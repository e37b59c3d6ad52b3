import type { KeyObject } from 'node:crypto';
import { aesKeys, rsaKeys } from './keys.ts';
import { encryptEcb, encryptGcm, encryptOaep, encryptPkcs1, wrapKey } from './primitives.ts';
import { bytesOf } from './randomness.ts';
import type { KmsAnswer, Pairs, Reader } from './schema.ts';

/** What is to be wrapped. */
interface WrapInput {
  /** Names what is random. */
  readonly name: string;
  readonly dataKey: Buffer;
  /** The content's algorithm as it stands in the metadata. */
  readonly algorithm: string;
}

/** A wrapped data key, and all that is stored or known of it. */
interface Wrapping {
  readonly v2Name: string;
  readonly v3Value: string;
  readonly encryptedDataKey: Buffer;
  /** Whether what is stored beside it is an encryption context; a material description otherwise. */
  readonly storesContext: boolean;
  /** What is stored beside it, as text; nothing where there is nothing. */
  readonly storedText?: string;
  readonly kms: readonly KmsAnswer[];
  /** What a reader needs to open it. */
  readonly reader: Partial<Reader>;
}

/** A way to wrap a data key. */
export type Wrap = (input: WrapInput) => Wrapping;

/** The pair that the format adds to every encryption context. */
const algorithmPairName = 'aws:x-amz-cek-alg';

/** How an encryption context is stored. */
export interface StoredContext {
  /** The complete context as text. */
  readonly text?: (complete: Pairs) => string;
  /** Pairs of the format's own, which no caller passes. */
  readonly formatPairs?: Pairs;
}

/** AWS KMS with the encryption context. */
export function kms(
  context: Pairs = {},
  { text = JSON.stringify, formatPairs = {} }: StoredContext = {},
): Wrap {
  return ({ name, dataKey, algorithm }) => {
    const complete = { ...context, ...formatPairs, [algorithmPairName]: algorithm };
    return {
      ...ofKms('kms+context', '12', name, dataKey, complete),
      storedText: text(complete),
      reader: { encryptionContext: context },
    };
  };
}

/** AWS KMS as the first clients used it: with pairs of the writer's own, and without the algorithm's. */
export function kmsLegacy(pairs: Pairs): Wrap {
  return ({ name, dataKey }) => ({
    ...ofKms('kms', '', name, dataKey, pairs),
    storedText: JSON.stringify(pairs),
    reader: { legacyWrapping: true },
  });
}

function ofKms(v2Name: string, v3Value: string, name: string, dataKey: Buffer, encryptionContext: Pairs) {
  const encryptedDataKey = bytesOf(`${name}/encrypted data key`, 23);
  const answer: KmsAnswer = {
    ciphertextBase64: encryptedDataKey.toString('base64'),
    encryptionContext,
    plaintextDataKeyBase64: dataKey.toString('base64'),
  };
  return { v2Name, v3Value, encryptedDataKey, storesContext: true, kms: [answer] };
}

/** How a raw key wraps where it does not wrap as it should. */
export interface AesFault {
  readonly aad?: string;
}

/** AES-GCM under a raw key: IV, ciphertext, tag, with the content's algorithm as AAD. */
export function aesGcm(description?: Pairs, fault: AesFault = {}): Wrap {
  return ({ name, dataKey, algorithm }) => {
    const iv = bytesOf(`${name}/wrapping iv`, 12);
    const aad = Buffer.from(fault.aad ?? algorithm);
    const encryptedDataKey = Buffer.concat([iv, encryptGcm(aesKeys.aes, iv, dataKey, aad)]);
    return raw('AES/GCM', '02', encryptedDataKey, description, { wrappingKey: 'aes' });
  };
}

/** AES key wrap under a raw key. */
export function aesKeyWrap(description?: Pairs): Wrap {
  return ({ dataKey }) =>
    raw('AESWrap', '', wrapKey(aesKeys.aes, dataKey), description, {
      wrappingKey: 'aes',
      legacyWrapping: true,
    });
}

/** AES-ECB under a raw key. */
export function aesEcb(description?: Pairs): Wrap {
  return ({ dataKey }) =>
    raw('AES', '', encryptEcb(aesKeys.aes, dataKey), description, {
      wrappingKey: 'aes',
      legacyWrapping: true,
    });
}

/** How a raw RSA key wraps where it does not wrap as it should. */
export interface RsaFault {
  readonly frame?: (dataKey: Buffer, algorithm: string) => Buffer;
  readonly hash?: 'sha1' | 'sha256';
  readonly label?: string;
}

/** RSA-OAEP with SHA-1 under a raw key, of the data key in its frame. */
export function rsaOaep(description?: Pairs, { frame = framed, ...fault }: RsaFault = {}): Wrap {
  return ({ name, dataKey, algorithm }) => {
    const seed = (lengthBytes: number) => bytesOf(`${name}/oaep seed`, lengthBytes);
    const message = frame(dataKey, algorithm);
    const encryptedDataKey = encryptOaep(rsaKeys.rsa, message, { ...fault, seed });
    return raw('RSA-OAEP-SHA1', '22', encryptedDataKey, description, { wrappingKey: 'rsa' });
  };
}

/** One byte of the data key's length, the data key, the content's algorithm. */
export function framed(dataKey: Buffer, algorithm: string): Buffer {
  return Buffer.concat([Buffer.of(dataKey.length), dataKey, Buffer.from(algorithm)]);
}

/** RSA with PKCS #1 v1.5 under a raw key. */
export function rsaPkcs1(description?: Pairs, key: KeyObject = rsaKeys.rsa): Wrap {
  return ({ name, dataKey }) =>
    raw('RSA', '', encryptPkcs1(key, dataKey, `${name}/pkcs1 padding`), description, {
      wrappingKey: 'rsa',
      legacyWrapping: true,
    });
}

function raw(
  v2Name: string,
  v3Value: string,
  encryptedDataKey: Buffer,
  description: Pairs | undefined,
  reader: Partial<Reader>,
): Wrapping {
  const common = { v2Name, v3Value, encryptedDataKey, storesContext: false, kms: [], reader };
  return description === undefined ? common : { ...common, storedText: JSON.stringify(description) };
}
