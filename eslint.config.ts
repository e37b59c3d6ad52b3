import eslint from '@eslint/js';
import prettier from 'eslint-config-prettier';
import tsdoc from 'eslint-plugin-tsdoc';
import { defineConfig } from 'eslint/config';
import type { Linter } from 'eslint';
import tseslint from 'typescript-eslint';

/** The folders of the house, and the folders of ours that each may import besides its own files. */
const mayImport: Record<string, string[]> = {
  envelope: [],
  operations: ['envelope'],
  audit: ['envelope'],
  aws: ['envelope', 'operations', 'audit'],
  lambda: ['envelope', 'operations', 'audit', 'aws'],
  cli: ['envelope', 'operations', 'audit', 'aws'],
  infra: ['lambda'],
  local: ['infra', 'cli', 'lambda', 'aws', 'operations', 'envelope'],
};

const folders = [...Object.keys(mayImport), 'test', 'bench'];

const houseRules = Object.entries(mayImport).map(([folder, allowed]) => {
  const forbidden = folders.filter((other) => other !== folder && !allowed.includes(other));
  const patterns = [
    {
      regex: `^(\\.\\./)+(${forbidden.join('|')})/`,
      message: `${folder}/ may import only: ${allowed.join(', ') || 'its own files'}.`,
    },
    ...(folder === 'aws' || folder === 'local'
      ? []
      : [{ regex: '^(@aws-sdk|@smithy)/', message: 'Only aws/ imports the AWS SDK.' }]),
    ...(folder === 'envelope'
      ? [
          {
            regex: '^(?!node:(crypto|stream)$|\\./)',
            message: 'envelope/ is pure: node:crypto and node:stream only.',
          },
        ]
      : []),
    ...(folder === 'infra'
      ? [
          {
            regex: '^\\.\\./lambda/(?!settings\\.ts$)',
            message: 'infra/ imports lambda/settings.ts and no other code.',
          },
        ]
      : []),
  ];
  const rules: Linter.RulesRecord = { 'no-restricted-imports': ['error', { patterns }] };
  return { files: [`${folder}/**/*.ts`], rules };
});

const config: Linter.Config[] = defineConfig(
  { ignores: ['dist/', 'coverage/', 'cdk.out/', 'node_modules/', '.sealdrop/'] },
  eslint.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  prettier,
  {
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    plugins: { tsdoc },
    rules: {
      'tsdoc/syntax': 'error',
      'max-lines': ['error', { max: 300 }],
      // To take a field out of an object is to name it.
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
    },
  },
  ...houseRules,
  {
    files: ['**/*.mjs'],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly' } },
  },
);

export default config;
