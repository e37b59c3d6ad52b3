import type { Config } from 'jest';
import all from '../../jest.config.ts';

// The unit tests that speak of the format, for the mutation run: `npm run mutation`.

const unit = (all.projects ?? []).find(
  (project) => typeof project !== 'string' && project['displayName'] === 'unit',
) as Config;

const config: Config = {
  ...unit,
  rootDir: '../..',
  testMatch: ['<rootDir>/test/envelope/**/*.test.ts'],
};

export default config;
