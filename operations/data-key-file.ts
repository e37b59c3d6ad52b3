import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  randomBytes,
  scrypt,
  timingSafeEqual,
  type ScryptOptions,
} from 'node:crypto';
import { promisify } from 'node:util';
import { SealdropError, type EncryptedDataKey } from '../envelope/index.ts';
import {
  encodeHeader,
  headerBytes,
  invalidFile,
  leastLifetimeSeconds,
  mostLifetimeSeconds,
  parseHeader,
  type DataKeyFileHeader,
  type ScryptCost,
} from './data-key-file-header.ts';
import { digestOfParts, partsOfEncrypted } from './data-key-id.ts';

/** For what time a new file is, and how hard its passphrase is to guess. */
export interface NewDataKeyFileOptions {
  /** By the clock of the day, in milliseconds since 1970. */
  readonly createdAtMilliseconds: number;
  /** 60 to 604,800. */
  readonly lifetimeSeconds: number;
  /** @defaultValue 128 MiB of memory, about half a second */
  readonly cost?: ScryptCost;
}

const defaultCost: ScryptCost = { logN: 17, r: 8, p: 1 };
const saltBytes = 32;
const dataKeyBytes = 32;
const idBytes = 32;
const tagBytes = 16;
const entryBytes = idBytes + dataKeyBytes + tagBytes;
const macBytes = 32;

/** What is derived from the passphrase, for one file each. */
interface FileKeys {
  readonly encryption: Buffer;
  readonly ids: Buffer;
  readonly mac: Buffer;
  readonly wipe: () => void;
}

/**
 * Data keys under a passphrase, to be kept in a file: each encrypted by itself, and in the clear only while
 * somebody uses it.
 *
 * The file is the header; for each data key its id (HMAC-SHA256 over what tells its encrypted data key from
 * others), and the data key under AES-256-GCM with the header and the id as associated data; then HMAC-SHA256 over
 * all of it. The three keys are derived by scrypt (RFC 7914) with a salt that no other file has, so the entries'
 * IVs may count from one.
 */
export class DataKeyFile {
  readonly header: DataKeyFileHeader;
  readonly #headerBytes: Buffer;
  readonly #keys: FileKeys;
  #isClosed = false;
  /** By their ids, in the order of the file. */
  readonly #entries = new Map<string, { readonly number: number; readonly sealed: Buffer }>();

  private constructor(header: DataKeyFileHeader, keys: FileKeys) {
    this.header = header;
    this.#headerBytes = encodeHeader(header);
    this.#keys = keys;
  }

  /**
   * A new file with nothing in it.
   *
   * @param passphrase - zero-filled before this returns
   * @throws {@link SealdropError} CONFIGURATION_INVALID for a lifetime out of its range.
   */
  static async create(passphrase: Uint8Array, options: NewDataKeyFileOptions): Promise<DataKeyFile> {
    const { createdAtMilliseconds, lifetimeSeconds, cost = defaultCost } = options;
    if (!(lifetimeSeconds >= leastLifetimeSeconds && lifetimeSeconds <= mostLifetimeSeconds)) {
      passphrase.fill(0);
      throw new SealdropError('CONFIGURATION_INVALID', 'lifetimeSeconds is out of its range', {
        hint: `set lifetimeSeconds to a number from ${leastLifetimeSeconds} to ${mostLifetimeSeconds}`,
      });
    }
    const expiresAtMilliseconds = createdAtMilliseconds + 1000 * lifetimeSeconds;
    const salt = randomBytes(saltBytes);
    const header = { cost, salt, createdAtMilliseconds, expiresAtMilliseconds };
    return new DataKeyFile(header, await deriveKeys(passphrase, header));
  }

  /**
   * Opens a file. What it is for is authenticated; whether its time has come, and is not over, is up to the caller.
   *
   * @param passphrase - zero-filled before this returns
   * @throws {@link SealdropError} DATA_KEY_CACHE_INVALID where anything at all is not as it was written, and
   *   for another passphrase.
   */
  static async open(bytes: Buffer, passphrase: Uint8Array): Promise<DataKeyFile> {
    try {
      const header = parseHeader(bytes);
      if ((bytes.length - headerBytes - macBytes) % entryBytes !== 0) throw invalidFile();
      const file = new DataKeyFile(header, await deriveKeys(passphrase, header));
      file.#take(bytes);
      return file;
    } finally {
      passphrase.fill(0);
    }
  }

  /** How many data keys it holds. */
  get size(): number {
    return this.#entries.size;
  }

  /** Adds a data key, of which the caller's own stays the caller's. One that is there already stays as it is. */
  add(encryptedDataKey: EncryptedDataKey, plaintext: Uint8Array): void {
    const id = this.#idOf(encryptedDataKey);
    if (this.#isClosed || this.#entries.has(id)) return;
    const number = this.#entries.size + 1;
    const cipher = createCipheriv('aes-256-gcm', this.#keys.encryption, ivOf(number));
    cipher.setAAD(this.#associatedWith(id));
    const sealed = Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
    this.#entries.set(id, { number, sealed });
  }

  /**
   * The data key that an encrypted data key holds, which the caller owns and zero-fills; nothing where it is not here.
   *
   * @throws {@link SealdropError} DATA_KEY_CACHE_INVALID
   */
  find(encryptedDataKey: EncryptedDataKey): Buffer | undefined {
    const id = this.#idOf(encryptedDataKey);
    const entry = this.#entries.get(id);
    if (entry === undefined) return undefined;
    const { number, sealed } = entry;
    const decipher = createDecipheriv('aes-256-gcm', this.#keys.encryption, ivOf(number));
    decipher.setAAD(this.#associatedWith(id)).setAuthTag(sealed.subarray(dataKeyBytes));
    const plaintext = decipher.update(sealed.subarray(0, dataKeyBytes));
    try {
      decipher.final();
      return plaintext;
    } catch {
      plaintext.fill(0);
      throw invalidFile();
    }
  }

  /** All of it, as it goes to a file. */
  toBytes(): Buffer {
    const entries = [...this.#entries].flatMap(([id, { sealed }]) => [Buffer.from(id, 'base64'), sealed]);
    const content = Buffer.concat([this.#headerBytes, ...entries]);
    return Buffer.concat([content, this.#macOf(content)]);
  }

  /** Zero-fills what was derived from the passphrase. Nothing can be found or added any more. */
  close(): void {
    this.#isClosed = true;
    this.#keys.wipe();
    this.#entries.clear();
  }

  #take(whole: Buffer): void {
    const content = whole.subarray(0, -macBytes);
    if (!timingSafeEqual(this.#macOf(content), whole.subarray(-macBytes))) {
      this.close();
      throw invalidFile();
    }
    for (let at = headerBytes; at < content.length; at += entryBytes) {
      const id = content.toString('base64', at, at + idBytes);
      const sealed = content.subarray(at + idBytes, at + entryBytes);
      this.#entries.set(id, { number: this.#entries.size + 1, sealed });
    }
  }

  #idOf(encryptedDataKey: EncryptedDataKey): string {
    return digestOfParts(createHmac('sha256', this.#keys.ids), partsOfEncrypted(encryptedDataKey));
  }

  #associatedWith(id: string): Buffer {
    return Buffer.concat([this.#headerBytes, Buffer.from(id, 'base64')]);
  }

  #macOf(content: Buffer): Buffer {
    return createHmac('sha256', this.#keys.mac).update(content).digest();
  }
}

const derive: (
  passphrase: Uint8Array,
  salt: Uint8Array,
  lengthBytes: number,
  options: ScryptOptions,
) => Promise<Buffer> = promisify(scrypt);

async function deriveKeys(
  passphrase: Uint8Array,
  { salt, cost: { logN, r, p } }: DataKeyFileHeader,
): Promise<FileKeys> {
  const N = 2 ** logN;
  try {
    const keys = await derive(passphrase, salt, 96, { N, r, p, maxmem: 256 * N * r });
    return {
      encryption: keys.subarray(0, 32),
      ids: keys.subarray(32, 64),
      mac: keys.subarray(64),
      wipe: () => keys.fill(0),
    };
  } finally {
    passphrase.fill(0);
  }
}

function ivOf(number: number): Buffer {
  const iv = Buffer.alloc(12);
  iv.writeUInt32BE(number, 8);
  return iv;
}
