import { describe, expect, test } from '@jest/globals';
import { App, Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { ConfigurationError } from '../../infra/configuration-error.ts';
import { dataKeyCacheOf, defaultDataKeyCache } from '../../infra/data-key-cache.ts';

const warning = Match.stringLikeRegexp('dataKeyCache has no effect with the binding "object"');

function warningsOf(stack: Stack): number {
  return Annotations.fromStack(stack).findWarning('*', warning).length;
}

/** As callers without `exactOptionalPropertyTypes` may hand it in. */
const halfSet: object = { maxMessages: 7, maxBytes: undefined };

describe.each(['vault', 'none'] as const)('with the binding %s', (binding) => {
  test.each([
    [undefined, defaultDataKeyCache],
    [{}, defaultDataKeyCache],
    [{ maxMessages: 7 }, { ...defaultDataKeyCache, maxMessages: 7 }],
    [halfSet, { ...defaultDataKeyCache, maxMessages: 7 }],
    [{ maxMessages: 2 ** 32 }, { ...defaultDataKeyCache, maxMessages: 2 ** 32 }],
    ['none' as const, 'none'],
  ])('%j becomes %j, without a warning', (asked, expected) => {
    const stack = new Stack(new App());
    expect(dataKeyCacheOf(stack, binding, asked)).toEqual(expected);
    expect(warningsOf(stack)).toBe(0);
  });
});

describe('with the binding object', () => {
  test.each([
    [undefined, 0],
    ['none' as const, 0],
    [{}, 1],
    [{ maxMessages: 7 }, 1],
  ])('%j becomes none, with %i warnings', (asked, warnings) => {
    const stack = new Stack(new App());
    expect(dataKeyCacheOf(stack, 'object', asked)).toBe('none');
    expect(warningsOf(stack)).toBe(warnings);
  });
});

test.each([
  ['maxAgeSeconds', 0, 86_400],
  ['maxAgeSeconds', 86_401, 86_400],
  ['maxMessages', 0, 4_294_967_296],
  ['maxMessages', 1.5, 4_294_967_296],
  ['maxMessages', 4_294_967_297, 4_294_967_296],
  ['maxBytes', 0, Number.MAX_SAFE_INTEGER],
  ['maxBytes', -1, Number.MAX_SAFE_INTEGER],
])('%s of %d is refused, whatever the binding', (name, value, most) => {
  for (const binding of ['object', 'vault', 'none'] as const) {
    const work = () => dataKeyCacheOf(new Stack(new App()), binding, { [name]: value });
    expect(work).toThrow(ConfigurationError);
    expect(work).toThrow(`dataKeyCache.${name} cannot be ${value}`);
    try {
      work();
    } catch (error) {
      expect((error as ConfigurationError).hint).toBe(
        `set it to a whole number from 1 to ${most}, or dataKeyCache to 'none' for no cache`,
      );
    }
  }
});

test('a limit that there is not is refused: callers without types would take it to hold', () => {
  for (const binding of ['object', 'vault', 'none'] as const) {
    const work = () => dataKeyCacheOf(new Stack(new App()), binding, { maxAge: 9 } as object);
    expect(work).toThrow(ConfigurationError);
    expect(work).toThrow('dataKeyCache has no limit maxAge');
  }
});

test('the defaults are within a few minutes and a thousand objects', () => {
  expect(defaultDataKeyCache).toEqual({ maxAgeSeconds: 300, maxMessages: 1_000, maxBytes: 68_719_476_704 });
});
