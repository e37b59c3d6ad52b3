import { describe, expect, test } from '@jest/globals';
import { toKmsError } from '../../aws/kms-errors.ts';

const keyArn = 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const user = 'User: arn:aws:sts::111122223333:assumed-role/reader/session';

/** A refusal in the words of the service. */
function denied(resource: string, name = 'AccessDeniedException'): Error {
  const message = `${user} is not authorized to perform: kms:Decrypt on resource: ${resource} because no policy allows it`;
  return Object.assign(new Error(message), { name });
}

describe('a refusal names the action and the key', () => {
  test.each([
    ['alias/vault', keyArn, `alias/vault (${keyArn})`],
    [
      'alias/vault',
      keyArn.replace(/[^/]+$/, 'mrk-0a'),
      `alias/vault (${keyArn.replace(/[^/]+$/, 'mrk-0a')})`,
    ],
    [keyArn, keyArn, keyArn],
    ['alias/vault', '*', 'alias/vault'],
    ['alias/vault', 'arn:aws:kms:eu-west-1:111122223333:alias/vault', 'alias/vault'],
    ['alias/vault', 'arn:aws:s3:::bucket/key', 'alias/vault'],
  ])('asked of %s, answered of %s', (asked, answered, told) => {
    const { code, message, hint } = toKmsError(denied(answered), 'kms:Decrypt', asked);
    expect([code, message]).toEqual([
      'ACCESS_DENIED',
      `kms:Decrypt on ${told} failed: AccessDeniedException`,
    ]);
    expect(hint).toContain('grant the named action');
  });

  test('and nothing else of what the service said', () => {
    const { message, fields } = toKmsError(denied(keyArn), 'kms:Decrypt', 'alias/vault');
    expect(`${message} ${JSON.stringify(fields)}`).not.toContain('assumed-role');
  });

  test('and no other failure takes its words', () => {
    const { message } = toKmsError(denied(keyArn, 'NotFoundException'), 'kms:Decrypt', 'alias/vault');
    expect(message).toBe('kms:Decrypt on alias/vault failed: NotFoundException');
  });
});
