import { expect, test } from '@jest/globals';
import { RememberedAnswers } from '../../aws/remembered-answers.ts';
import { thrownBy } from '../support/bytes.ts';

function remembering() {
  let now = 0;
  const asked: string[] = [];
  const answers = new RememberedAnswers<string>({ maxAgeMilliseconds: 60_000, now: () => now });
  const ask = (question: string, answer: string): Promise<string> =>
    answers.answer(question, () => {
      asked.push(question);
      return Promise.resolve(answer);
    });
  const passUntil = (time: number): void => {
    now = time;
  };
  return { asked, ask, answers, passUntil };
}

test('an answer holds for its time, for its own question, and is asked for once by many', async () => {
  const { asked, ask, passUntil } = remembering();
  expect(await Promise.all([ask('a', '1'), ask('a', '2'), ask('b', '3')])).toEqual(['1', '1', '3']);
  passUntil(59_999);
  expect(await ask('a', '4')).toBe('1');
  passUntil(60_000);
  expect(await ask('a', '5')).toBe('5');
  expect(asked).toEqual(['a', 'b', 'a']);
});

test('what goes wrong is told to all who asked', async () => {
  const { answers } = remembering();
  const failing = (): Promise<string> => answers.answer('a', () => Promise.reject(new Error('no')));
  const [one, other] = await Promise.all([thrownBy(failing), thrownBy(failing)]);
  expect(one).toBe(other);
});
