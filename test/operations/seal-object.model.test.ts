import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { gcmSuite, SealdropError } from '../../envelope/index.ts';
import type { ObjectStore } from '../../operations/object-store.ts';
import type { SealContentOptions } from '../../operations/seal-content.ts';
import { sealObject } from '../../operations/seal-object.ts';
import { createScene, openedElsewhere, openedText, plainAt, sealedAt, type Scene } from './scene.ts';

const allowing = { commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT' } as const;

/**
 * What happens at one call of a run: it fails, before or after it took effect; the source changes; another run
 * comes in between, perhaps of a later state.
 */
interface Incident {
  readonly store: 'from' | 'store';
  readonly when: 'before' | 'after';
  readonly method: keyof ObjectStore;
  readonly what: 'crash' | 'edit' | 'run' | 'edit and run';
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
  what: fc.constantFrom('crash' as const, 'edit', 'run', 'edit and run'),
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

/** A source that remembers all that it ever was, and how far the runs that succeeded have come. */
class EditedSource {
  readonly states: string[] = [];
  /** The latest state that a run has begun with and succeeded. */
  reached = -1;
  readonly #scene: Scene;
  readonly #how: Partial<SealContentOptions>;

  constructor(scene: Scene, how: Partial<SealContentOptions>) {
    this.#scene = scene;
    this.#how = how;
    this.edit(false);
  }

  get newest(): string {
    return this.states.at(-1) ?? '';
  }

  edit(isLonger: boolean): void {
    const state = `state ${String(this.states.length).padStart(4, '0')}${isLonger ? ' and more' : ''}`;
    this.states.push(state);
    this.#scene.from.put(plainAt.bucket, plainAt.key, Buffer.from(state), { tags: { state } });
  }

  /** Runs once; nothing where it failed in a way that trying again may mend. */
  async run(mayStand = true): Promise<string | undefined> {
    const { from, sealing } = this.#scene;
    const begin = this.states.length - 1;
    const options = { ...sealing, from, mayStand, ...this.#how, replacing: 'earlier' } as const;
    try {
      const { status } = await sealObject(plainAt, sealedAt, options);
      this.reached = Math.max(this.reached, begin);
      return status;
    } catch (error) {
      if (error instanceof SealdropError && error.retryable) return undefined;
      throw error;
    }
  }

  arm(incidents: readonly Incident[]): void {
    for (const { store, when, method, what } of incidents) {
      this.#scene[store][when](method, async () => {
        if (what === 'crash') throw new SealdropError('SERVICE_UNAVAILABLE', 'busy');
        if (what !== 'run') this.edit(false);
        if (what !== 'edit') await this.run();
      });
    }
  }

  /** What stands is never older than what a run has reached, and always some state. */
  async expectIntact(): Promise<void> {
    const standing = await this.#scene.store.head(sealedAt).catch(() => undefined);
    const text = standing === undefined ? undefined : await openedText(this.#scene, sealedAt, allowing);
    if (text !== undefined) expect(this.states).toContain(text);
    expect(this.states.indexOf(text ?? '')).toBeGreaterThanOrEqual(this.reached);
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
  'whatever edits, runs and crashes come together, the sealed object is some state of its source, and after a run none before it: %s',
  async (_, versions, how) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        let milliseconds = 0;
        const now = (): Date => new Date((milliseconds += 1));
        const scene = createScene({ ...versions, from: { ...versions.from, now } });
        const source = new EditedSource(scene, how);
        let underWay: Promise<unknown>[] = [];
        const settle = async (): Promise<void> => {
          await Promise.all(underWay);
          underWay = [];
          scene.from.forgetHooks();
          scene.store.forgetHooks();
          await source.expectIntact();
        };
        for (const each of steps) {
          if (each.kind === 'edit') {
            source.edit(each.isLonger);
            continue;
          }
          source.arm(each.incidents);
          underWay.push(source.run(each.mayStand));
          if (!each.together) await settle();
        }
        await settle();

        const last = await source.run();
        expect(['sealed', 'current']).toContain(last);
        expect(await openedText(scene, sealedAt, allowing)).toBe(source.newest);
        expect(await scene.store.tags(sealedAt)).toEqual({ state: source.newest });
        // What is current may be of two writers at once, whose instruction files crossed.
        if (last === 'sealed') expect(await openedElsewhere(scene, allowing)).toBe(source.newest);
        expect(await source.run()).toBe('current');
      }),
      { numRuns: 200 },
    );
  },
);
