import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, test } from '@jest/globals';
import { toS3Error } from '../../aws/s3-errors.ts';
import { thrownBy } from '../support/bytes.ts';
import { s3ClientOver, stubHttp } from '../support/stub-http.ts';

const address = { bucket: 'bucket', key: 'folder/a b.txt' };

function thrown(name: string, status?: number): Error {
  return Object.assign(new Error('detail'), {
    name,
    ...(status === undefined ? {} : { $metadata: { httpStatusCode: status } }),
  });
}

describe('what S3 refuses', () => {
  test.each([
    ['NoSuchKey', 404, 'OBJECT_NOT_FOUND'],
    ['NoSuchUpload', 404, 'OBJECT_CHANGED'],
    ['NoSuchVersion', 404, 'OBJECT_NOT_FOUND'],
    ['XAmzContentChecksumMismatch', 400, 'VERIFICATION_FAILED'],
    ['IncompleteBody', 400, 'SERVICE_UNAVAILABLE'],
    ['ExpiredToken', 400, 'CREDENTIALS_MISSING'],
    ['NotFound', 404, 'OBJECT_NOT_FOUND'],
    ['MethodNotAllowed', 405, 'OBJECT_NOT_FOUND'],
    ['NoSuchBucket', 404, 'BUCKET_NOT_FOUND'],
    ['PreconditionFailed', 412, 'OBJECT_CHANGED'],
    ['ConditionalRequestConflict', 409, 'OBJECT_CHANGED'],
    ['OperationAborted', 409, 'OBJECT_CHANGED'],
    ['InvalidObjectState', 403, 'OBJECT_ARCHIVED'],
    ['ObjectNotInActiveTierError', 403, 'OBJECT_ARCHIVED'],
    ['KeyTooLongError', 400, 'OBJECT_KEY_TOO_LONG'],
    ['MetadataTooLarge', 400, 'METADATA_TOO_LARGE'],
    ['AccessDenied', 403, 'ACCESS_DENIED'],
    ['SlowDown', 503, 'THROTTLED'],
    ['InternalError', 500, 'SERVICE_UNAVAILABLE'],
    ['EntityTooLarge', 400, 'SERVICE_FAILED'],
    ['KMS.AccessDeniedException', 400, 'ACCESS_DENIED'],
    ['KMS.DependencyTimeoutException', 400, 'SERVICE_UNAVAILABLE'],
    ['KMS.DisabledException', 400, 'KEY_DISABLED'],
    ['KMS.InvalidKeyUsageException', 400, 'KEY_WRONG_TYPE'],
    ['KMS.KeyUnavailableException', 400, 'KEY_UNAVAILABLE'],
    ['KMS.KMSInternalException', 400, 'SERVICE_UNAVAILABLE'],
    ['KMS.KMSInvalidStateException', 400, 'KEY_UNAVAILABLE'],
    ['KMS.NotFoundException', 400, 'KEY_NOT_FOUND'],
    ['KMS.ThrottlingException', 400, 'THROTTLED'],
  ])('with %s (%i) is %s', (name, status, code) => {
    expect(toS3Error(thrown(name, status), 's3:PutObject', address).code).toBe(code);
  });

  test('names the action and the object', () => {
    const failure = toS3Error(thrown('AccessDenied', 403), 's3:PutObject', address);
    expect(failure.message).toBe('s3:PutObject on s3://bucket/folder/a b.txt failed: AccessDenied');
  });

  test('by name stays so, whatever its status', () => {
    expect(toS3Error(thrown('NoSuchBucket', 404), 's3:GetObject', address).code).toBe('BUCKET_NOT_FOUND');
    const archived = thrown('InvalidObjectState', 403);
    expect(toS3Error(archived, 's3:GetObject', address).code).toBe('OBJECT_ARCHIVED');
  });
});

describe('a HEAD, whose refusal has no body', () => {
  test.each([
    [403, 'ACCESS_DENIED'],
    [404, 'OBJECT_NOT_FOUND'],
    [405, 'OBJECT_NOT_FOUND'],
    [409, 'OBJECT_CHANGED'],
    [412, 'OBJECT_CHANGED'],
    [429, 'THROTTLED'],
    [500, 'SERVICE_UNAVAILABLE'],
    [503, 'SERVICE_UNAVAILABLE'],
    [400, 'SERVICE_FAILED'],
    [301, 'SERVICE_FAILED'],
  ])('with the status %i is %s, through the real client', async (statusCode, code) => {
    const client = s3ClientOver(stubHttp({ statusCode }));
    const command = new HeadObjectCommand({ Bucket: address.bucket, Key: address.key });
    const error = await thrownBy(() => client.send(command));
    expect(toS3Error(error, 's3:GetObject', address).code).toBe(code);
  });

  test('with the status 400 says what that may come from: expired credentials, above all', async () => {
    const client = s3ClientOver(stubHttp({ statusCode: 400 }));
    const command = new HeadObjectCommand({ Bucket: address.bucket, Key: address.key });
    const error = await thrownBy(() => client.send(command));
    expect(toS3Error(error, 's3:GetObject', address).hint).toContain('the credentials may have expired');
  });
});
