import { SealdropError } from './errors.ts';
import { lowerCased, type Metadata } from './metadata-names.ts';

/** The entries of an envelope while it is read: whatever does not fit the format is an error that names it. */
export class MetadataEntries {
  readonly #entries: ReadonlyMap<string, string>;

  /** @throws {@link SealdropError} ENVELOPE_MALFORMED where an entry is there twice, in two cases. */
  constructor(metadata: Metadata) {
    this.#entries = lowerCased(metadata);
  }

  /** The entry's value, or nothing where it is not there. */
  optional(name: string): string | undefined {
    return this.#entries.get(name);
  }

  /** @throws {@link SealdropError} ENVELOPE_MALFORMED where it is not there. */
  required(name: string): string {
    const value = this.#entries.get(name);
    if (value === undefined) throw malformedEntry(name);
    return value;
  }

  /** @throws {@link SealdropError} ENVELOPE_MALFORMED where it is there. */
  assertAbsent(name: string): void {
    if (this.#entries.has(name)) throw malformedEntry(name);
  }

  /**
   * The bytes that an entry holds as base64.
   *
   * @param lengthBytes - the length that they must have; any but none where it is left out
   * @throws {@link SealdropError} ENVELOPE_MALFORMED
   */
  bytes(name: string, lengthBytes?: number): Buffer {
    const text = this.required(name);
    const decoded = Buffer.from(text, 'base64');
    // Node skips what is not base64; only what encodes to the same text again was base64 throughout.
    if (decoded.length === 0 || base64(decoded) !== text) throw malformedEntry(name);
    if (lengthBytes !== undefined && decoded.length !== lengthBytes) throw malformedEntry(name);
    return decoded;
  }
}

/** Bytes as the format writes them. */
export function base64(value: Uint8Array): string {
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
}

/** The error of an entry that does not fit the format. */
export function malformedEntry(name: string): SealdropError {
  return new SealdropError('ENVELOPE_MALFORMED', `the metadata entry "${name}" does not fit the format`, {
    fields: { name },
  });
}
