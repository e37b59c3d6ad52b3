import { SealdropError } from '../../envelope/index.ts';
import { crc32Of } from '../../operations/crc32.ts';
import type { ObjectToWrite } from '../../operations/object-store.ts';
import { assertNotAborted } from './not-aborted.ts';

/** The body of an object on its way into a file. */
export interface CheckedBody {
  /** Ends without an error only if all of it has passed and has the checksum. To be read once. */
  readonly chunks: AsyncIterable<Uint8Array>;

  /** Whether an error came out of {@link chunks}: then it is the caller's, and not the file system's. */
  hasThrown(error: unknown): boolean;
}

/**
 * Checks a body while it passes. Its chunks throw {@link SealdropError} ABORTED, CONTENT_LENGTH_MISMATCH or
 * VERIFICATION_FAILED, and what the body throws.
 */
export function checkedBody(object: ObjectToWrite, signal: AbortSignal | undefined): CheckedBody {
  const thrown: unknown[] = [];
  async function* chunks(): AsyncGenerator<Uint8Array> {
    try {
      yield* checked(object, signal);
    } catch (error) {
      thrown.push(error);
      throw error;
    }
  }
  return { chunks: chunks(), hasThrown: (error) => thrown.includes(error) };
}

async function* checked(
  { body, lengthBytes, crc32 }: ObjectToWrite,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  assertNotAborted(signal);
  const passed = crc32Of(body);
  for await (const chunk of passed.body) {
    assertNotAborted(signal);
    yield chunk;
  }
  assertNotAborted(signal);
  if (lengthBytes !== undefined && passed.lengthBytes() !== lengthBytes) {
    throw new SealdropError(
      'CONTENT_LENGTH_MISMATCH',
      'the content is not as long as it was declared to be',
      {
        fields: { lengthBytes: passed.lengthBytes(), declaredBytes: lengthBytes },
      },
    );
  }
  if (passed.base64() !== crc32()) {
    throw new SealdropError(
      'VERIFICATION_FAILED',
      'what arrived does not have the checksum of what was sent',
    );
  }
}
