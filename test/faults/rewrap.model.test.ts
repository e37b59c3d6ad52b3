import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { SealdropError } from '../../envelope/index.ts';
import { inFile, onObject } from '../operations/rewrap-scene.ts';
import { FakeKmsException } from '../support/fake-kms.ts';
import { acts, RewrapWorld, type Act } from './rewrap-world.ts';

/** What happens at one call of a run: it dies, before or after the call took effect, or another comes in between. */
interface Incident {
  readonly when: 'before' | 'after';
  readonly method: 'head' | 'get' | 'read' | 'tags' | 'write' | 'copy' | 'hide';
  readonly what: 'crash' | Act;
}

/** Something that is done, perhaps while others are under way; KMS may refuse some of its calls. */
interface Step {
  readonly act: Act;
  readonly together: boolean;
  readonly incidents: readonly Incident[];
  readonly refusals: number;
}

const incident: fc.Arbitrary<Incident> = fc.record({
  when: fc.constantFrom('before' as const, 'after' as const),
  method: fc.constantFrom('head' as const, 'get', 'read', 'tags', 'write', 'write', 'copy', 'copy', 'hide'),
  what: fc.oneof(fc.constant('crash' as const), fc.constantFrom(...acts)),
});
const step: fc.Arbitrary<Step> = fc.record({
  act: fc.constantFrom(...acts, 'to new material', 'to another key', 'overwrite', 'expire', 'expire'),
  together: fc.boolean(),
  incidents: fc.array(incident, { maxLength: 3 }),
  refusals: fc.constantFrom(0, 0, 0, 1, 2),
});

/** How a run may end while others are at it, besides what it is there for. */
const failures = [
  'OBJECT_CHANGED',
  'OBJECT_NOT_FOUND',
  'SERVICE_UNAVAILABLE',
  'THROTTLED',
  'INSTRUCTION_FILE_STALE',
  'INSTRUCTION_FILE_MISSING',
  'VERIFICATION_FAILED',
  'AUTHENTICATION_FAILED',
  'NOT_SEALED',
];
const ends = [
  'rewrapped',
  'current',
  'not-sealed',
  'written',
  'deleted',
  'rotated',
  'rebound',
  'moved',
  'expired',
  ...failures,
];

test.each([...onObject, ...inFile])(
  'whatever rewraps, writes, deletes and dies comes together, every version opens, none is buried, and a run does what it says: %s',
  async (_, how) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
        const world = new RewrapWorld(how);
        const { store, kms } = world.scene;
        await world.act('overwrite');
        let underWay: Promise<string>[] = [];
        const settle = async (): Promise<void> => {
          for (const end of await Promise.all(underWay)) expect(ends).toContain(end);
          underWay = [];
          store.forgetHooks();
          kms.forgetFaults();
          await world.expectIntact();
        };
        for (const { act, together, incidents, refusals } of steps) {
          if (act === 'expire') {
            await settle();
            expect(await world.act(act)).toBe('expired');
            await world.expectIntact();
            continue;
          }
          for (const { when, method, what } of incidents) {
            store[when](method, async () => {
              if (what === 'crash') throw new SealdropError('SERVICE_UNAVAILABLE', 'died');
              await world.act(what);
            });
          }
          kms.failNext(
            ...Array.from({ length: refusals }, () => new FakeKmsException('ThrottlingException')),
          );
          underWay.push(world.act(act));
          if (!together) await settle();
        }
        await settle();
        await world.expectToMove();
      }),
      { numRuns: 300 },
    );
  },
);
