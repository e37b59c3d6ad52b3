import { KMSClient, ReEncryptCommand } from '@aws-sdk/client-kms';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { wrapsWith } from '../../aws/wraps-with.ts';
import { failureOf } from '../support/bytes.ts';

const client = new KMSClient({ region: 'eu-west-1' });
const mock = mockClient(client as unknown as Parameters<typeof mockClient>[0]);
const keyArn = 'arn:aws:kms:eu-west-1:111122223333:key/1';
const key = { ciphertext: Buffer.from('wrapped'), context: { a: 'b' } };

beforeEach(() => {
  mock.reset();
});

const answer = (name: string) => {
  mock.on(ReEncryptCommand).rejects(Object.assign(new Error('no'), { name }));
  return wrapsWith(client, keyArn, key);
};

test('KMS is asked for a trial run, from the key to itself, with the stored context', async () => {
  await answer('DryRunOperationException');
  expect(mock.call(0).args[0].input).toEqual({
    CiphertextBlob: key.ciphertext,
    ...{ SourceKeyId: keyArn, SourceEncryptionContext: { a: 'b' } },
    ...{ DestinationKeyId: keyArn, DestinationEncryptionContext: { a: 'b' } },
    DryRun: true,
  });
});

describe('the answer of KMS', () => {
  test.each([
    ['DryRunOperationException', 'wraps'],
    ['IncorrectKeyException', 'not'],
    ['InvalidCiphertextException', 'unclear'],
    ['ValidationException', 'unclear'],
  ])('%s means: %s', async (name, expected) => {
    expect(await answer(name)).toBe(expected);
  });

  test.each([
    ['AccessDeniedException', 'ACCESS_DENIED'],
    ['DisabledException', 'KEY_DISABLED'],
    ['ThrottlingException', 'THROTTLED'],
  ])('%s is a failure: %s', async (name, code) => {
    expect(await failureOf(() => answer(name))).toMatchObject({
      code,
      message: `kms:ReEncrypt on ${keyArn} failed: ${name}`,
    });
  });

  test('that it was done means that it could be', async () => {
    mock.on(ReEncryptCommand).resolves({});
    expect(await wrapsWith(client, keyArn, key)).toBe('wraps');
  });
});
