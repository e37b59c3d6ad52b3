import { createHash, timingSafeEqual } from 'node:crypto';
import type { ChecksumAlgorithm, UploadPartCommandOutput } from '@aws-sdk/client-s3';
import { SealdropError, type ContentEncryptor } from '../../envelope/index.ts';
import { defaultPartSizeBytes, maxParts } from '../../operations/part-limits.ts';

/** A part whose plaintext was encrypted. */
interface SealedPart {
  /** Of the plaintext: tells the same part, sent again, from another one. Never stored. */
  readonly digest: Buffer;
  /** Kept until S3 has it; the last part longer, since the tag may have to join it. */
  ciphertext?: Buffer;
  answer?: UploadPartCommandOutput;
}

/** What became of a part that was handed in. */
export type PartToSend = { readonly ciphertext: Buffer } | { readonly answer: UploadPartCommandOutput };

/** How long a part waits for the ones before it, which may be on their way. */
const maxWaitMilliseconds = 10_000;

/**
 * The sealing of one multipart upload: its parts are encrypted in one pass, in the order of their numbers.
 *
 * Spec: client.md#optional-api-operations
 */
export class SealedUpload {
  /** The checksum that S3 wants of every part, where the upload was created with one. */
  readonly checksumAlgorithm: ChecksumAlgorithm | undefined;
  readonly #encryptor: ContentEncryptor;
  readonly #parts: SealedPart[] = [];
  /** Those who wait for the next part to be encrypted. */
  readonly #waiting = new Set<() => void>();
  #tag: Buffer | undefined;
  #totalBytes = 0;

  constructor(encryptor: ContentEncryptor, checksumAlgorithm?: ChecksumAlgorithm) {
    this.#encryptor = encryptor;
    this.checksumAlgorithm = checksumAlgorithm;
  }

  /** How many bytes of plaintext were encrypted. */
  get totalBytes(): number {
    return this.#totalBytes;
  }

  /**
   * Encrypts a part, once: the same part again gives the same ciphertext, or the answer that S3 gave to it.
   *
   * @throws {@link SealdropError} PART_CHANGED for other bytes under a number that was encrypted,
   *   PART_OUT_OF_ORDER where the parts before it do not come, CONTENT_TOO_LONG, ABORTED.
   */
  async seal(partNumber: number, plaintext: Uint8Array, signal?: AbortSignal): Promise<PartToSend> {
    await this.#turnOf(partNumber, signal);
    const digest = createHash('sha256').update(plaintext).digest();
    const sealed = this.#parts[partNumber - 1];
    if (sealed !== undefined) return again(sealed, digest);
    if (this.#tag !== undefined) throw outOfOrder(partNumber, 'the upload is being completed');
    const ciphertext = this.#encryptor.update(plaintext);
    this.#totalBytes += plaintext.length;
    const before = this.#parts.at(-1);
    if (before?.answer !== undefined) delete before.ciphertext;
    this.#parts.push({ digest, ciphertext });
    for (const look of this.#waiting) look();
    return { ciphertext };
  }

  /** Notes that S3 has a part. */
  sent(partNumber: number, answer: UploadPartCommandOutput): void {
    const part = this.#parts[partNumber - 1];
    if (part === undefined) return;
    part.answer = answer;
    if (partNumber < this.#parts.length || !this.#mayTakeTag(part)) delete part.ciphertext;
  }

  /** What S3 answered to each part, in their order; nothing for a part that it does not have. */
  answers(): readonly (UploadPartCommandOutput | undefined)[] {
    return this.#parts.map(({ answer }) => answer);
  }

  /**
   * Ends the content.
   *
   * @returns the last part to send: the tag alone, or the last part with it where that part is too short to
   *   be followed by another
   */
  end(): { readonly partNumber: number; readonly ciphertext: Buffer } {
    this.#tag ??= this.#encryptor.final();
    const last = this.#parts.at(-1);
    return last?.ciphertext === undefined
      ? { partNumber: this.#parts.length + 1, ciphertext: this.#tag }
      : { partNumber: this.#parts.length, ciphertext: Buffer.concat([last.ciphertext, this.#tag]) };
  }

  /** Whether the tag would have to join a part if it turned out to be the last. */
  #mayTakeTag({ ciphertext }: SealedPart): boolean {
    return (ciphertext?.length ?? 0) < defaultPartSizeBytes || this.#parts.length === maxParts;
  }

  async #turnOf(partNumber: number, signal: AbortSignal | undefined): Promise<void> {
    if (!(Number.isInteger(partNumber) && partNumber >= 1 && partNumber <= maxParts)) {
      throw outOfOrder(partNumber, `parts have numbers from 1 to ${maxParts}`);
    }
    if (partNumber <= this.#parts.length + 1) return;
    await this.#isTurnOrTooLate(partNumber, signal);
    if (partNumber <= this.#parts.length + 1) return;
    if (signal?.aborted === true) throw new SealdropError('ABORTED', 'the part was stopped while it waited');
    throw outOfOrder(partNumber, 'the parts before it did not come');
  }

  async #isTurnOrTooLate(partNumber: number, signal: AbortSignal | undefined): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const stop = (): void => {
      resolve(undefined);
    };
    const look = (): void => {
      if (partNumber <= this.#parts.length + 1) stop();
    };
    this.#waiting.add(look);
    const timer = setTimeout(stop, maxWaitMilliseconds);
    signal?.addEventListener('abort', stop);
    // Its part was read meanwhile: the signal may have told already.
    if (signal?.aborted === true) stop();
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(look);
      signal?.removeEventListener('abort', stop);
    }
  }
}

function again(sealed: SealedPart, digest: Buffer): PartToSend {
  if (!timingSafeEqual(sealed.digest, digest)) {
    throw new SealdropError('PART_CHANGED', 'a part was sent again with other bytes');
  }
  if (sealed.answer !== undefined) return { answer: sealed.answer };
  if (sealed.ciphertext !== undefined) return { ciphertext: sealed.ciphertext };
  throw new Error('a part that S3 does not have keeps its ciphertext');
}

function outOfOrder(partNumber: number, message: string): SealdropError {
  return new SealdropError('PART_OUT_OF_ORDER', `part ${partNumber} cannot be encrypted: ${message}`, {
    fields: { partNumber },
  });
}
