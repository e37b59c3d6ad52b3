import type { KMSClient, ServiceInputTypes, ServiceOutputTypes } from '@aws-sdk/client-kms';
import type { DeserializeMiddleware, HandlerExecutionContext } from '@smithy/types';
import { SealdropError } from '../envelope/index.ts';
import { decodeBase64 } from './base64.ts';

const fieldName = Buffer.from('"Plaintext"');
const quote = '"'.charCodeAt(0);
const backslash = '\\'.charCodeAt(0);

/** Where the two halves of the interceptor hand the plaintext to each other: the context of one call. */
const intercepted = Symbol('intercepted plaintext');
interface CallContext {
  [intercepted]?: Buffer | undefined;
}

type Middleware = DeserializeMiddleware<ServiceInputTypes, ServiceOutputTypes>;

const equipped = new WeakSet<KMSClient>();

/**
 * Makes a KMS client take `Plaintext` out of the bytes of each response to GenerateDataKey and Decrypt before the SDK parses them, and zero-fill
 * the bytes that it came in. The SDK would parse the body into strings, which stay in memory until they are
 * collected and cannot be wiped. Commands still return `Plaintext`, as bytes that their caller owns.
 */
export function interceptPlaintext(client: KMSClient): void {
  if (equipped.has(client)) return;
  equipped.add(client);
  // "low" stands next to the network, "high" behind the SDK's own deserializer.
  client.middlewareStack.add(takeFromBody, {
    name: 'sealdropTakePlaintext',
    step: 'deserialize',
    priority: 'low',
  });
  client.middlewareStack.add(putIntoOutput, {
    name: 'sealdropReturnPlaintext',
    step: 'deserialize',
    priority: 'high',
  });
}

const takeFromBody: Middleware = (next, context) => async (args) => {
  const result = await next(args);
  if (!isSecretive(context)) return result;
  const response = result.response as { body?: unknown; statusCode?: number };
  const body = await collect(response.body);
  if (body === undefined) return result;
  try {
    const field = findField(body);
    if (field === undefined) {
      // An answer in another form would be parsed into strings: better none.
      if (isSuccess(response)) throw new SealdropError('SERVICE_FAILED', 'KMS answered without Plaintext');
      response.body = Buffer.from(body);
      return result;
    }
    (context as CallContext)[intercepted] = decodeField(body.subarray(field.start, field.end));
    response.body = Buffer.concat([body.subarray(0, field.start), body.subarray(field.end)]);
    return result;
  } finally {
    body.fill(0);
  }
};

const putIntoOutput: Middleware = (next, context) => async (args) => {
  const call = context as CallContext;
  try {
    const result = await next(args);
    const plaintext = call[intercepted];
    if (plaintext !== undefined) (result.output as { Plaintext?: Uint8Array }).Plaintext = plaintext;
    return result;
  } catch (error) {
    call[intercepted]?.fill(0);
    throw error;
  } finally {
    call[intercepted] = undefined;
  }
};

/** The commands whose answers hold a plaintext data key. */
function isSecretive({ commandName }: HandlerExecutionContext): boolean {
  return commandName === 'GenerateDataKeyCommand' || commandName === 'DecryptCommand';
}

function isSuccess({ statusCode = 0 }: { statusCode?: number }): boolean {
  return statusCode >= 200 && statusCode < 300;
}

/** The whole body in a buffer of its own; what it arrived in is zero-filled. */
async function collect(body: unknown): Promise<Buffer | undefined> {
  if (body instanceof Uint8Array) return takeCopy([body]);
  if (typeof body !== 'object' || body === null || !(Symbol.asyncIterator in body)) return undefined;
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) chunks.push(chunk);
    return takeCopy(chunks);
  } finally {
    for (const chunk of chunks) chunk.fill(0);
  }
}

function takeCopy(chunks: Uint8Array[]): Buffer {
  const copy = Buffer.alloc(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    copy.set(chunk, offset);
    offset += chunk.length;
    chunk.fill(0);
  }
  return copy;
}

/** The bytes between the quotes of the field's value. */
function findField(body: Buffer): { start: number; end: number } | undefined {
  const name = body.indexOf(fieldName);
  if (name < 0) return undefined;
  const open = body.indexOf(quote, name + fieldName.length);
  const end = open < 0 ? -1 : body.indexOf(quote, open + 1);
  return end < 0 ? undefined : { start: open + 1, end };
}

function decodeField(value: Buffer): Buffer {
  // JSON may write "/" as "\/".
  const encoded = Buffer.alloc(value.length);
  let length = 0;
  for (const byte of value) {
    if (byte === backslash) continue;
    encoded[length] = byte;
    length += 1;
  }
  try {
    return decodeBase64(encoded.subarray(0, length));
  } finally {
    encoded.fill(0);
  }
}
