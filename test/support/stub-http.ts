import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import type { HttpHandlerOptions, HttpRequest, HttpResponse } from '@smithy/types';

/** What a stubbed endpoint answers; each request takes the next one, the last of them again and again. */
export interface Answer {
  readonly statusCode?: number;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

/** A request handler in the place of the network, and the requests that reached it. */
export interface StubHttp {
  readonly requests: HttpRequest[];
  readonly handle: (
    request: HttpRequest,
    options?: HttpHandlerOptions,
  ) => Promise<{ response: HttpResponse }>;
}

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'example' };

/** A handler that gives these answers. */
export function stubHttp(...answers: Answer[]): StubHttp {
  const requests: HttpRequest[] = [];
  return {
    requests,
    handle: (request) => {
      requests.push(request);
      const answer = (answers.length > 1 ? answers.shift() : answers[0]) ?? {};
      const { statusCode = 200, headers = {}, body = Buffer.alloc(0) } = answer;
      return Promise.resolve({ response: { statusCode, headers, body } });
    },
  };
}

/** A real KMS client over a stubbed network. */
export function kmsClientOver(http: StubHttp): KMSClient {
  return new KMSClient({ region: 'eu-west-1', credentials, requestHandler: http, maxAttempts: 1 });
}

/** A real S3 client over a stubbed network. */
export function s3ClientOver(http: StubHttp): S3Client {
  return new S3Client({ region: 'eu-west-1', credentials, requestHandler: http, maxAttempts: 1 });
}
