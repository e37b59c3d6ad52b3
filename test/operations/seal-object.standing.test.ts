import { describe, expect, test } from '@jest/globals';
import { gcmSuite, SealdropError } from '../../envelope/index.ts';
import { openToBuffer } from '../../operations/open-object.ts';
import { sealObject, type Replacing, type SealObjectOptions } from '../../operations/seal-object.ts';
import type { Vault } from '../../operations/vault.ts';
import { failureOf, patternBytes } from '../support/bytes.ts';
import { without } from '../support/envelopes.ts';
import {
  alterSealed,
  createScene,
  fileAt,
  forgetCalls,
  openedText,
  plainAt,
  putSealed,
  sealedAt,
  type Scene,
} from './scene.ts';

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
      expect([failure.code, failure.fields['key']]).toEqual(['OUTPUT_EXISTS', sealedAt.key]);
      expect(scene.store.contentOf(sealedAt).equals(before)).toBe(true);
      expect([scene.from.countOf('get'), scene.store.countOf('write'), scene.kms.calls]).toEqual([0, 0, []]);
    }
  });
});

/** That the object that stands is not current, and is replaced as far as it may be. */
async function expectNotCurrent(
  scene: Scene,
  isEarlier: boolean,
  options: Partial<SealObjectOptions> = {},
): Promise<void> {
  const before = scene.store.contentOf(sealedAt);
  for (const replacing of isEarlier ? (['nothing'] as const) : (['nothing', 'earlier'] as const)) {
    expect((await failureOf(() => seal(scene, { ...options, replacing }))).code).toBe('OUTPUT_EXISTS');
  }
  expect(scene.store.contentOf(sealedAt).equals(before)).toBe(true);
  const replacing = isEarlier ? 'earlier' : 'anything';
  expect(await seal(scene, { ...options, replacing })).toMatchObject({ status: 'sealed' });
  const reading = { ...scene.reading, vault: options.vault ?? scene.vault };
  expect((await openToBuffer(sealedAt, reading)).content.toString()).toBe('first');
}

describe('what only looks as if it were current', () => {
  const otherVaults: readonly [what: string, vault: Partial<Vault>][] = [
    ['of another vault', { vaultId: 'other' }],
    ['of another binding', { binding: 'vault' }],
    ['of no binding', { binding: 'none' }],
    ['without a pair of the context', { extraContext: { team: 'blue' } }],
  ];

  test.each(otherVaults)(
    'is an object %s than is asked for, which is none of an earlier state',
    async (_, other) => {
      const scene = await sealedScene();
      await expectNotCurrent(scene, false, { vault: { ...scene.vault, ...other } });
    },
  );

  test.each(otherVaults)('is an object %s than is asked for, with an instruction file', async (_, other) => {
    const scene = createScene();
    edit(scene, 'first');
    await seal(scene, { instructionFiles: true });
    const vault = { ...scene.vault, ...other };
    await expectNotCurrent(scene, false, { vault, instructionFiles: true });
  });

  test('is an object that was moved here, bound to another key', async () => {
    const scene = await sealedScene();
    const { from, sealing } = scene;
    const options = { ...sealing, from, replacing: 'nothing' } as const;
    await sealObject(plainAt, { ...sealedAt, key: 'elsewhere' }, options);
    const there = await scene.store.head({ ...sealedAt, key: 'elsewhere' });
    scene.store.put(sealedAt.bucket, sealedAt.key, scene.store.contentOf(there.address), {
      metadata: there.metadata,
    });
    await expectNotCurrent(scene, false);
  });

  test.each<[what: string, isEarlier: boolean, how: Parameters<typeof alterSealed>[1]]>([
    ['cut short', true, { body: (body) => body.subarray(1) }],
    ['longer', true, { body: (body) => Buffer.concat([body, Buffer.alloc(1)]) }],
    [
      'of another state',
      true,
      {
        metadata: ({ 'sealdrop-source-revision': revision = '', ...all }) => ({
          ...all,
          'sealdrop-source-revision': `${revision}0`,
        }),
      },
    ],
    ['of another source', false, { metadata: (all) => ({ ...all, 'sealdrop-source-revision': 'v0' }) }],
    ['of no state', false, { metadata: (all) => without(all, 'sealdrop-source-revision') }],
    [
      'not sealed at all',
      false,
      { metadata: (all) => ({ 'sealdrop-source-revision': all['sealdrop-source-revision'] ?? '' }) },
    ],
    ['without its context', false, { metadata: (all) => without(all, 'x-amz-t') }],
    ['without its data key', false, { metadata: (all) => without(all, 'x-amz-3') }],
    ['of two versions', false, { metadata: (all) => ({ ...all, 'x-amz-key-v2': 'eA==' }) }],
  ])('is an object that is %s; of an earlier state: %s', async (_, isEarlier, how) => {
    const scene = await sealedScene();
    await alterSealed(scene, how);
    await expectNotCurrent(scene, isEarlier);
  });

  test('is a plain object of the same length', async () => {
    const scene = createScene();
    edit(scene, 'first');
    scene.store.put(sealedAt.bucket, sealedAt.key, patternBytes(5 + 16));
    await expectNotCurrent(scene, false);
  });

  test('is an object whose instruction file is gone', async () => {
    const scene = createScene();
    edit(scene, 'first');
    await seal(scene, { instructionFiles: true });
    scene.store.destroy((await scene.store.head(fileAt)).address);
    const outcome = await seal(scene, { instructionFiles: true, replacing: 'anything' });
    expect(outcome.status).toBe('sealed');
    expect(await openedText(scene)).toBe('first');
  });

  test('is not an object of V2 with an instruction file', async () => {
    const scene = createScene();
    edit(scene, 'first');
    const options = { instructionFiles: true, suite: gcmSuite, replacing: 'earlier' } as const;
    await seal(scene, options);
    expect(await seal(scene, options)).toMatchObject({ status: 'current' });
    edit(scene, 'second');
    expect(await seal(scene, options)).toMatchObject({ status: 'sealed' });
  });

  test('is not what cannot be compared: a failure of the source is thrown, and nothing is replaced', async () => {
    const scene = await sealedScene();
    scene.from.before('head', () => {
      throw new SealdropError('ACCESS_DENIED', 'no');
    });
    expect((await failureOf(() => seal(scene, { replacing: 'anything' }))).code).toBe('ACCESS_DENIED');
    expect(scene.store.countOf('write')).toBe(0);
  });

  test('is not asked for a context that cannot be: that is thrown', async () => {
    const scene = await sealedScene();
    const vault = { ...scene.vault, extraContext: { 'sealdrop-x': 'y' } };
    expect((await failureOf(() => seal(scene, { vault, replacing: 'earlier' }))).code).toBe(
      'CONTEXT_INVALID',
    );
    expect(scene.store.countOf('write')).toBe(0);
  });
});
