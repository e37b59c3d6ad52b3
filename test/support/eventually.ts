import { setTimeout as sleep } from 'node:timers/promises';

/** Asks again and again until there is an answer. */
export async function eventually<Answer>(
  what: string,
  ask: () => Promise<Answer | undefined>,
  patienceMilliseconds = 60_000,
): Promise<Answer> {
  const giveUpAt = Date.now() + patienceMilliseconds;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > giveUpAt) throw new Error(`waited in vain for ${what}`);
    await sleep(200);
  }
}
