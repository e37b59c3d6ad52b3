import type { Config } from 'jest';

const shared: Config = {
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2024' }, module: { type: 'es6' } },
    ],
  },
  testEnvironment: 'node',
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/cdk.out/', '<rootDir>/.sealdrop/'],
};

const config: Config = {
  collectCoverageFrom: ['{envelope,operations,audit,aws,lambda,cli,infra}/**/*.ts'],
  // Suites leave their modules behind, those of the CDK hundreds of MB: each has a worker of its own.
  workerIdleMemoryLimit: 0,
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: ['<rootDir>/test/local/', '<rootDir>/test/conformance/'],
    },
    {
      ...shared,
      displayName: 'local',
      testMatch: ['<rootDir>/test/{local,conformance}/**/*.test.ts'],
    },
  ],
};

export default config;
