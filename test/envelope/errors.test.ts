import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { errorCatalogue, type SealdropErrorCode } from '../../envelope/error-catalogue.ts';
import { authenticationFailure, SealdropError } from '../../envelope/errors.ts';

const codes = Object.keys(errorCatalogue) as SealdropErrorCode[];

describe('the catalogue of errors', () => {
  test('is in alphabetical order', () => {
    expect(codes).toEqual([...codes].sort());
  });

  test.each(codes)('%s has a hint in lower case and without a full stop', (code) => {
    const { hint } = errorCatalogue[code];
    // A proper name may begin with a capital.
    expect(hint).toMatch(/^([a-z]|S3 )/);
    expect(hint).not.toMatch(/[.!?…]$/);
    expect(hint).not.toMatch(/\n/);
  });

  test('marks as retryable what the same call can survive, and nothing about authenticity', () => {
    expect(codes.filter((code) => errorCatalogue[code].retryable)).toEqual([
      'ABORTED',
      'CONTENT_LENGTH_MISMATCH',
      'FILE_CHANGED',
      'KEY_UNAVAILABLE',
      'OBJECT_CHANGED',
      'SERVICE_UNAVAILABLE',
      'THROTTLED',
      'VERIFICATION_FAILED',
    ]);
  });

  test('holds no code that the source never uses', () => {
    const folders = ['envelope', 'operations', 'aws', 'lambda', 'cli'];
    const root = new URL('../../', import.meta.url);
    const source = folders
      .flatMap((folder) =>
        readdirSync(new URL(folder, root), { encoding: 'utf8', recursive: true }).map(
          (file) => `${folder}/${file}`,
        ),
      )
      .filter((file) => file.endsWith('.ts') && file !== 'envelope/error-catalogue.ts')
      .map((file) => readFileSync(new URL(file, root), 'utf8'))
      .join('\n');
    expect(codes.filter((code) => !source.includes(`'${code}'`))).toEqual([]);
  });
});

describe('an error', () => {
  test('takes hint and retryability from its code', () => {
    const error = new SealdropError('THROTTLED', 'too fast');
    expect(error).toMatchObject({ name: 'SealdropError', code: 'THROTTLED', retryable: true, fields: {} });
    expect(error.hint).toBe(errorCatalogue.THROTTLED.hint);
    expect(error.message).toBe('too fast');
    expect(error).toBeInstanceOf(Error);
    expect('cause' in error).toBe(false);
  });

  test('carries a better hint, fields and a cause where it is given them', () => {
    const cause = new Error('underneath');
    const error = new SealdropError('SERVICE_FAILED', 'no', { cause, fields: { status: 400 }, hint: 'look' });
    expect(error).toMatchObject({ cause, fields: { status: 400 }, hint: 'look', retryable: false });
  });

  test('of an authentication failure is the same every time and says nothing about why', () => {
    const [first, second] = [authenticationFailure(), authenticationFailure()];
    expect(first).toEqual(second);
    expect(first.hint).toBe(second.hint);
    expect(first.cause).toBeUndefined();
    expect(first.fields).toEqual({});
    expect(first.message).toBe('the object could not be authenticated');
  });
});
