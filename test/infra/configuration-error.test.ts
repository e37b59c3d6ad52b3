import { expect, test } from '@jest/globals';
import { ConfigurationError } from '../../infra/configuration-error.ts';

test('a configuration error says what is wrong, and what to do about it', () => {
  const error = new ConfigurationError('no environment was chosen', 'pass -c env=NAME');

  expect(error).toBeInstanceOf(Error);
  expect(error).toMatchObject({
    name: 'ConfigurationError',
    message: 'no environment was chosen',
    hint: 'pass -c env=NAME',
  });
});
