import { createPrivateKey, createSecretKey } from 'node:crypto';
import {
  authenticationFailure,
  cbcSuite,
  contentLengthBytes,
  coveringRange,
  mayHaveInstructionFile,
  mergeInstructionFile,
  openBuffered,
  parseContentRange,
  parseEnvelope,
  parseInstructionFile,
  parseRange,
  RawAesKeyring,
  RawRsaKeyring,
  resolveRange,
  SealdropError,
  startOpen,
  startOpenCbcRange,
  startOpenRange,
  storedBeside,
  unsupportedWrapping,
  type EncryptedDataKey,
  type Keyring,
  type Metadata,
} from '../../envelope/index.ts';
import { gather, inChunks } from '../support/bytes.ts';
import type { ObjectVectors, Pairs, Reader, RefuseVector, VectorFile, WrappingKey } from './maker/schema.ts';

/** What came of reading a vector. */
export interface Opened {
  /** The plaintext, or why there is none. */
  readonly plaintext: Promise<Buffer>;
  /** How often a data key was asked for. */
  readonly keyringCalls: () => number;
  /** How many bytes of the body were taken; of an empty one, 1 where its end was reached. */
  readonly readBytes: () => number;
}

/** An object of the file, changed or asked as a vector says. */
export interface Attempt {
  readonly object: ObjectVectors;
  readonly range?: string;
  readonly change?: RefuseVector;
}

/** Reads an object with the reader that the file names for it. */
export function openAsGiven(file: VectorFile, { object, range, change }: Attempt): Opened {
  const asked = range === undefined ? {} : { range };
  const reader: Reader = { ...file.defaultReader, ...object.reader, ...change?.reader, ...asked };
  const { keyring, calls } = counted(keyringOf(file, reader));
  let readBytes = 0;
  async function* body(bytes: Buffer): AsyncGenerator<Buffer> {
    readBytes += Math.max(1, bytes.length);
    yield* inChunks(bytes, 1, 15, 16, 17);
  }
  const plaintext = Promise.resolve().then(() => open(stored(object, change), reader, keyring, body));
  plaintext.catch(() => undefined);
  return { plaintext, keyringCalls: calls, readBytes: () => readBytes };
}

/** What the store gives back. */
interface Stored {
  readonly metadata: Metadata;
  readonly body: Buffer;
  readonly instructionFile: string | undefined;
}

function stored(object: ObjectVectors, change: Partial<RefuseVector> = {}): Stored {
  const { remove = [], set = {}, bodyBase64 = object.bodyBase64 } = change;
  const { instructionFile = object.instructionFile?.body } = change;
  const kept = Object.entries(object.metadata).filter(([name]) => !remove.includes(name));
  return {
    metadata: { ...Object.fromEntries(kept), ...set },
    body: Buffer.from(bodyBase64, 'base64'),
    instructionFile: instructionFile ?? undefined,
  };
}

async function open(
  { metadata, instructionFile, body }: Stored,
  reader: Reader,
  keyring: Keyring,
  read: (bytes: Buffer) => AsyncGenerator<Buffer>,
): Promise<Buffer> {
  const envelope = parseEnvelope(wholeOf(metadata, instructionFile));
  const options = { ...reader, expectedContext: reader.encryptionContext };
  if (reader.range === undefined) {
    return openBuffered(await startOpen(keyring, envelope, options), read(body), 10_000);
  }
  const requested = parseRange(reader.range);
  const { bytes, contentRange } = answer(body, coveringRange(requested));
  const answered = parseContentRange(contentRange);
  const { suite } = envelope.content;
  if (suite === cbcSuite) {
    const cbc = await startOpenCbcRange(keyring, envelope, options);
    return (await cbc.openUnauthenticated(read(bytes), answered, requested, 10_000)).content;
  }
  const range = resolveRange(requested, contentLengthBytes(answered.totalBytes, suite) ?? 0);
  const decryptor = await startOpenRange(keyring, envelope, answered.first, options);
  return gather(decryptor.decryptUnauthenticated(read(bytes), range));
}

function wholeOf(metadata: Metadata, instructionFile: string | undefined): Metadata {
  if (instructionFile === undefined || !mayHaveInstructionFile(metadata)) return metadata;
  return mergeInstructionFile(metadata, parseInstructionFile(Buffer.from(instructionFile)));
}

/** What a store answers to a Range header. */
function answer(body: Buffer, header: string): { bytes: Buffer; contentRange: string } {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(header) ?? [];
  const first = from === '' ? Math.max(0, body.length - Number(to)) : Number(from);
  const last = from === '' || to === '' ? body.length - 1 : Math.min(Number(to), body.length - 1);
  if (first > last) throw new SealdropError('RANGE_INVALID', 'the store has no byte of the range');
  return { bytes: body.subarray(first, last + 1), contentRange: `bytes ${first}-${last}/${body.length}` };
}

function keyringOf(file: VectorFile, { wrappingKey }: Reader): Keyring {
  const key = file.wrappingKeys[wrappingKey];
  switch (key.type) {
    case 'KMS':
      return kmsKeyring(file);
    case 'AES':
      return new RawAesKeyring({ wrappingKey: createSecretKey(Buffer.from(key.keyBase64, 'base64')) });
    case 'RSA':
      return new RawRsaKeyring({ privateKey: privateKeyOf(key) });
  }
}

function privateKeyOf({ privateKeyPkcs8Base64 }: Extract<WrappingKey, { type: 'RSA' }>) {
  const key = Buffer.from(privateKeyPkcs8Base64, 'base64');
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
}

/** Answers as the file says, and refuses all else. */
function kmsKeyring({ kms }: VectorFile): Keyring {
  const decrypt = ({ wrappingAlgorithm, ciphertext, context }: EncryptedDataKey) => {
    if (storedBeside(wrappingAlgorithm) !== 'encryption-context')
      throw unsupportedWrapping(wrappingAlgorithm);
    const asked = Buffer.from(ciphertext).toString('base64');
    const found = kms.find(
      ({ ciphertextBase64, encryptionContext }) =>
        ciphertextBase64 === asked && sorted(encryptionContext) === sorted(context),
    );
    if (found === undefined) throw authenticationFailure();
    return { plaintext: Buffer.from(found.plaintextDataKeyBase64, 'base64') };
  };
  return {
    generateDataKey: () => Promise.reject(new Error('nothing is sealed here')),
    decryptDataKey: (encryptedDataKey) => Promise.resolve().then(() => decrypt(encryptedDataKey)),
  };
}

function sorted(context: Pairs): string {
  return JSON.stringify(Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function counted(keyring: Keyring): { keyring: Keyring; calls: () => number } {
  let calls = 0;
  const counting: Keyring = {
    generateDataKey: (context, suite, signal) => keyring.generateDataKey(context, suite, signal),
    decryptDataKey: (encryptedDataKey, signal) => {
      calls += 1;
      return keyring.decryptDataKey(encryptedDataKey, signal);
    },
  };
  return { keyring: counting, calls: () => calls };
}
