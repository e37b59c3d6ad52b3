/** What a body in chunks carried. */
export interface ChunkedBody {
  readonly payload: Buffer;
  readonly trailers: Readonly<Record<string, string>>;
}

const lineEnd = Buffer.from('\r\n');

/**
 * Takes apart a body in the encoding `aws-chunked`: chunks with their lengths in hexadecimal, then trailers.
 *
 * @throws Error where it is not one
 */
export function decodeChunked(body: Buffer): ChunkedBody {
  const chunks: Buffer[] = [];
  let at = 0;
  const line = (): string => {
    const end = body.indexOf(lineEnd, at);
    if (end < 0) throw new Error('a chunked body ends in the middle');
    const text = body.subarray(at, end).toString('latin1');
    at = end + lineEnd.length;
    return text;
  };
  for (;;) {
    const [lengthText = ''] = line().split(';');
    const lengthBytes = Number.parseInt(lengthText, 16);
    if (Number.isNaN(lengthBytes)) throw new Error('a chunk does not tell its length');
    if (lengthBytes === 0) break;
    chunks.push(body.subarray(at, at + lengthBytes));
    at += lengthBytes + lineEnd.length;
  }
  const trailers: Record<string, string> = {};
  for (let text = line(); text !== ''; text = line()) {
    const colon = text.indexOf(':');
    trailers[text.slice(0, colon).toLowerCase()] = text.slice(colon + 1).trim();
  }
  return { payload: Buffer.concat(chunks), trailers };
}
