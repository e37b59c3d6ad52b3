import { describe, expect, test } from '@jest/globals';
import type { WriteCondition } from '../../operations/object-store.ts';
import { sealObject, type SealObjectOptions } from '../../operations/seal-object.ts';
import { failureOf, patternBytes } from '../support/bytes.ts';
import {
  createScene,
  fileAt,
  forgetCalls,
  openedElsewhere,
  openedText,
  plainAt,
  putSealed,
  sealedAt,
  type Scene,
} from './scene.ts';

function seal(scene: Scene, options: Partial<SealObjectOptions> = {}): ReturnType<typeof sealObject> {
  const { from, sealing } = scene;
  return sealObject(plainAt, sealedAt, { ...sealing, from, replacing: 'nothing', ...options });
}

function edit({ from }: Scene, text: string): void {
  from.put(plainAt.bucket, plainAt.key, Buffer.from(text));
}

function editedScene(): Scene {
  const scene = createScene();
  edit(scene, 'first');
  return scene;
}

/** The methods that were called of the store of sealed objects. */
function callsOf({ store }: Scene): string[] {
  return store.calls.map(({ method }) => method);
}

/** The conditions of all writes from now on. */
function conditionsOf({ store }: Scene): WriteCondition[] {
  const conditions: WriteCondition[] = [];
  const writing = store.write.bind(store);
  store.write = (object, signal) => {
    conditions.push(object.condition);
    return writing(object, signal);
  };
  return conditions;
}

describe('a write', () => {
  test('is on the condition that still nothing stands there, or the very object that was looked at', async () => {
    const scene = editedScene();
    const conditions = conditionsOf(scene);
    await seal(scene);
    const { etag } = await scene.store.head(sealedAt);
    edit(scene, 'second');
    await seal(scene, { replacing: 'earlier' });
    expect(conditions).toEqual([{ absent: true }, { etag }]);
  });

  test('of an object that a list has told to be absent is done without a look', async () => {
    const scene = editedScene();
    expect(await seal(scene, { mayStand: false })).toMatchObject({ status: 'sealed' });
    expect(callsOf(scene)).toEqual(['write']);
  });
});

describe('what was absent and comes to be', () => {
  const cameToBe: readonly [what: string, come: (scene: Scene) => unknown][] = [
    ['a plain object', ({ store }) => store.put(sealedAt.bucket, sealedAt.key, patternBytes(21))],
    ['sealed from elsewhere', (scene) => putSealed(scene, patternBytes(5))],
  ];

  describe.each([
    ['since the list', false],
    ['since the look', true],
  ])('%s', (_, mayStand) => {
    test.each(cameToBe)('is looked at, and stays: %s', async (__, come) => {
      for (const replacing of ['nothing', 'earlier'] as const) {
        const scene = editedScene();
        scene.store.before('write', async () => {
          await come(scene);
        });
        const failure = await failureOf(() => seal(scene, { mayStand, replacing }));
        expect(failure.code).toBe('OUTPUT_EXISTS');
        expect(scene.store.contentOf(sealedAt)).toHaveLength(21);
      }
    });

    test('is replaced where anything may be', async () => {
      const scene = editedScene();
      scene.store.before('write', ({ bucket, key }) => {
        scene.store.put(bucket, key, patternBytes(21));
      });
      expect(await seal(scene, { mayStand, replacing: 'anything' })).toMatchObject({ status: 'sealed' });
      expect(await openedText(scene)).toBe('first');
    });

    test('is current where another run sealed this very state', async () => {
      const scene = editedScene();
      scene.store.before('write', async () => {
        await seal(scene);
      });
      expect(await seal(scene, { mayStand })).toMatchObject({ status: 'current' });
      expect(await openedText(scene)).toBe('first');
    });

    test('is not buried where another run sealed a later state', async () => {
      const scene = editedScene();
      scene.store.before('write', async () => {
        edit(scene, 'second');
        await seal(scene);
      });
      expect(await seal(scene, { mayStand, replacing: 'earlier' })).toMatchObject({ status: 'current' });
      expect(await openedText(scene)).toBe('second');
    });
  });
});

describe('what stands and changes', () => {
  async function replacingScene(): Promise<Scene> {
    const scene = editedScene();
    await seal(scene);
    edit(scene, 'second');
    forgetCalls(scene);
    return scene;
  }

  test('is looked at again, and sealed under another data key and message id', async () => {
    const scene = await replacingScene();
    const written: unknown[] = [];
    const writing = scene.store.write.bind(scene.store);
    scene.store.write = (object, signal) => {
      written.push([object.metadata['x-amz-3'], object.metadata['x-amz-i']]);
      return writing(object, signal);
    };
    scene.store.before('write', ({ bucket, key }) => {
      scene.store.put(bucket, key, patternBytes(9));
    });
    const outcome = await seal(scene, { replacing: 'anything' });
    expect(outcome).toMatchObject({ status: 'sealed' });
    expect(await openedText(scene)).toBe('second');
    expect(new Set(written.flat()).size).toBe(4);
  });

  test('is not replaced where it became something else that may not be', async () => {
    const scene = await replacingScene();
    scene.store.before('write', ({ bucket, key }) => {
      scene.store.put(bucket, key, patternBytes(9));
    });
    expect((await failureOf(() => seal(scene, { replacing: 'earlier' }))).code).toBe('OUTPUT_EXISTS');
    expect(scene.store.contentOf(sealedAt).equals(patternBytes(9))).toBe(true);
  });

  test('and is gone leaves room', async () => {
    const scene = await replacingScene();
    scene.store.before('write', async () => {
      await scene.store.hide(await scene.store.head(sealedAt));
    });
    expect(await seal(scene, { replacing: 'earlier' })).toMatchObject({ status: 'sealed' });
    expect(await openedText(scene)).toBe('second');
  });

  test('every time is given up in the end, and stays', async () => {
    const scene = await replacingScene();
    for (let index = 0; index < 20; index += 1) {
      scene.store.before('write', ({ bucket, key }) => {
        scene.store.put(bucket, key, patternBytes(index));
      });
    }
    const failure = await failureOf(() => seal(scene, { replacing: 'anything' }));
    expect([failure.code, failure.retryable]).toEqual(['OBJECT_CHANGED', true]);
    expect(scene.store.countOf('write')).toBe(5);
    expect(scene.store.contentOf(sealedAt).equals(patternBytes(4))).toBe(true);
  });
});

describe('a source', () => {
  test('that changes while it is read is read again', async () => {
    let time = 0;
    const scene = createScene({ from: { versioned: false, now: () => new Date((time += 1000)) } });
    edit(scene, 'first');
    scene.from.before('read', () => {
      edit(scene, 'second');
    });
    expect(await seal(scene)).toMatchObject({ status: 'sealed' });
    expect(await openedText(scene)).toBe('second');
    expect(await seal(scene)).toMatchObject({ status: 'current' });
  });

  test('that is gone before it is read ends the work, and nothing is left', async () => {
    const scene = editedScene();
    scene.from.before('get', () => {
      scene.from.destroy(plainAt);
    });
    expect((await failureOf(() => seal(scene))).code).toBe('OBJECT_NOT_FOUND');
    expect((await failureOf(() => scene.store.head(sealedAt))).code).toBe('OBJECT_NOT_FOUND');
  });
});

describe('the instruction file of what stands', () => {
  test('belongs to the newest object, whoever else was at it', async () => {
    const scene = editedScene();
    await seal(scene, { instructionFiles: true });
    edit(scene, 'second');
    scene.store.before('write', async () => {
      await seal(scene, { instructionFiles: true, replacing: 'earlier' });
    });
    expect(await seal(scene, { instructionFiles: true, replacing: 'earlier' })).toMatchObject({
      status: 'current',
    });
    expect(await openedElsewhere(scene)).toBe('second');
    expect(scene.store.contentOf(fileAt)).not.toHaveLength(0);
  });

  test('stays where the object came to be since the list', async () => {
    const scene = editedScene();
    await putSealed(scene, Buffer.from('theirs'), { instructionFiles: true });
    const failure = await failureOf(() => seal(scene, { instructionFiles: true, mayStand: false }));
    expect(failure.code).toBe('OUTPUT_EXISTS');
    expect(await openedElsewhere(scene)).toBe('theirs');
  });
});
