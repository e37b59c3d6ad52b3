/**
 * Makes the test vectors of the V3 message format, the same on every run: `node test/vectors/make-v3.ts`.
 *
 * It computes them from HMAC and AES-GCM alone, with nothing of the package, so that they are a second opinion.
 */
import { createCipheriv, createHash, createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';

/** A vector: bytes are in hexadecimal. */
export interface Vector {
  readonly name: string;
  /** What the keyring returns for the encrypted data key, under the context that was sealed with. */
  readonly dataKey: string;
  readonly encryptedDataKey: string;
  readonly messageId: string;
  /** What was sealed with, the algorithm's pair included: the keyring opens under no other. */
  readonly sealedContext: Readonly<Record<string, string>>;
  /** What the reader expects, without the algorithm's pair. */
  readonly expectedContext: Readonly<Record<string, string>>;
  readonly metadata: Readonly<Record<string, string>>;
  readonly plaintext: string;
  readonly sealed: string;
}

/** A vector that must not open. */
interface RefusedVector extends Vector {
  readonly code: string;
}

/** The whole file. */
export interface Vectors {
  readonly about: string;
  readonly open: readonly Vector[];
  readonly refuse: readonly RefusedVector[];
}

const suiteId = Buffer.from('0073', 'hex');
const algorithmPair = { 'aws:x-amz-cek-alg': '115' };

function bytes(label: string, lengthBytes: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(lengthBytes / 32) }, (_, block) =>
    createHash('sha256').update(`sealdrop v3 vector/${label}/${block}`).digest(),
  );
  return Buffer.concat(blocks).subarray(0, lengthBytes);
}

/** HKDF-SHA512 for one block of output. */
function derive(dataKey: Buffer, messageId: Buffer, label: string, lengthBytes: number): Buffer {
  const pseudorandomKey = createHmac('sha512', messageId).update(dataKey).digest();
  const info = Buffer.concat([suiteId, Buffer.from(label), Buffer.of(1)]);
  return createHmac('sha512', pseudorandomKey).update(info).digest().subarray(0, lengthBytes);
}

function vector(name: string, lengthBytes: number, own: Record<string, string>): Vector {
  const dataKey = bytes(`${name}/data key`, 32);
  const messageId = bytes(`${name}/message id`, 28);
  const encryptedDataKey = bytes(`${name}/encrypted data key`, 184);
  const plaintext = bytes(`${name}/plaintext`, lengthBytes);
  const cipher = createCipheriv(
    'aes-256-gcm',
    derive(dataKey, messageId, 'DERIVEKEY', 32),
    Buffer.alloc(12, 1),
  );
  cipher.setAAD(suiteId);
  const sealed = Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
  const sealedContext = { ...own, ...algorithmPair };
  return {
    name,
    dataKey: dataKey.toString('hex'),
    encryptedDataKey: encryptedDataKey.toString('hex'),
    messageId: messageId.toString('hex'),
    sealedContext,
    expectedContext: own,
    metadata: {
      'x-amz-c': '115',
      'x-amz-3': encryptedDataKey.toString('base64'),
      'x-amz-w': '12',
      'x-amz-d': derive(dataKey, messageId, 'COMMITKEY', 28).toString('base64'),
      'x-amz-i': messageId.toString('base64'),
      'x-amz-t': JSON.stringify(sealedContext),
    },
    plaintext: plaintext.toString('hex'),
    sealed: sealed.toString('hex'),
  };
}

function refused(
  name: string,
  code: string,
  changes: Partial<Vector> & { entries?: Record<string, string | undefined> } = {},
): RefusedVector {
  const { entries = {}, ...changed } = changes;
  const base = vector(name, 33, { 'sealdrop-vault': 'vectors' });
  const metadata = Object.fromEntries(
    Object.entries({ ...base.metadata, ...entries }).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    ),
  );
  return { ...base, metadata, ...changed, code };
}

function flipped(hex: string, at: number): string {
  const altered = Buffer.from(hex, 'hex');
  const index = at < 0 ? altered.length + at : at;
  altered.writeUInt8(altered.readUInt8(index) ^ 0x80, index);
  return altered.toString('hex');
}

function sealedOf(name: string): string {
  return vector(name, 33, {}).sealed;
}

/** All vectors. */
export function makeVectors(): Vectors {
  const vault = { 'sealdrop-vault': 'vectors' };
  const lengths = [0, 1, 15, 16, 17, 31, 32, 33, 100];
  const spaced = vector('a context as another client writes it', 20, { team: 'blue/green' });
  return {
    about: 'V3 message format, suite 0x0073. Made by make-v3.ts. Bytes are in hexadecimal.',
    open: [
      ...lengths.map((length) => vector(`${length} bytes`, length, vault)),
      vector('no context of its own', 20, {}),
      vector('several pairs', 20, { ...vault, team: 'blue', 'data class': '"internal"' }),
      {
        ...spaced,
        metadata: {
          ...spaced.metadata,
          'x-amz-t': '{ "team" : "blue\\/green", "aws:x-amz-cek-alg" : "\\u0031\\u0031\\u0035" }',
        },
      },
    ],
    refuse: [
      refused('first bit of the body flipped', 'AUTHENTICATION_FAILED', {
        sealed: flipped(sealedOf('first bit of the body flipped'), 0),
      }),
      refused('last bit of the tag flipped', 'AUTHENTICATION_FAILED', {
        sealed: flipped(sealedOf('last bit of the tag flipped'), -1),
      }),
      refused('last byte cut', 'AUTHENTICATION_FAILED', { sealed: sealedOf('last byte cut').slice(0, -2) }),
      refused('one byte more', 'AUTHENTICATION_FAILED', { sealed: `${sealedOf('one byte more')}00` }),
      refused('shorter than a tag', 'AUTHENTICATION_FAILED', { sealed: '00'.repeat(15) }),
      refused('empty body', 'AUTHENTICATION_FAILED', { sealed: '' }),
      refused('commitment of another object', 'AUTHENTICATION_FAILED', {
        entries: { 'x-amz-d': vector('another object', 33, vault).metadata['x-amz-d'] },
      }),
      refused('message id of another object', 'AUTHENTICATION_FAILED', {
        entries: { 'x-amz-i': vector('another object', 33, vault).metadata['x-amz-i'] },
      }),
      refused('data key of another object', 'AUTHENTICATION_FAILED', {
        dataKey: vector('another object', 33, vault).dataKey,
      }),
      refused('data key of 16 bytes', 'DATA_KEY_INVALID', { dataKey: bytes('short', 16).toString('hex') }),
      refused('no commitment', 'ENVELOPE_MALFORMED', { entries: { 'x-amz-d': undefined } }),
      refused('commitment of 27 bytes', 'ENVELOPE_MALFORMED', {
        entries: { 'x-amz-d': bytes('short', 27).toString('base64') },
      }),
      refused('message id of 12 bytes', 'ENVELOPE_MALFORMED', {
        entries: { 'x-amz-i': bytes('short', 12).toString('base64') },
      }),
      refused('relabelled content algorithm', 'ENVELOPE_MALFORMED', { entries: { 'x-amz-c': '114' } }),
      refused('relabelled algorithm in the context', 'ENVELOPE_MALFORMED', {
        entries: { 'x-amz-t': '{"sealdrop-vault":"vectors","aws:x-amz-cek-alg":"114"}' },
      }),
      refused('wrapping without context', 'ENVELOPE_UNSUPPORTED', { entries: { 'x-amz-w': 'kms' } }),
      refused('an entry of V2', 'ENVELOPE_MALFORMED', { entries: { 'x-amz-key-v2': 'AAAA' } }),
      refused('encrypted data key moved away', 'ENVELOPE_UNSUPPORTED', { entries: { 'x-amz-3': undefined } }),
      refused('another context expected', 'CONTEXT_MISMATCH', {
        expectedContext: { 'sealdrop-vault': 'other' },
      }),
      refused('context made to fit', 'AUTHENTICATION_FAILED', {
        expectedContext: { 'sealdrop-vault': 'other' },
        entries: { 'x-amz-t': '{"sealdrop-vault":"other","aws:x-amz-cek-alg":"115"}' },
      }),
    ],
  };
}

if (import.meta.main) {
  const file = new URL('v3.json', import.meta.url);
  writeFileSync(file, `${JSON.stringify(makeVectors(), undefined, 2)}\n`);
}
