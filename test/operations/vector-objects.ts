import { createPrivateKey, createSecretKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  authenticationFailure,
  RawAesKeyring,
  RawRsaKeyring,
  storedBeside,
  unsupportedWrapping,
  type EncryptedDataKey,
  type Keyring,
} from '../../envelope/index.ts';
import { MemoryObjectStore } from '../support/memory-object-store.ts';
import type {
  ObjectVectors,
  Pairs,
  Reader,
  RefuseVector,
  Stage,
  VectorFile,
} from '../vectors/maker/schema.ts';

const file = JSON.parse(
  readFileSync(new URL('../vectors/s3ec-vectors.json', import.meta.url), 'utf8'),
) as VectorFile;

/** An object of the test vectors as a store keeps it, and who reads it. */
export interface VectorCase {
  readonly name: string;
  readonly object: ObjectVectors;
  readonly reader: Reader;
  readonly store: MemoryObjectStore;
  readonly bodyBytes: number;
  /** Why it is refused, and when; it opens where there is nothing. */
  readonly refusal?: { readonly stage: Stage; readonly sealdropCode: string };
}

/** Where the object of every case is. */
export const vectorAt = { bucket: 'vectors', key: 'object' };

/** Every object that opens as a whole. */
export const opening: readonly VectorCase[] = file.objects
  .filter(({ plaintextBase64, plaintextRule }) => (plaintextBase64 ?? plaintextRule) !== undefined)
  .map((object) => caseOf(object));

/** Every change of an object that makes it unreadable as a whole. */
export const refused: readonly VectorCase[] = file.objects.flatMap((object) =>
  (object.refuse ?? [])
    .filter(({ reader, refusal }) => refusal !== 'range-invalid' && reader?.range === undefined)
    .map((change) => caseOf(object, change)),
);

function caseOf(object: ObjectVectors, change?: RefuseVector): VectorCase {
  const { remove = [], set = {}, bodyBase64 = object.bodyBase64 } = change ?? {};
  const { instructionFile = object.instructionFile?.body } = change ?? {};
  const kept = Object.entries(object.metadata).filter(([name]) => !remove.includes(name));
  const metadata = { ...Object.fromEntries(kept), ...set };
  const body = Buffer.from(bodyBase64, 'base64');
  const store = new MemoryObjectStore();
  const { bucket, key } = vectorAt;
  store.put(bucket, key, body, { metadata });
  if (typeof instructionFile === 'string') {
    store.put(bucket, `${key}.instruction`, Buffer.from(instructionFile));
  }
  const refusal = change === undefined ? undefined : file.refusals[change.refusal];
  return {
    name: change === undefined ? object.name : `${object.name}: ${change.what}`,
    ...{ object, store, bodyBytes: body.length },
    reader: { ...file.defaultReader, ...object.reader, ...change?.reader },
    ...(refusal === undefined ? {} : { refusal }),
  };
}

/** The keyring that a reader has. */
export function keyringOf({ wrappingKey }: Reader): Keyring {
  const key = file.wrappingKeys[wrappingKey];
  switch (key.type) {
    case 'KMS':
      return {
        generateDataKey: () => Promise.reject(new Error('nothing is sealed here')),
        decryptDataKey: (encryptedDataKey) => Promise.resolve().then(() => answerTo(encryptedDataKey)),
      };
    case 'AES':
      return new RawAesKeyring({ wrappingKey: createSecretKey(Buffer.from(key.keyBase64, 'base64')) });
    case 'RSA': {
      const pkcs8 = { key: Buffer.from(key.privateKeyPkcs8Base64, 'base64'), format: 'der', type: 'pkcs8' };
      return new RawRsaKeyring({ privateKey: createPrivateKey(pkcs8 as { key: Buffer; format: 'der' }) });
    }
  }
}

/** Answers as the file says, and refuses all else. */
function answerTo({ wrappingAlgorithm, ciphertext, context }: EncryptedDataKey): { plaintext: Buffer } {
  if (storedBeside(wrappingAlgorithm) !== 'encryption-context') throw unsupportedWrapping(wrappingAlgorithm);
  const asked = Buffer.from(ciphertext).toString('base64');
  const found = file.kms.find(
    (each) => each.ciphertextBase64 === asked && sorted(each.encryptionContext) === sorted(context),
  );
  if (found === undefined) throw authenticationFailure();
  return { plaintext: Buffer.from(found.plaintextDataKeyBase64, 'base64') };
}

function sorted(context: Pairs): string {
  return JSON.stringify(Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1)));
}
