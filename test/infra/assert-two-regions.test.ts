import { describe, expect, test } from '@jest/globals';
import { App, Stack, type Environment } from 'aws-cdk-lib';
import { assertTwoRegions } from '../../infra/assert-two-regions.ts';

const here = { account: '111122223333', region: 'eu-west-1' };

const check = (one: Environment, other: Environment): void => {
  const app = new App();
  assertTwoRegions(new Stack(app, 'One', { env: one }), new Stack(app, 'Other', { env: other }));
};

describe('two stacks', () => {
  test('in two Regions of an account pass', () => {
    expect(() => {
      check(here, { ...here, region: 'eu-central-1' });
    }).not.toThrow();
  });

  test.each<[string, Environment, string]>([
    ['in one Region', here, 'both in eu-west-1'],
    ['in two accounts', { account: '444455556666', region: 'eu-central-1' }, 'the account 444455556666'],
    ['one of which knows no Region', { account: here.account }, 'needs to know the account and both Regions'],
    [
      'one of which knows no account',
      { region: 'eu-central-1' },
      'needs to know the account and both Regions',
    ],
  ])('%s are refused', (_, other, message) => {
    expect(() => {
      check(here, other);
    }).toThrow(
      expect.objectContaining({ name: 'ConfigurationError', message: expect.stringContaining(message) }),
    );
  });
});
