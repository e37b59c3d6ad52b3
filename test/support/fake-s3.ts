import { Readable } from 'node:stream';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import type { HttpHandlerOptions, HttpRequest, HttpResponse } from '@smithy/types';
import {
  element,
  emptyAnswer,
  refusalAnswer,
  S3Refusal,
  type S3Answer,
  xmlAnswer,
} from './fake-s3/answer.ts';
import { FakeBucket, type Versioning } from './fake-s3/bucket.ts';
import { copyObject, copyOrigin } from './fake-s3/copy-object.ts';
import type { Fault } from './fake-s3/faults.ts';
import { FakeUploads } from './fake-s3/multipart.ts';
import { deleteObject, deleteObjects, listObjects, putObject, readObject } from './fake-s3/objects.ts';
import { parseRequest, type S3Request } from './fake-s3/request.ts';

export type { Versioning } from './fake-s3/bucket.ts';
export type { S3Request } from './fake-s3/request.ts';

/** A fault, and how many requests of its operation pass before it strikes. */
interface PlannedFault {
  readonly operation: string;
  readonly fault: Fault;
  passing: number;
}

/**
 * Amazon S3 in memory, behind the SDK's request handler: a real client serialises, signs and checks over it.
 * It has what objects, their versions and their uploads need, and refuses what S3 refuses.
 */
export class FakeS3 {
  /** Every request that arrived, refused ones too. */
  readonly requests: S3Request[] = [];
  /** The bodies that were handed out, so that a test can see whether they were closed. */
  readonly bodies: Readable[] = [];
  readonly uploads: FakeUploads = new FakeUploads();
  /** The keys that DeleteObjects may not delete. */
  readonly protectedKeys: string[] = [];
  /** How long the chunks of a body are. */
  chunkBytes: number = 64 * 1024;
  /** Told of each chunk of a body before it is sent. */
  onChunk: () => void = () => undefined;
  readonly #buckets = new Map<string, FakeBucket>();
  readonly #faults: PlannedFault[] = [];

  /** Makes a bucket. */
  createBucket(name: string, versioning: Versioning = 'Off'): FakeBucket {
    const bucket = new FakeBucket(versioning);
    this.#buckets.set(name, bucket);
    return bucket;
  }

  /** Makes an access point in account 111122223333, and returns its ARN. */
  createAccessPoint(name: string, bucket: FakeBucket): string {
    this.#buckets.set(`${name}-111122223333`, bucket);
    return `arn:aws:s3:eu-west-1:111122223333:accesspoint/${name}`;
  }

  /** Lets something happen to one request of an operation: the next, or the one after so many. */
  plan(operation: string, fault: Fault, passing = 0): void {
    this.#faults.push({ operation, fault, passing });
  }

  /** The requests of one operation. */
  requestsOf(operation: string): S3Request[] {
    return this.requests.filter((request) => request.operation === operation);
  }

  /** The names of the operations that were asked for, in order. */
  operations(): string[] {
    return this.requests.map(({ operation }) => operation);
  }

  /** A real client over this service. */
  client(config: S3ClientConfig = {}): S3Client {
    return new S3Client({
      region: 'eu-west-1',
      credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'example' },
      requestHandler: this,
      maxAttempts: 1,
      ...config,
    });
  }

  /** The SDK's request handler. */
  async handle(request: HttpRequest, options?: HttpHandlerOptions): Promise<{ response: HttpResponse }> {
    const signal = options?.abortSignal as AbortSignal | undefined;
    assertNotAborted(signal);
    const parsed = await parseRequest(request);
    this.requests.push(parsed);
    const answer = await this.#answer(parsed);
    assertNotAborted(signal);
    const { status: statusCode, headers } = answer;
    return { response: { statusCode, headers: { ...headers }, body: this.#bodyOf(answer, signal) } };
  }

  async #answer(request: S3Request): Promise<S3Answer> {
    const planned = this.#faultFor(request.operation);
    try {
      return await (planned === undefined
        ? this.#serve(request)
        : planned.fault(request, () => this.#serve(request)));
    } catch (error) {
      if (error instanceof S3Refusal) return refusalAnswer(error, request.method);
      throw error;
    }
  }

  #faultFor(operation: string): PlannedFault | undefined {
    const waiting = this.#faults.filter((planned) => planned.operation === operation);
    const striking = waiting.find(({ passing }) => passing === 0);
    for (const planned of waiting) planned.passing = Math.max(0, planned.passing - 1);
    if (striking !== undefined) this.#faults.splice(this.#faults.indexOf(striking), 1);
    return striking;
  }

  async #serve(request: S3Request): Promise<S3Answer> {
    const bucketOf = (name: string): FakeBucket => this.#bucket(name);
    const bucket = bucketOf(request.bucket);
    switch (request.operation) {
      case 'AbortMultipartUpload':
        return this.uploads.abort(request);
      case 'CompleteMultipartUpload':
        return this.uploads.complete(bucket, request);
      case 'CopyObject':
        return copyObject(bucket, request, copyOrigin(request, bucketOf));
      case 'CreateMultipartUpload':
        return this.uploads.create(request);
      case 'DeleteObject':
        return deleteObject(bucket, request);
      case 'DeleteObjects':
        return deleteObjects(bucket, request, this.protectedKeys);
      case 'GetObject':
      case 'HeadObject':
        return readObject(bucket, request);
      case 'GetObjectTagging':
        // Nothing here has tags.
        return xmlAnswer('Tagging', '<TagSet></TagSet>');
      case 'ListMultipartUploads':
        return this.uploads.list(request);
      case 'ListObjectsV2':
        return listObjects(bucket, request);
      case 'ListParts':
        return this.uploads.listParts(request);
      case 'PutObject':
        return putObject(bucket, request);
      case 'UploadPart':
        return this.uploads.uploadPart(request);
      case 'UploadPartCopy':
        return this.uploads.uploadPartCopy(request, copyOrigin(request, bucketOf));
      default:
        return emptyAnswer(501, { 'x-amz-missing': element('Operation', request.operation) });
    }
  }

  #bucket(name: string): FakeBucket {
    const bucket = this.#buckets.get(name);
    if (bucket === undefined) throw new S3Refusal('NoSuchBucket', 404);
    return bucket;
  }

  #bodyOf({ body, cutAtBytes }: S3Answer, signal: AbortSignal | undefined): Readable {
    const stream = Readable.from(this.#chunksOf(body, cutAtBytes), { objectMode: false });
    // As with Node's own answers, an error that nobody listens for is none.
    stream.on('error', () => undefined);
    this.bodies.push(stream);
    const stop = (): void => {
      stream.destroy(Object.assign(new Error('aborted'), { name: 'AbortError', code: 'ECONNRESET' }));
    };
    signal?.addEventListener('abort', stop);
    stream.once('close', () => signal?.removeEventListener('abort', stop));
    return stream;
  }

  async *#chunksOf(body: Buffer, cutAtBytes = Infinity): AsyncGenerator<Buffer> {
    const end = Math.min(body.length, cutAtBytes);
    for (let at = 0; at < end; at += this.chunkBytes) {
      // As on a network, nothing arrives at once.
      await new Promise(setImmediate);
      this.onChunk();
      yield Buffer.from(body.subarray(at, Math.min(at + this.chunkBytes, end)));
    }
    if (cutAtBytes < body.length) throw Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
  }
}

function assertNotAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw Object.assign(new Error('Request aborted'), { name: 'AbortError' });
}
