import { expect, test } from '@jest/globals';
import { Duration } from 'aws-cdk-lib';
import { sealedLifecycle } from '../../infra/sealed-lifecycle.ts';

const days = (life?: Duration | 'none'): (number | undefined)[] =>
  sealedLifecycle(life).map((rule) => rule.noncurrentVersionExpiration?.toDays());

test('old versions expire after 90 days, after a time of choice, or never; uploads are never left', () => {
  expect(days()).toEqual([undefined, 90]);
  expect(days(Duration.days(7))).toEqual([undefined, 7]);
  expect(days('none')).toEqual([undefined]);
  expect(sealedLifecycle('none')[0]?.abortIncompleteMultipartUploadAfter?.toDays()).toBe(2);
});

test('no current version expires', () => {
  expect(sealedLifecycle().flatMap(({ expiration, expirationDate }) => [expiration, expirationDate])).toEqual(
    Array(4).fill(undefined),
  );
});
