import type { Config } from 'jest';
import all from '../../jest.config.ts';

// The unit tests that speak of the format, for the mutation run: `npm run mutation`. They run as CommonJS here: one
// process runs them once per mutant, and Jest never lets go of a native module that it loaded.

const unit = (all.projects ?? []).find(
  (project) => typeof project !== 'string' && project['displayName'] === 'unit',
) as Config;

const config: Config = {
  ...unit,
  rootDir: '../..',
  testMatch: ['<rootDir>/test/envelope/**/*.test.ts'],
  testPathIgnorePatterns: ['raw-rsa-keyring.wiping', 'requirements'],
  extensionsToTreatAsEsm: [],
  transform: {
    '^.+\\.[mc]?[jt]s$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2024' }, module: { type: 'commonjs' } },
    ],
  },
};

export default config;
