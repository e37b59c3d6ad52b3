import { ReEncryptCommand } from '@aws-sdk/client-kms';
import { describe, expect, test } from '@jest/globals';
import { failureOf } from '../support/bytes.ts';
import { wellFormed } from '../support/envelopes.ts';
import { FakeKms, FakeKmsException } from '../support/fake-kms.ts';
import { keyringOver } from '../support/mock-kms.ts';

const context = { 'aws:x-amz-cek-alg': '115', 'sealdrop-vault': 'archive' };

describe('what keeps a data key from moving to another key', () => {
  const move = (name: string, message?: string) => {
    const kms = new FakeKms();
    const [keyArn, to] = [kms.createKey(), kms.createKey()];
    const { keyring, mock } = keyringOver(kms, to, [keyArn]);
    mock.on(ReEncryptCommand).rejects(new FakeKmsException(name, message?.replace(/TO$/, to)));
    const rewrap = () => keyring.rewrapDataKey(wellFormed.encryptedDataKey, context, undefined, { keyArn });
    return { keyArn, to, failure: failureOf(rewrap) };
  };

  test('is told with both keys', async () => {
    const { keyArn, to, failure } = move('DisabledException');
    expect(await failure).toMatchObject({
      code: 'KEY_DISABLED',
      message: `kms:ReEncrypt on ${keyArn} to ${to} failed: DisabledException`,
    });
  });

  test('is told with the actions that policies name, and the key where KMS says which', async () => {
    const { keyArn, to, failure } = move(
      'AccessDeniedException',
      'User: arn:aws:iam::1:user/a is not authorized to perform: kms:ReEncryptTo on resource: TO',
    );
    expect(await failure).toMatchObject({
      code: 'ACCESS_DENIED',
      message: `kms:ReEncrypt on ${keyArn} to ${to} (${to}) failed: AccessDeniedException`,
      hint: expect.stringMatching(/kms:ReEncryptFrom on .*, and kms:ReEncryptTo on /),
    });
  });
});
