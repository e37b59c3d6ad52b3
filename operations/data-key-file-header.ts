import { SealdropError } from '../envelope/index.ts';

/** What it takes to derive keys from a passphrase: 128 bytes of memory times `r` times two to the power `logN`. */
export interface ScryptCost {
  /** 14 to 18. */
  readonly logN: number;
  /** 8 */
  readonly r: number;
  /** 1 to 4. */
  readonly p: number;
}

/** What a file of data keys says of itself in the clear. All of it is authenticated with the rest. */
export interface DataKeyFileHeader {
  readonly cost: ScryptCost;
  /** 32 bytes, drawn for this file alone. */
  readonly salt: Uint8Array;
  /** By the clock of the day, in milliseconds since 1970. */
  readonly createdAtMilliseconds: number;
  readonly expiresAtMilliseconds: number;
}

/** The shortest time that a file is for, in seconds: to open one takes a second, and clocks differ. */
export const leastLifetimeSeconds = 60;
/** The longest one: nothing but the time ends what a permission, once taken away, would still open. */
export const mostLifetimeSeconds: number = 7 * 24 * 3600;

/** Tells the format and its version, also to whoever looks at the file. */
const firstLine = Buffer.from('sealdrop data keys 1\n');
const saltBytes = 32;
const costAt = firstLine.length;
const saltAt = costAt + 3;
const createdAt = saltAt + saltBytes;
const expiresAt = createdAt + 8;

/** The length of a header. */
export const headerBytes: number = expiresAt + 8;

/** A header as it stands in a file. */
export function encodeHeader(header: DataKeyFileHeader): Buffer {
  const { cost, salt, createdAtMilliseconds, expiresAtMilliseconds } = header;
  const bytes = Buffer.alloc(headerBytes);
  bytes.set(firstLine);
  bytes.set([cost.logN, cost.r, cost.p], costAt);
  bytes.set(salt, saltAt);
  bytes.writeBigUInt64BE(BigInt(createdAtMilliseconds), createdAt);
  bytes.writeBigUInt64BE(BigInt(expiresAtMilliseconds), expiresAt);
  return bytes;
}

/**
 * Reads a header that nobody has authenticated yet: it is refused before it could cost memory or time.
 *
 * @throws {@link SealdropError} DATA_KEY_CACHE_INVALID
 */
export function parseHeader(bytes: Buffer): DataKeyFileHeader {
  if (bytes.length < headerBytes || !firstLine.equals(bytes.subarray(0, costAt))) throw invalidFile();
  const [logN = 0, r = 0, p = 0] = bytes.subarray(costAt, saltAt);
  const header = {
    cost: { logN, r, p },
    salt: bytes.subarray(saltAt, createdAt),
    createdAtMilliseconds: Number(bytes.readBigUInt64BE(createdAt)),
    expiresAtMilliseconds: Number(bytes.readBigUInt64BE(expiresAt)),
  };
  if (!isAffordable(header.cost) || !isLifetime(header)) throw invalidFile();
  return header;
}

/** The one error of every file that cannot be taken, so that it tells nobody why. */
export function invalidFile(): SealdropError {
  return new SealdropError('DATA_KEY_CACHE_INVALID', 'the cache of data keys could not be opened');
}

/** From 16 to 256 MiB. */
function isAffordable({ logN, r, p }: ScryptCost): boolean {
  return logN >= 14 && logN <= 18 && r === 8 && p >= 1 && p <= 4;
}

function isLifetime({ createdAtMilliseconds, expiresAtMilliseconds }: DataKeyFileHeader): boolean {
  const seconds = (expiresAtMilliseconds - createdAtMilliseconds) / 1000;
  return seconds >= leastLifetimeSeconds && seconds <= mostLifetimeSeconds;
}
