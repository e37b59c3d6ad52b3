import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { gcmSuite, SealdropError } from '../../envelope/index.ts';
import type { ObjectStore } from '../../operations/object-store.ts';
import type { SealContentOptions } from '../../operations/seal-content.ts';
import { sealObject } from '../../operations/seal-object.ts';
import { createScene, openedElsewhere, openedText, plainAt, sealedAt, type Scene } from './scene.ts';

const allowing = { commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT' } as const;

/** What happens at one call of a run: the call fails, before or after it took effect, or the source changes. */
interface Incident {
  readonly store: 'from' | 'store';
  readonly when: 'before' | 'after';
  readonly method: keyof ObjectStore;
  readonly what: 'crash' | 'edit';
}

/** An edit of the source, or a run; some runs are under way at once. */
type Step =
  | { readonly kind: 'edit'; readonly isLonger: boolean }
  | {
      readonly kind: 'run';
      readonly together: boolean;
      readonly mayStand: boolean;
      readonly incidents: readonly Incident[];
    };

const incident: fc.Arbitrary<Incident> = fc.record({
  store: fc.constantFrom('from' as const, 'store' as const, 'store' as const),
  when: fc.constantFrom('before' as const, 'after' as const),
  method: fc.constantFrom('head' as const, 'get', 'read', 'tags', 'write', 'write', 'write'),
  what: fc.constantFrom('crash' as const, 'edit' as const),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('edit' as const), isLonger: fc.boolean() }),
  fc.record({
    kind: fc.constant('run' as const),
    together: fc.boolean(),
    mayStand: fc.boolean(),
    incidents: fc.array(incident, { maxLength: 3 }),
  }),
);

/** A source that remembers all that it ever was. */
class EditedSource {
  readonly states: string[] = [];
  readonly #scene: Scene;

  constructor(scene: Scene) {
    this.#scene = scene;
    this.edit(false);
  }

  get newest(): string {
    return this.states.at(-1) ?? '';
  }

  edit(isLonger: boolean): void {
    const state = `state ${String(this.states.length).padStart(4, '0')}${isLonger ? ' and more' : ''}`;
    this.states.push(state);
    this.#scene.from.put(plainAt.bucket, plainAt.key, Buffer.from(state));
  }
}

function arm(scene: Scene, source: EditedSource, incidents: readonly Incident[]): void {
  for (const { store, when, method, what } of incidents) {
    scene[store][when](method, () => {
      if (what === 'crash') throw new SealdropError('SERVICE_UNAVAILABLE', 'busy');
      source.edit(false);
    });
  }
}

/** Runs once; nothing where it failed in a way that trying again may mend. */
async function run(
  { from, sealing }: Scene,
  mayStand: boolean,
  how: Partial<SealContentOptions>,
): Promise<string | undefined> {
  const options = { ...sealing, from, mayStand, ...how, replacing: 'earlier' } as const;
  try {
    return (await sealObject(plainAt, sealedAt, options)).status;
  } catch (error) {
    if (error instanceof SealdropError && error.retryable) return undefined;
    throw error;
  }
}

test.each([
  ['a source with versions', { from: { versioned: true } }, {}],
  ['a source without versions', { from: { versioned: false } }, {}],
  ['stores without versions', { from: { versioned: false }, store: { versioned: false } }, {}],
  ['instruction files', { from: { versioned: true } }, { instructionFiles: true }],
  ['V2', { from: { versioned: true } }, { suite: gcmSuite }],
  ['instruction files of V2', { from: { versioned: true } }, { suite: gcmSuite, instructionFiles: true }],
] as const)(
  'after any edits, runs and crashes the sealed object is some state of its source, and the newest after a whole run: %s',
  async (_, versions, how) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        let milliseconds = 0;
        const now = (): Date => new Date((milliseconds += 1));
        const scene = createScene({ ...versions, from: { ...versions.from, now } });
        const source = new EditedSource(scene);
        let underWay: Promise<boolean>[] = [];
        let oldestStart = 0;
        const settle = async (): Promise<void> => {
          const haveSucceeded = await Promise.all(underWay);
          underWay = [];
          scene.from.forgetHooks();
          scene.store.forgetHooks();
          const standing = await scene.store.head(sealedAt).catch(() => undefined);
          if (standing === undefined) {
            expect(haveSucceeded).not.toContain(true);
            return;
          }
          const opened = source.states.indexOf(await openedText(scene, sealedAt, allowing));
          expect(opened).toBeGreaterThanOrEqual(haveSucceeded.includes(true) ? oldestStart : 0);
        };
        for (const each of steps) {
          if (each.kind === 'edit') {
            source.edit(each.isLonger);
            continue;
          }
          arm(scene, source, each.incidents);
          if (underWay.length === 0) oldestStart = source.states.length - 1;
          underWay.push(run(scene, each.mayStand, how).then((status) => status !== undefined));
          if (!each.together) await settle();
        }
        await settle();

        const last = await run(scene, true, how);
        expect(['sealed', 'current']).toContain(last);
        // What is current may be of two writers at once, whose instruction files crossed.
        if (last === 'sealed') expect(await openedElsewhere(scene, allowing)).toBe(source.newest);
        expect(await openedText(scene, sealedAt, allowing)).toBe(source.newest);
        expect(await run(scene, true, how)).toBe('current');
      }),
      { numRuns: 200 },
    );
  },
);
