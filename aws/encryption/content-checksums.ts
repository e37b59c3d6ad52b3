import { createHash, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { Crc32c, Crc64Nvme } from '@aws-sdk/checksums/crc';
import { SealdropError } from '../../envelope/index.ts';
import { unsupportedParameter } from './unsupported-parameter.ts';
import { crc32Bytes } from '../../operations/crc32.ts';

/** Computes one checksum of what passes. */
interface Checksum {
  readonly update: (chunk: Uint8Array) => void;
  readonly digest: () => Promise<Uint8Array>;
}

/** The request parameters that state a checksum of the body, as base64. */
const algorithms: Readonly<Record<string, () => Checksum>> = {
  ContentMD5: () => hash('md5'),
  ChecksumMD5: () => hash('md5'),
  ChecksumSHA1: () => hash('sha1'),
  ChecksumSHA256: () => hash('sha256'),
  ChecksumSHA512: () => hash('sha512'),
  ChecksumCRC32: crc32Checksum,
  ChecksumCRC32C: () => ofTheSdk(new Crc32c()),
  ChecksumCRC64NVME: () => ofTheSdk(new Crc64Nvme()),
};

/** The settings of checksums, which are not checksums. */
const settingNames = ['ChecksumAlgorithm', 'ChecksumType', 'ChecksumMode'];

/**
 * A request's or an answer's fields without its checksums: what callers state is of the plaintext, what S3
 * states is of the ciphertext, and neither may take the place of the other.
 */
export function withoutChecksums<Fields extends object>(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !isChecksum(name))) as Fields;
}

/** The parameter that states a checksum, where one does. */
export function statedChecksum(request: object): string | undefined {
  return statedChecksums(request)[0]?.[0];
}

/**
 * Lets a plaintext pass, and compares it with the checksums that its request states.
 *
 * @throws {@link SealdropError} REQUEST_UNSUPPORTED, at once, for a checksum that cannot be computed here.
 */
export function verifyChecksums(
  chunks: AsyncIterable<Uint8Array>,
  request: object,
): AsyncIterable<Uint8Array> {
  const stated = statedChecksums(request);
  return stated.length === 0
    ? chunks
    : verified(
        chunks,
        stated.map(([name, value]) => expectation(name, String(value))),
      );
}

function statedChecksums(request: object): [name: string, value: unknown][] {
  return Object.entries(request).filter(([name, value]) => isChecksum(name) && value !== undefined);
}

interface Expectation {
  readonly name: string;
  readonly expected: Buffer;
  readonly checksum: Checksum;
}

function expectation(name: string, base64: string): Expectation {
  const algorithm = algorithms[name];
  if (algorithm === undefined) {
    throw unsupportedParameter(name, `the checksum "${name}" cannot be computed here`);
  }
  return { name, expected: Buffer.from(base64, 'base64'), checksum: algorithm() };
}

async function* verified(
  chunks: AsyncIterable<Uint8Array>,
  expectations: readonly Expectation[],
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    for (const { checksum } of expectations) checksum.update(chunk);
    yield chunk;
  }
  for (const { name, expected, checksum } of expectations) {
    const actual = await checksum.digest();
    if (actual.length === expected.length && timingSafeEqual(actual, expected)) continue;
    throw new SealdropError('CHECKSUM_MISMATCH', `the content does not have the checksum of "${name}"`, {
      fields: { parameter: name },
    });
  }
}

function isChecksum(name: string): boolean {
  return name === 'ContentMD5' || (name.startsWith('Checksum') && !settingNames.includes(name));
}

function hash(algorithm: string): Checksum {
  const state = createHash(algorithm);
  return { update: (chunk) => void state.update(chunk), digest: () => Promise.resolve(state.digest()) };
}

function crc32Checksum(): Checksum {
  let value = 0;
  return {
    update: (chunk) => {
      value = crc32(chunk, value);
    },
    digest: () => Promise.resolve(crc32Bytes(value)),
  };
}

function ofTheSdk(state: { update(chunk: Uint8Array): void; digest(): Promise<Uint8Array> }): Checksum {
  return {
    update: (chunk) => {
      state.update(chunk);
    },
    digest: () => state.digest(),
  };
}
