import { describe, expect, test } from '@jest/globals';
import { KmsKeyring } from '../../aws/kms-keyring.ts';
import { S3ObjectStore } from '../../aws/s3-object-store.ts';
import { toSealdropError } from '../../aws/service-errors.ts';
import { committingSuite, errorCatalogue, SealdropError } from '../../envelope/index.ts';
import { failureOf } from '../support/bytes.ts';
import { kmsClientOver, s3ClientOver, stubHttp } from '../support/stub-http.ts';

const call = { action: 's3:GetObject', resource: 's3://bucket/key' };

function thrown(name: string, facts: { code?: string; status?: number; message?: string } = {}): Error {
  const { code, status, message = 'detail of the service' } = facts;
  return Object.assign(new Error(message), {
    name,
    ...(code === undefined ? {} : { code }),
    ...(status === undefined ? {} : { $metadata: { httpStatusCode: status } }),
  });
}

describe('what a client threw', () => {
  test.each([
    ['AccessDenied', {}, 'ACCESS_DENIED'],
    ['AccessDeniedException', {}, 'ACCESS_DENIED'],
    ['Forbidden', {}, 'ACCESS_DENIED'],
    ['SlowDown', { status: 503 }, 'THROTTLED'],
    ['Throttling', {}, 'THROTTLED'],
    ['ThrottlingException', {}, 'THROTTLED'],
    ['TooManyRequestsException', {}, 'THROTTLED'],
    ['RequestLimitExceeded', {}, 'THROTTLED'],
    ['AbortError', {}, 'ABORTED'],
    ['TimeoutError', {}, 'SERVICE_UNAVAILABLE'],
    ['Error', { code: 'ECONNRESET' }, 'SERVICE_UNAVAILABLE'],
    ['Error', { code: 'ENOTFOUND' }, 'SERVICE_UNAVAILABLE'],
    ['Error', { code: 'EAI_AGAIN' }, 'SERVICE_UNAVAILABLE'],
    ['Error', { code: 'EPIPE' }, 'SERVICE_UNAVAILABLE'],
    ['InternalError', { status: 500 }, 'SERVICE_UNAVAILABLE'],
    ['ServiceUnavailable', { status: 503 }, 'SERVICE_UNAVAILABLE'],
    ['Whatever', { status: 400 }, 'SERVICE_FAILED'],
    ['Whatever', {}, 'SERVICE_FAILED'],
  ])('%s with %j is %s', (name, facts, code) => {
    expect(toSealdropError(thrown(name, facts), call, {}).code).toBe(code);
  });

  test.each([
    // What the SDK itself counts as passing, after its own tries are used up.
    ['RequestTimeout', 400],
    ['RequestTimeoutException', 400],
    ['ThrottledException', 400],
    ['RequestThrottled', 400],
    ['RequestThrottledException', 400],
    ['BandwidthLimitExceeded', 400],
    ['Unknown', 429],
  ])('%s with the status %i can be tried again', (name, status) => {
    expect(toSealdropError(thrown(name, { status }), call, {}).retryable).toBe(true);
  });

  test.each(['EHOSTUNREACH', 'ENETUNREACH', 'ECONNABORTED'])(
    'a network that answers %s can be tried again',
    (code) => {
      expect(toSealdropError(thrown('Error', { code }), call, {}).retryable).toBe(true);
    },
  );

  test('is told by the codes of the service first', () => {
    const codes = { NotFoundException: 'KEY_NOT_FOUND', AccessDenied: 'KEY_MISMATCH' } as const;
    expect(toSealdropError(thrown('NotFoundException'), call, codes).code).toBe('KEY_NOT_FOUND');
    expect(toSealdropError(thrown('AccessDenied'), call, codes).code).toBe('KEY_MISMATCH');
  });

  test.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])(
    'has a code of the catalogue even where it is named %s',
    (name) => {
      expect(Object.keys(errorCatalogue)).toContain(toSealdropError(thrown(name), call, {}).code);
    },
  );

  test('names the action, the resource and the status, and keeps the cause', () => {
    const cause = thrown('Whatever', { status: 400 });
    const failure = toSealdropError(cause, call, {});
    expect(failure.message).toBe('s3:GetObject on s3://bucket/key failed: Whatever');
    expect(failure.fields).toEqual({ ...call, status: 400 });
    expect(failure.cause).toBe(cause);
  });

  test('has no message of the service in what may be logged', () => {
    const failure = toSealdropError(thrown('Whatever', { message: 'secret-detail' }), call, {});
    expect(JSON.stringify([failure.message, failure.hint, failure.fields])).not.toContain('secret-detail');
  });

  test('passes where it is an error of ours', () => {
    const own = new SealdropError('NOT_SEALED', 'no');
    expect(toSealdropError(own, call, {})).toBe(own);
  });

  test.each([undefined, null, 'text', 42, {}])('is a failure where it is no error at all: %p', (value) => {
    expect(toSealdropError(value, call, {}).code).toBe('SERVICE_FAILED');
  });
});

describe('without a Region or credentials', () => {
  test.each([
    ['Error', 'Region is missing', 'REGION_MISSING'],
    ['Error', 'Region not accepted: region="eu west" is not a valid hostname component.', 'REGION_MISSING'],
    ['CredentialsProviderError', 'Could not load credentials from any providers', 'CREDENTIALS_MISSING'],
    ['ProviderError', 'TimeoutError from instance metadata service', 'CREDENTIALS_MISSING'],
    ['TokenProviderError', 'Token is expired.', 'CREDENTIALS_MISSING'],
  ])('the SDK throws %s: "%s", which is %s', (name, message, code) => {
    const failure = toSealdropError(thrown(name, { message }), call, {});
    expect(failure.code).toBe(code);
    expect(failure.retryable).toBe(false);
  });

  test('the message says which: an error without a name says nothing', () => {
    const failure = toSealdropError(thrown('Error', { message: 'Region is missing' }), call, {});
    expect(failure.message).toBe('s3:GetObject on s3://bucket/key failed: Region is missing');
  });

  test('a Region that cannot be one has a hint of its own', () => {
    const missing = toSealdropError(thrown('Error', { message: 'Region is missing' }), call, {});
    const wrong = toSealdropError(thrown('Error', { message: 'Region not accepted: region="?"' }), call, {});
    expect(missing.hint).toBe(errorCatalogue.REGION_MISSING.hint);
    expect(wrong.hint).toContain('the Region that is named');
  });
});

describe('credentials that the service does not take', () => {
  const ofKms = (name: string) =>
    failureOf(() => {
      const body = Buffer.from(JSON.stringify({ __type: name, message: 'detail' }));
      const client = kmsClientOver(stubHttp({ statusCode: 400, body }));
      return new KmsKeyring({ keyId: 'alias/vault', client }).generateDataKey({}, committingSuite);
    });
  const ofS3 = (name: string) =>
    failureOf(() => {
      const body = Buffer.from(`<Error><Code>${name}</Code><Message>detail</Message></Error>`);
      const client = s3ClientOver(stubHttp({ statusCode: 403, body }));
      return new S3ObjectStore({ client }).get({ bucket: 'bucket', key: 'key' });
    });

  test.each([
    ['KMS', 'ExpiredTokenException', ofKms, 'have expired'],
    ['KMS', 'UnrecognizedClientException', ofKms, 'check the access key'],
    ['KMS', 'InvalidClientTokenId', ofKms, 'check the access key'],
    ['KMS', 'InvalidSignatureException', ofKms, 'check the access key'],
    ['KMS', 'IncompleteSignatureException', ofKms, 'check the access key'],
    ['KMS', 'MissingAuthenticationTokenException', ofKms, errorCatalogue.CREDENTIALS_MISSING.hint],
    ['KMS', 'MissingAuthenticationToken', ofKms, errorCatalogue.CREDENTIALS_MISSING.hint],
    ['S3', 'ExpiredToken', ofS3, 'have expired'],
    ['S3', 'TokenRefreshRequired', ofS3, 'have expired'],
    ['S3', 'InvalidToken', ofS3, 'check the access key'],
    ['S3', 'InvalidAccessKeyId', ofS3, 'check the access key'],
    ['S3', 'SignatureDoesNotMatch', ofS3, 'check the access key'],
  ] as const)('of %s, answered with %s, are CREDENTIALS_MISSING with a hint', async (_, name, fail, hint) => {
    const failure = await fail(name);
    expect(failure.code).toBe('CREDENTIALS_MISSING');
    expect(failure.hint).toContain(hint);
    expect(failure.message).toContain(name);
  });
});
