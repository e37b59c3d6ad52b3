import { expect, test } from '@jest/globals';
import { App, Stack } from 'aws-cdk-lib';
import { openerTrust } from '../../infra/opener-trust.ts';
import { plain } from './templates.ts';

const payroll = 'arn:aws:iam::111122223333:role/payroll';

test.each([
  ['whom the account lets, where nobody is named', [], ['arn:${AWS::Partition}:iam::${AWS::AccountId}:root']],
  ['those who are named, and nobody else', [payroll], [payroll]],
])('a role that opens is assumed by %s', (_, openerArns, expected) => {
  const { principalJson } = openerTrust(openerArns).policyFragment;
  expect(plain(new Stack(new App(), 'Test').resolve(principalJson))).toEqual({ AWS: expected });
});
