import { describe, expect, test } from '@jest/globals';
import { describeFailure, reportFailure, reportNote } from '../../cli/failure.ts';
import { UsageError } from '../../cli/usage-error.ts';
import { SealdropError, type SealdropErrorCode } from '../../envelope/index.ts';
import { errorCatalogue } from '../../envelope/error-catalogue.ts';
import { fakeIo, type FakeIoOptions } from '../support/fake-terminal.ts';

const failure = { message: 'it failed', hint: 'try again' };

function reported(options: FakeIoOptions, what = failure): string {
  const io = fakeIo(options);
  reportFailure(io, what);
  expect(io.stdout.writes).toEqual([]);
  return io.stderr.text;
}

describe('what is told of a failure', () => {
  test.each(Object.keys(errorCatalogue) as SealdropErrorCode[])(
    'of the code %s is in the house’s voice',
    (code) => {
      const told = describeFailure(new SealdropError(code, 'the object failed'));
      expect(told).toEqual({ code, message: expect.any(String), hint: errorCatalogue[code].hint });
      for (const words of [told.message, told.hint]) {
        expect(words).not.toMatch(/undefined|null|\[object|[.!]$|\n/);
        // Lower case, but for what has a name of its own.
        expect(words).toMatch(/^(?:[a-z"-]|S3 |KMS |AWS )/);
      }
    },
  );

  test('of a wrong use is its own', () => {
    const told = describeFailure(new UsageError('it is wrong', 'do it right'));
    expect(told).toEqual({ code: 'USAGE', message: 'it is wrong', hint: 'do it right' });
  });

  test.each([
    [new TypeError('x is not a function'), 'TypeError: x is not a function'],
    ['a string', 'a string'],
    [undefined, 'undefined'],
  ])('of %s is a defect', (error, message) => {
    expect(describeFailure(error)).toEqual({
      code: 'DEFECT',
      message,
      hint: 'this should not happen: report it with the command that you typed',
    });
  });

  test('prefers the hint of the error to that of its code', () => {
    expect(describeFailure(new SealdropError('FILE_FAILED', 'x', { hint: 'other' })).hint).toBe('other');
  });
});

describe('a context that does not match', () => {
  test.each([
    [{}, 'not bound; expected names: none'],
    [{ expectedNames: [] }, 'not bound; expected names: none'],
    [{ expectedNames: ['a', 'b'], missing: ['b'] }, 'not bound; expected names: a, b; missing: b'],
    [
      { expectedNames: ['a'], missing: ['c'], unexpected: ['d', 'e'], different: ['a'] },
      'not bound; expected names: a; missing: c; unexpected: d, e; different: a',
    ],
    [{ expectedNames: ['a'], missing: [], unexpected: [], different: [] }, 'not bound; expected names: a'],
  ])('is told by the names in %j', (fields, message) => {
    expect(describeFailure(new SealdropError('CONTEXT_MISMATCH', 'not bound', { fields })).message).toBe(
      message,
    );
  });

  test('shows no value, whatever else is in the fields', () => {
    const fields = { expectedNames: ['team'], value: 'VALUE', team: 'VALUE', actual: ['team=VALUE'] };
    const told = describeFailure(new SealdropError('CONTEXT_MISMATCH', 'not bound', { fields }));
    expect(JSON.stringify(told)).not.toContain('VALUE');
  });

  test('is the only failure that tells of fields', () => {
    const fields = { expectedNames: ['team'], missing: ['x'] };
    expect(describeFailure(new SealdropError('FILE_FAILED', 'no', { fields })).message).toBe('no');
  });
});

const plain = 'sealdrop: error: it failed\nsealdrop: hint: try again\n';

describe('a report', () => {
  test.each<[string, FakeIoOptions]>([
    ['elsewhere than on a terminal', { isTTY: false }],
    ['with NO_COLOR', { isTTY: true, env: { NO_COLOR: '1' } }],
    ['with NO_COLOR of any value', { isTTY: true, env: { NO_COLOR: '0' } }],
    ['on a dumb terminal', { isTTY: true, env: { TERM: 'dumb' } }],
  ])('has no colours %s', (_, options) => {
    expect(reported(options)).toBe(plain);
  });

  test.each([{}, { NO_COLOR: '' }, { TERM: 'xterm' }])('has colours on a terminal with %j', (env) => {
    expect(reported({ isTTY: true, env })).toBe(
      'sealdrop: \u001b[31merror:\u001b[39m it failed\nsealdrop: \u001b[36mhint:\u001b[39m try again\n',
    );
  });

  test('without a hint is one line', () => {
    expect(reported({}, { message: 'it failed', hint: '' })).toBe('sealdrop: error: it failed\n');
  });
});

test('a note is one line on standard error', () => {
  const io = fakeIo({ isTTY: true });
  reportNote(io, 'sealed 2 objects');
  expect([io.stderr.text, io.stdout.text]).toEqual(['sealdrop: sealed 2 objects\n', '']);
});
