import { expect, test } from '@jest/globals';
import { explainedByRegion } from '../../aws/key-in-region.ts';
import { SealdropError, type SealdropErrorCode } from '../../envelope/index.ts';

const arn = (region: string, name: string): string => `arn:aws:kms:${region}:111122223333:${name}`;
const [multi, single, alias] = ['key/mrk-1', 'key/1', 'alias/vault'];

test.each<[SealdropErrorCode, string, string, SealdropErrorCode, string]>([
  ['KEY_NOT_FOUND', 'eu-west-1', multi, 'KEY_NOT_IN_REGION', 'make a replica of the key in us-east-1'],
  [
    'KEY_NOT_FOUND',
    'eu-west-1',
    single,
    'KEY_NOT_IN_REGION',
    'can never be used in us-east-1: work in eu-west-1',
  ],
  ['KEY_NOT_FOUND', 'eu-west-1', alias, 'KEY_NOT_IN_REGION', 'an alias of eu-west-1 is none of us-east-1'],
  ['KEY_NOT_FOUND', 'us-east-1', multi, 'KEY_NOT_FOUND', 'the hint of the code'],
  ['KEY_DISABLED', 'eu-west-1', multi, 'KEY_DISABLED', 'enable the key in us-east-1'],
  ['KEY_DISABLED', 'us-east-1', multi, 'KEY_DISABLED', 'enable the key in us-east-1'],
  ['KEY_DISABLED', 'us-east-1', single, 'KEY_DISABLED', 'the hint of the code'],
  ['ACCESS_DENIED', 'eu-west-1', multi, 'ACCESS_DENIED', 'the key policy in us-east-1 is one of its own'],
  ['ACCESS_DENIED', 'eu-west-1', single, 'ACCESS_DENIED', 'can never be used in us-east-1'],
  ['ACCESS_DENIED', 'eu-west-1', alias, 'ACCESS_DENIED', 'an alias of eu-west-1'],
  ['ACCESS_DENIED', 'us-east-1', multi, 'ACCESS_DENIED', 'the hint of the code'],
  ['THROTTLED', 'eu-west-1', multi, 'THROTTLED', 'the hint of the code'],
])('%s of a key in %s (%s), asked for in us-east-1: %s, %s', (code, region, name, expected, hint) => {
  const cause = new Error('why');
  const fields = { action: 'kms:Decrypt' };
  const failure = new SealdropError(code, 'what', { cause, fields, hint: 'the hint of the code' });
  const explained = explainedByRegion(failure, arn(region, name), 'us-east-1');
  expect(explained).toMatchObject({ code: expected, message: 'what', fields, cause });
  expect(explained.hint).toContain(hint);
});

test.each(['alias/vault', 'mrk-1', '00000000-0000-4000-8000-000000000001'])(
  'a key that is not named by its ARN is where the client is: %s',
  (keyId) => {
    const failure = new SealdropError('KEY_NOT_FOUND', 'what');
    expect(explainedByRegion(failure, keyId, 'us-east-1')).toBe(failure);
  },
);
