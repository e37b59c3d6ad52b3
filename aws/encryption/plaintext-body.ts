import type { SealdropError } from '../../envelope/index.ts';
import { unsupportedParameter } from './unsupported-parameter.ts';

/** What a caller handed over as the body of a request. */
export interface PlaintextBody {
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Where it is known before the body was read. */
  readonly lengthBytes?: number;
}

/**
 * Reads any body that the SDK takes: text, bytes, a Blob, a stream of Node or of the web, anything that
 * yields bytes.
 *
 * @param declaredBytes - the length that the request declares, for streams
 * @throws {@link SealdropError} REQUEST_UNSUPPORTED for anything else.
 */
export function plaintextBody(body: unknown, declaredBytes?: number): PlaintextBody {
  const bytes = bytesOf(body);
  if (bytes !== undefined) return { chunks: once(bytes), lengthBytes: declaredBytes ?? bytes.length };
  if (body instanceof Blob)
    return { chunks: bytesFrom(body.stream()), lengthBytes: declaredBytes ?? body.size };
  if (!isAsyncIterable(body)) throw unsupportedBody();
  const chunks = bytesFrom(body);
  return declaredBytes === undefined ? { chunks } : { chunks, lengthBytes: declaredBytes };
}

function bytesOf(body: unknown): Uint8Array | undefined {
  if (body === undefined || body === null) return new Uint8Array();
  if (typeof body === 'string') return Buffer.from(body, 'utf8');
  if (body instanceof ArrayBuffer) return new Uint8Array(body);
  return ArrayBuffer.isView(body) ? new Uint8Array(body.buffer, body.byteOffset, body.byteLength) : undefined;
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  yield bytes;
}

async function* bytesFrom(chunks: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    const bytes = bytesOf(chunk);
    if (bytes === undefined) throw unsupportedBody();
    yield bytes;
  }
}

function isAsyncIterable(body: unknown): body is AsyncIterable<unknown> {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body;
}

function unsupportedBody(): SealdropError {
  const hint = 'send text, bytes, a Blob, or a stream of bytes';
  return unsupportedParameter('Body', 'the body is not one that can be read', hint);
}
