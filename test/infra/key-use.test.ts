import { expect, test } from '@jest/globals';
import { ArnPrincipal } from 'aws-cdk-lib/aws-iam';
import { inIdentityPolicy, inKeyPolicy, requiredKeyPolicyOf, type KeyUse } from '../../infra/key-use.ts';

const role = 'arn:aws:iam::111122223333:role/reader';
const use: KeyUse = {
  sid: 'Read',
  principals: [new ArnPrincipal(role)],
  actions: ['kms:Decrypt'],
  conditions: { StringEquals: { 'kms:ViaService': 's3' } },
};
const allowed = { Effect: 'Allow', Action: 'kms:Decrypt' };
const inPolicy = {
  ...allowed,
  Sid: 'Read',
  Principal: { AWS: role },
  Resource: '*',
  Condition: use.conditions,
};

test('in the policy of a key, a use names who, and the key by nothing', () => {
  expect(inKeyPolicy(use).toJSON()).toEqual(inPolicy);
});

test('in the policy of an identity, a use names the key, with the conditions of both', () => {
  const named = { arn: 'arn:key', conditions: { Bool: { x: 'true' } } };

  expect(inIdentityPolicy(use, named).toJSON()).toEqual({
    ...{ ...allowed, Resource: 'arn:key' },
    Condition: { Bool: { x: 'true' }, StringEquals: { 'kms:ViaService': 's3' } },
  });
});

test('a use without conditions has none', () => {
  const { conditions: _conditions, ...free } = use;
  expect(inKeyPolicy(free).toJSON()).not.toHaveProperty('Condition');
});

test('what an owner adds are statements for all uses, which fit beside those of another vault', () => {
  const { Sid: _, ...free } = inPolicy;
  expect(requiredKeyPolicyOf([use, use]).toJSON()).toEqual({
    ...{ Version: '2012-10-17', Statement: [free, free] },
  });
});
