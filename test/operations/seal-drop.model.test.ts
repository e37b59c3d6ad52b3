import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { SealdropError } from '../../envelope/index.ts';
import { handovers } from '../../operations/handover.ts';
import type { ObjectStore } from '../../operations/object-store.ts';
import { openToBuffer } from '../../operations/open-object.ts';
import { sealDrop } from '../../operations/seal-drop.ts';
import { createWorld } from '../support/world.ts';

/** One delivery of one of the drops' events: which, whether with another at once, and what fails under way. */
interface Delivery {
  readonly drop: number;
  readonly together: boolean;
  readonly fault: { readonly when: 'before' | 'after'; readonly method: keyof ObjectStore } | undefined;
}

const fault = fc.record({
  when: fc.constantFrom('before' as const, 'after' as const),
  method: fc.constantFrom('head' as const, 'tags', 'read', 'write', 'hide', 'setTags'),
});
const delivery: fc.Arbitrary<Delivery> = fc.record({
  drop: fc.nat(3),
  together: fc.boolean(),
  fault: fc.option(fault, { nil: undefined, freq: 2 }),
});

test('any order of events, doubled and failing, ends with the newest drop sealed and nothing lost', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(delivery, { maxLength: 12 }),
      fc.constantFrom(...handovers),
      fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }),
      async (deliveries, handover, lastRound) => {
        const world = createWorld();
        const { store, keyring, options } = world;
        const drops = ['first', 'second', 'third', 'fourth'].map((text) =>
          world.drop('a.txt', Buffer.from(text)),
        );
        const deliver = async (which: number): Promise<void> => {
          const drop = drops[which];
          if (drop === undefined) return;
          await sealDrop(drop, { ...options, handover }).catch((error: unknown) => {
            if (!(error instanceof SealdropError) || !error.retryable) throw error;
          });
        };

        let underWay: Promise<void>[] = [];
        for (const { drop, together, fault } of deliveries) {
          if (fault !== undefined) {
            store[fault.when](fault.method, () => {
              throw new SealdropError('SERVICE_UNAVAILABLE', 'busy');
            });
          }
          underWay.push(deliver(drop));
          if (!together) {
            await Promise.all(underWay);
            underWay = [];
          }
        }
        await Promise.all(underWay);
        // What failed comes back until it succeeds: here each event once more, in any order.
        store.forgetHooks();
        for (const drop of lastRound) await deliver(drop);

        const at = world.sealedAt('a.txt');
        const opened = await openToBuffer(at, { store, keyring, vault: options.vault });
        expect(opened.content.toString()).toBe('fourth');
        for (const [index, text] of ['first', 'second', 'third', 'fourth'].entries()) {
          const drop = drops[index];
          if (drop !== undefined) expect(store.contentOf(drop).toString()).toBe(text);
        }
      },
    ),
    { numRuns: 300 },
  );
});
