/** How long an answer holds. */
export interface RememberedAnswersOptions {
  readonly maxAgeMilliseconds: number;
  /** A clock that only goes forward, in milliseconds. */
  readonly now?: () => number;
}

/** Answers to questions that are asked again and again: whoever asks while one is on its way waits for that one. */
export class RememberedAnswers<Answer> {
  readonly #maxAge: number;
  readonly #now: () => number;
  readonly #answers = new Map<string, { readonly askedAt: number; readonly answer: Promise<Answer> }>();

  constructor({ maxAgeMilliseconds, now = () => performance.now() }: RememberedAnswersOptions) {
    this.#maxAge = maxAgeMilliseconds;
    this.#now = now;
  }

  /**
   * The answer to a question, from `ask` where it is not known.
   *
   * @throws what `ask` throws, to all who asked within that time
   */
  answer(question: string, ask: () => Promise<Answer>): Promise<Answer> {
    const known = this.#answers.get(question);
    if (known !== undefined && this.#now() - known.askedAt < this.#maxAge) return known.answer;
    const answer = ask();
    this.#answers.set(question, { askedAt: this.#now(), answer });
    return answer;
  }
}
