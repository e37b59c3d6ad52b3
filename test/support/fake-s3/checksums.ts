import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { Crc32c, Crc64Nvme } from '@aws-sdk/checksums/crc';
import { S3Refusal } from './answer.ts';

/** Checksums in base64, by their names in headers: `crc32`, `sha256`. */
export type Checksums = Readonly<Record<string, string>>;

const algorithms: Readonly<Record<string, (bytes: Buffer) => Promise<Uint8Array>>> = {
  crc32: (bytes) => {
    const digest = Buffer.alloc(4);
    digest.writeUInt32BE(crc32(bytes));
    return Promise.resolve(digest);
  },
  crc32c: (bytes) => digestOf(new Crc32c(), bytes),
  crc64nvme: (bytes) => digestOf(new Crc64Nvme(), bytes),
  md5: (bytes) => hash('md5', bytes),
  sha1: (bytes) => hash('sha1', bytes),
  sha256: (bytes) => hash('sha256', bytes),
  sha512: (bytes) => hash('sha512', bytes),
};

/** The checksum of some bytes, in base64. */
export async function checksumOf(algorithm: string, bytes: Buffer): Promise<string> {
  const compute = algorithms[algorithm];
  if (compute === undefined) throw new S3Refusal('InvalidRequest', 400);
  return Buffer.from(await compute(bytes)).toString('base64');
}

/**
 * Compares a payload with every checksum that its request states.
 *
 * @returns the checksums to keep with it; S3 would compute its own where none is stated
 * @throws BadDigest
 */
export async function verifiedChecksums(
  headers: Readonly<Record<string, string>>,
  payload: Buffer,
): Promise<Checksums> {
  const md5 = headers['content-md5'];
  if (md5 !== undefined && md5 !== (await checksumOf('md5', payload))) throw new S3Refusal('BadDigest', 400);
  const stated = statedChecksums(headers);
  for (const [algorithm, value] of Object.entries(stated)) {
    if (value !== (await checksumOf(algorithm, payload))) throw new S3Refusal('BadDigest', 400);
  }
  return stated;
}

/** The checksums that headers state. */
export function statedChecksums(headers: Readonly<Record<string, string>>): Checksums {
  return Object.fromEntries(
    Object.entries(headers)
      .map(([name, value]): [string, string] => [name.replace(/^x-amz-checksum-/, ''), value])
      .filter(([name]) => Object.hasOwn(algorithms, name)),
  );
}

/** The headers that tell checksums. */
export function checksumHeaders(checksums: Checksums, type: string): Record<string, string> {
  const entries = Object.entries(checksums).map(([name, value]) => [`x-amz-checksum-${name}`, value]);
  return Object.fromEntries([...entries, ['x-amz-checksum-type', type]]) as Record<string, string>;
}

/** The ETag of a content that came in one piece. */
export function etagOf(content: Buffer): string {
  return `"${createHash('md5').update(content).digest('hex')}"`;
}

function hash(algorithm: string, bytes: Buffer): Promise<Uint8Array> {
  return Promise.resolve(createHash(algorithm).update(bytes).digest());
}

async function digestOf(
  state: { update(bytes: Uint8Array): void; digest(): Promise<Uint8Array> },
  bytes: Buffer,
): Promise<Uint8Array> {
  state.update(bytes);
  return state.digest();
}
