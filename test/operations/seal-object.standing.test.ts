import { describe, expect, test } from '@jest/globals';
import { SealdropError } from '../../envelope/index.ts';
import { openToBuffer } from '../../operations/open-object.ts';
import { sealObject, type Replacing, type SealObjectOptions } from '../../operations/seal-object.ts';
import { failureOf, patternBytes } from '../support/bytes.ts';
import { without } from '../support/envelopes.ts';
import { createScene, forgetCalls, openedText, plainAt, putSealed, sealedAt, type Scene } from './scene.ts';

const everyReplacing: readonly Replacing[] = ['nothing', 'earlier', 'anything'];

function seal(scene: Scene, options: Partial<SealObjectOptions> = {}): ReturnType<typeof sealObject> {
  const { from, sealing } = scene;
  return sealObject(plainAt, sealedAt, { ...sealing, from, replacing: 'nothing', ...options });
}

function edit({ from }: Scene, text: string): void {
  from.put(plainAt.bucket, plainAt.key, Buffer.from(text));
}

/** A scene whose source was sealed. */
async function sealedScene(options: Parameters<typeof createScene>[0] = {}): Promise<Scene> {
  const scene = createScene(options);
  edit(scene, 'first');
  await seal(scene);
  forgetCalls(scene);
  return scene;
}

/** Puts what stands there once more, altered. */
async function alter(
  { store }: Scene,
  how: (object: { content: Buffer; metadata: Readonly<Record<string, string>> }) => {
    content?: Buffer;
    metadata?: Readonly<Record<string, string>>;
  },
): Promise<void> {
  const { metadata } = await store.head(sealedAt);
  const content = store.contentOf(sealedAt);
  const altered = { content, metadata, ...how({ content, metadata }) };
  store.put(sealedAt.bucket, sealedAt.key, altered.content, { metadata: altered.metadata });
}

describe('what was sealed from this very state of its source', () => {
  test.each(everyReplacing)('is current, and nothing is read or written, replacing %s', async (replacing) => {
    const scene = await sealedScene();
    expect(await seal(scene, { replacing })).toEqual({ status: 'current', contentLengthBytes: 5 });
    expect([...scene.from.calls, ...scene.store.calls].map(({ method }) => method)).toEqual(['head', 'head']);
    expect(scene.kms.calls).toEqual([]);
  });

  test.each([
    ['a version', { versioned: true }],
    ['the time of its change', { versioned: false, now: () => new Date(1_800_000_000_000) }],
  ])('is known by %s', async (_, from) => {
    expect(await seal(await sealedScene({ from }))).toMatchObject({ status: 'current' });
  });

  test('is never known where the store of the source tells no state', async () => {
    const scene = await sealedScene({ from: { versioned: false } });
    expect((await failureOf(() => seal(scene))).code).toBe('OUTPUT_EXISTS');
    expect((await failureOf(() => seal(scene, { replacing: 'earlier' }))).code).toBe('OUTPUT_EXISTS');
  });

  test('is current with an instruction file, too', async () => {
    const scene = createScene();
    edit(scene, 'first');
    const instructionFiles = true;
    await seal(scene, { instructionFiles });
    expect(await seal(scene, { instructionFiles })).toMatchObject({ status: 'current' });
    expect(scene.store.countOf('write')).toBe(2);
  });

  test('is current under the binding of its vault, whichever that is', async () => {
    for (const binding of ['object', 'vault', 'none'] as const) {
      const scene = createScene();
      edit(scene, 'first');
      const vault = { ...scene.vault, binding, extraContext: { team: 'blue' } };
      await seal(scene, { vault });
      expect(await seal(scene, { vault })).toMatchObject({ status: 'current' });
    }
  });
});

describe('what stands in the destination', () => {
  const plain = patternBytes(21);
  const standings: readonly [what: string, stand: (scene: Scene) => Promise<unknown>, isEarlier: boolean][] =
    [
      [
        'an earlier state of the source',
        (scene) => {
          edit(scene, 'first');
          return seal(scene);
        },
        true,
      ],
      ['sealed from elsewhere', (scene) => putSealed(scene, plain), false],
      [
        'a plain object',
        ({ store }) => Promise.resolve(store.put(sealedAt.bucket, sealedAt.key, plain)),
        false,
      ],
    ];

  test.each(
    standings.flatMap(([what, stand, isEarlier]) =>
      everyReplacing.map((replacing) => {
        const isReplaced = replacing === 'anything' || (replacing === 'earlier' && isEarlier);
        return { what, stand, replacing, isReplaced };
      }),
    ),
  )('$what is replaced, replacing $replacing: $isReplaced', async ({ stand, replacing, isReplaced }) => {
    const scene = createScene();
    await stand(scene);
    edit(scene, 'newest');
    const before = scene.store.contentOf(sealedAt);
    if (isReplaced) {
      expect(await seal(scene, { replacing })).toMatchObject({ status: 'sealed' });
      expect(await openedText(scene)).toBe('newest');
    } else {
      forgetCalls(scene);
      const failure = await failureOf(() => seal(scene, { replacing }));
      expect([failure.code, failure.fields['place']]).toEqual(['OUTPUT_EXISTS', 'sealed/b/a.txt']);
      expect(scene.store.contentOf(sealedAt).equals(before)).toBe(true);
      expect([scene.from.countOf('get'), scene.store.countOf('write'), scene.kms.calls]).toEqual([0, 0, []]);
    }
  });
});

describe('what only looks as if it were current', () => {
  test.each<[what: string, options: (scene: Scene) => Partial<SealObjectOptions>]>([
    ['of another vault', ({ vault }) => ({ vault: { ...vault, vaultId: 'other' } })],
    ['of another binding', ({ vault }) => ({ vault: { ...vault, binding: 'vault' } })],
    ['of no binding', ({ vault }) => ({ vault: { ...vault, binding: 'none' } })],
    [
      'without a pair of the context',
      ({ vault }) => ({ vault: { ...vault, extraContext: { team: 'blue' } } }),
    ],
  ])('is an object %s than is asked for', async (_, options) => {
    const scene = await sealedScene();
    const asked = options(scene);
    expect((await failureOf(() => seal(scene, asked))).code).toBe('OUTPUT_EXISTS');
    expect(await seal(scene, { ...asked, replacing: 'earlier' })).toMatchObject({ status: 'sealed' });
    const reading = { ...scene.reading, vault: asked.vault ?? scene.vault };
    expect((await openToBuffer(sealedAt, reading)).content.toString()).toBe('first');
  });

  test('is an object that was moved here, bound to another key', async () => {
    const scene = await sealedScene();
    const there = { ...sealedAt, key: 'moved' };
    const { metadata } = await scene.store.head(sealedAt);
    scene.store.put(there.bucket, there.key, scene.store.contentOf(sealedAt), { metadata });
    const { from, sealing } = scene;
    const outcome = await sealObject(plainAt, there, { ...sealing, from, replacing: 'earlier' });
    expect(outcome.status).toBe('sealed');
    expect(await openedText(scene, there)).toBe('first');
  });

  test.each<[what: string, how: Parameters<typeof alter>[1]]>([
    ['cut short', ({ content }) => ({ content: content.subarray(1) })],
    ['longer', ({ content }) => ({ content: Buffer.concat([content, Buffer.alloc(1)]) })],
    ['of another state', ({ metadata }) => ({ metadata: { ...metadata, 'sealdrop-source-revision': 'v0' } })],
    [
      'not sealed at all',
      ({ metadata }) => ({
        metadata: { 'sealdrop-source-revision': metadata['sealdrop-source-revision'] ?? '' },
      }),
    ],
    ['without its context', ({ metadata }) => ({ metadata: without(metadata, 'x-amz-t') })],
    ['without its data key', ({ metadata }) => ({ metadata: without(metadata, 'x-amz-3') })],
    ['of two versions', ({ metadata }) => ({ metadata: { ...metadata, 'x-amz-key-v2': 'eA==' } })],
  ])('is an object that is %s', async (_, how) => {
    const scene = await sealedScene();
    await alter(scene, how);
    expect((await failureOf(() => seal(scene))).code).toBe('OUTPUT_EXISTS');
    expect(await seal(scene, { replacing: 'earlier' })).toMatchObject({ status: 'sealed' });
    expect(await openedText(scene)).toBe('first');
  });

  test('is a plain object of the same length, which is never replaced as an earlier one', async () => {
    const scene = createScene();
    edit(scene, 'first');
    scene.store.put(sealedAt.bucket, sealedAt.key, patternBytes(5 + 16));
    expect((await failureOf(() => seal(scene, { replacing: 'earlier' }))).code).toBe('OUTPUT_EXISTS');
    expect(scene.store.contentOf(sealedAt).equals(patternBytes(21))).toBe(true);
  });

  test('is not what cannot be compared: a failure of the source is thrown, and nothing is replaced', async () => {
    const scene = await sealedScene();
    scene.from.before('head', () => {
      throw new SealdropError('ACCESS_DENIED', 'no');
    });
    expect((await failureOf(() => seal(scene, { replacing: 'anything' }))).code).toBe('ACCESS_DENIED');
    expect(scene.store.countOf('write')).toBe(0);
  });
});
