import { Readable } from 'node:stream';
import type { HttpRequest } from '@smithy/types';
import { decodeChunked } from './aws-chunked.ts';

/** One request as S3 understands it. */
export interface S3Request {
  /** Its name in the API, such as `PutObject`. */
  readonly operation: string;
  readonly method: string;
  /** The bucket, or the label of an access point. */
  readonly bucket: string;
  /** Nothing encoded; empty where the request is about the bucket. */
  readonly key: string;
  readonly query: Readonly<Record<string, string>>;
  /** By their names in lower case, trailers among them. */
  readonly headers: Readonly<Record<string, string>>;
  /** The payload, taken out of its chunks. */
  readonly body: Buffer;
  /** The bytes that left the client. */
  readonly sentBytes: Buffer;
}

/** Reads a request that the SDK has made. */
export async function parseRequest(request: HttpRequest): Promise<S3Request> {
  const { method } = request;
  const bucket = /^(.*?)\.s3(-accesspoint)?[.-]/.exec(request.hostname)?.[1] ?? '';
  const key = decodeURIComponent(request.path.replace(/^\//, ''));
  const query = Object.fromEntries(
    Object.entries(request.query ?? {}).map(([name, value]) => [name, String(value ?? '')]),
  );
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const sentBytes = await bytesOf(request.body);
  const isChunked = (headers['content-encoding'] ?? '').includes('aws-chunked');
  const { payload, trailers } = isChunked ? decodeChunked(sentBytes) : { payload: sentBytes, trailers: {} };
  const operation = operationOf(method, key, query, headers);
  return {
    ...{ operation, method, bucket, key, query, sentBytes },
    headers: { ...headers, ...trailers },
    body: payload,
  };
}

async function bytesOf(body: unknown): Promise<Buffer> {
  if (body === undefined || body === null) return Buffer.alloc(0);
  if (typeof body === 'string') return Buffer.from(body);
  if (body instanceof Uint8Array) return Buffer.from(body);
  if (!(body instanceof Readable)) throw new Error('the SDK sent a body of an unknown kind');
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks);
}

function operationOf(
  method: string,
  key: string,
  query: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>>,
): string {
  const isCopy = 'x-amz-copy-source' in headers;
  const ofBucket: Record<string, string> = {
    GET: 'uploads' in query ? 'ListMultipartUploads' : 'ListObjectsV2',
    POST: 'DeleteObjects',
  };
  const ofUpload: Record<string, string> = {
    DELETE: 'AbortMultipartUpload',
    GET: 'ListParts',
    POST: 'CompleteMultipartUpload',
    PUT: isCopy ? 'UploadPartCopy' : 'UploadPart',
  };
  const ofObject: Record<string, string> = {
    DELETE: 'DeleteObject',
    GET: 'tagging' in query ? 'GetObjectTagging' : 'GetObject',
    HEAD: 'HeadObject',
    POST: 'CreateMultipartUpload',
    PUT: isCopy ? 'CopyObject' : 'PutObject',
  };
  const names = key === '' ? ofBucket : 'uploadId' in query ? ofUpload : ofObject;
  return names[method] ?? `${method} ${Object.keys(query).join('&')}`;
}
