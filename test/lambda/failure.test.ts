import { describe, expect, test } from '@jest/globals';
import { describeFailure } from '../../lambda/failure.ts';
import { SealdropError } from '../../envelope/index.ts';

describe('what a log says of a failure', () => {
  test('is all that is safe of our own errors', () => {
    const cause = Object.assign(new Error('secret-cause'), { secret: 'secret-field' });
    const error = new SealdropError('THROTTLED', 'too fast', { cause, fields: { action: 's3:PutObject' } });
    expect(describeFailure(error)).toEqual({
      code: 'THROTTLED',
      reason: 'too fast',
      hint: error.hint,
      fields: { action: 's3:PutObject' },
    });
  });

  test.each([
    [new TypeError('secret-detail'), 'TypeError'],
    [Object.assign(new Error('secret-detail'), { name: 'Odd' }), 'Odd'],
    ['secret-detail', 'not an error'],
    [{ message: 'secret-detail' }, 'not an error'],
    [undefined, 'not an error'],
  ])('is no more than the name of others: %p', (error, reason) => {
    const described = describeFailure(error);
    expect(described).toMatchObject({ code: 'UNEXPECTED', reason });
    expect(JSON.stringify(described)).not.toContain('secret-detail');
  });
});
