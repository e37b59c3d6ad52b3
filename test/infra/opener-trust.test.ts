import { expect, test } from '@jest/globals';
import { openerTrust } from '../../infra/opener-trust.ts';

test('whom the account lets, where nobody is named', () => {
  expect(openerTrust([]).policyFragment.principalJson).toEqual({ AWS: [expect.stringContaining(':root')] });
});
