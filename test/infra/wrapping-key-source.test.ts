import { describe, expect, test } from '@jest/globals';
import { App, Duration, Stack } from 'aws-cdk-lib';
import {
  chooseWrappingKey,
  isExisting,
  type NewKeyWishes,
  type WrappingKeySource,
} from '../../infra/wrapping-key-source.ts';
import { refusalOf } from './refusals.ts';

const stack = new Stack(new App(), 'Test', { env: { account: '111122223333', region: 'eu-west-1' } });
const arn = 'arn:aws:kms:eu-west-1:111122223333:key/1';
const alias = 'alias/vault';
const rotationPeriod = Duration.days(180);
const breakGlassArns = ['arn:aws:iam::111122223333:role/break-glass'];

describe('a new key', () => {
  test.each<[WrappingKeySource, NewKeyWishes, string]>([
    [{}, {}, 'kms'],
    [{}, { multiRegion: true, rotationPeriod, breakGlassArns }, 'kms'],
    [{ material: 'kms' }, { rotationPeriod: Duration.days(90) }, 'kms'],
    [{ material: 'kms' }, { rotationPeriod: Duration.days(2560) }, 'kms'],
    [{ material: 'imported' }, { multiRegion: true, breakGlassArns }, 'imported'],
  ])('from %j with %j has the material %s', (source, wishes, material) => {
    expect(chooseWrappingKey(stack, source, wishes)).toEqual({ material });
    expect(isExisting(source)).toBe(false);
  });
});

describe('an existing key', () => {
  test.each<[WrappingKeySource, boolean, boolean]>([
    [{ arn }, true, false],
    [{ arn, material: 'custom-key-store' }, false, false],
    [{ alias }, true, true],
    [{ alias, material: 'custom-key-store' }, false, true],
  ])('from %j: KMS may rotate it: %p; it is known by an alias: %p', (source, rotates, isAlias) => {
    const wishes = { multiRegion: false, breakGlassArns: [] };

    expect(chooseWrappingKey(stack, source, wishes)).toMatchObject({ existing: { isAlias }, rotates });
    expect(isExisting(source)).toBe(true);
  });
});

describe('what cannot be', () => {
  const inStore = 'custom-key-store' as const;
  test.each<[WrappingKeySource, NewKeyWishes, RegExp, RegExp]>([
    [{ arn, alias }, {}, /named twice/, /leave out the alias/],
    [{ arn: '' }, {}, /not the ARN of a KMS key/, /arn:aws:kms/],
    [{ alias: 'alias/aws/s3' }, {}, /AWS managed key/, /customer managed key/],
    [{ arn, material: 'kms' }, {}, /has its material already/, /leave out the material/],
    [{ alias, material: 'imported' }, {}, /has its material already/, /leave out the material/],
    [
      { material: inStore },
      {},
      /CloudFormation makes no keys in custom key stores/,
      /create-key .* by its ARN/,
    ],
    [{ material: inStore }, { multiRegion: true }, /cannot be a multi-Region key/, /leave out multi-Region/],
    [
      { arn, material: inStore },
      { multiRegion: true },
      /custom key store cannot be a multi-Region/,
      /leave out/,
    ],
    [
      { arn: `${arn.slice(0, -1)}mrk-1`, material: inStore },
      {},
      /custom key store cannot be a multi-Region/,
      /leave out the material/,
    ],
    [
      { arn, material: inStore },
      { rotationPeriod },
      /never rotated/,
      /make another key, and move the data keys/,
    ],
    [
      { material: 'imported' },
      { rotationPeriod },
      /does not rotate imported/,
      /import new material.*keys rotate/,
    ],
    [{}, { rotationPeriod: Duration.days(89) }, /no key every 89 days/, /90 to 2560 days/],
    [{}, { rotationPeriod: Duration.days(2561) }, /no key every 2561 days/, /90 to 2560 days/],
    [{ arn }, { multiRegion: true }, /multi-Region key or not since it was made/, /leave out multi-Region/],
    [{ arn }, { rotationPeriod }, /is set at the key/, /enable-key-rotation/],
    [{ arn }, { breakGlassArns }, /said by its own policy/, /deny others kms:DisableKey/],
    [{ alias }, { multiRegion: true }, /multi-Region key or not since it was made/, /leave out multi-Region/],
    [{ alias }, { rotationPeriod }, /is set at the key/, /enable-key-rotation/],
    [{ alias }, { breakGlassArns }, /said by its own policy/, /deny others kms:DisableKey/],
  ])('%j with %j is refused, with what to do', (source, wishes, message, hint) => {
    const refusal = refusalOf(() => chooseWrappingKey(stack, source, wishes));

    expect(refusal.message).toMatch(message);
    expect(refusal.hint).toMatch(hint);
  });
});
