import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { SealdropError } from '../../envelope/index.ts';
import type { StoredObject } from '../../operations/object-store.ts';
import { sealContent } from '../../operations/seal-content.ts';
import type { VerifyOptions } from '../../operations/verify-object.ts';
import { failureOf, patternBytes } from '../support/bytes.ts';
import { without } from '../support/envelopes.ts';
import { MemoryObjectStore } from '../support/memory-object-store.ts';
import {
  alterSealed,
  contentFrom,
  createScene,
  fileAt,
  forgetCalls,
  openedElsewhere,
  openedText,
  putSealed,
  sealedAt,
  verdictOf,
  verify,
  type Scene,
} from './scene.ts';

const withFile = { instructionFiles: true } as const;

function seal(scene: Scene, text: string): Promise<unknown> {
  return putSealed(scene, Buffer.from(text), withFile);
}

/** Writes the file of an object, and stops before the object. */
async function stopBeforeObject(scene: Scene): Promise<void> {
  scene.store.before('write', () => undefined);
  scene.store.before('write', () => {
    throw new SealdropError('SERVICE_UNAVAILABLE', 'busy');
  });
  await failureOf(() => seal(scene, 'stopped'));
}

/** An object whose current instruction file is of a later write that stopped. */
async function staleScene(): Promise<Scene> {
  const scene = createScene();
  await seal(scene, 'first');
  await stopBeforeObject(scene);
  forgetCalls(scene);
  return scene;
}

function repair(scene: Scene, options: Partial<VerifyOptions> = {}): ReturnType<typeof verify> {
  return verify(scene, { keyring: scene.keyring, repair: true, ...options });
}

describe('a repair gives way to another writer', () => {
  type Step = readonly [method: Scene['store']['calls'][number]['method'], nth: number];

  /** Every call of a repair that nobody disturbs. */
  async function stepsOfRepair(): Promise<Step[]> {
    const scene = await staleScene();
    expect(await repair(scene)).toEqual({ status: 'repaired' });
    const methods = scene.store.calls.map(({ method }) => method);
    return methods.map((method, index) => [
      method,
      methods.slice(0, index + 1).filter((each) => each === method).length,
    ]);
  }

  /** What a repair says, and what is there then, where another writer is done before one of its calls. */
  async function disturbed([method, nth]: Step): Promise<{ verdict: string; opened: string }> {
    const scene = await staleScene();
    for (let index = 1; index <= nth; index += 1) {
      scene.store.before(method, async () => {
        if (index === nth) await seal(scene, 'second');
      });
    }
    const codeOf = (error: unknown): string => (error as SealdropError).code;
    const verdict = await verdictOf(repair(scene)).catch(codeOf);
    return { verdict, opened: await openedElsewhere(scene).catch(codeOf) };
  }

  test('that is done just before it writes', async () => {
    expect(await disturbed(['write', 1])).toEqual({ verdict: 'OBJECT_CHANGED', opened: 'second' });
  });

  test('that is done before any of its calls', async () => {
    for (const step of await stepsOfRepair()) {
      expect([step, (await disturbed(step)).opened]).toEqual([step, 'second']);
    }
  });

  test('and takes its work for nothing that is wrong', async () => {
    for (const step of await stepsOfRepair()) {
      const { verdict } = await disturbed(step);
      expect([step, verdict]).toEqual([step, expect.stringMatching(/^(sound|OBJECT_CHANGED)$/)]);
    }
  });
});

describe('a repair', () => {
  test('mends what two writers at once left behind', async () => {
    const scene = createScene();
    await seal(scene, 'first');
    // The one writes its file, the other both, the one fails: the file is of neither's object.
    const { etag } = await scene.store.head(sealedAt);
    let finish: () => void = () => undefined;
    const waiting = new Promise<void>((resolve) => {
      finish = resolve;
    });
    async function* body(): AsyncGenerator<Uint8Array> {
      await waiting;
      yield Buffer.from('second');
    }
    const options = { ...scene.sealing, ...withFile };
    const content = { ...contentFrom(Buffer.alloc(0)), body: body() };
    const slow = sealContent(content, sealedAt, { etag }, options);
    while (scene.store.countOf('write') < 4) await setImmediate();
    const quick = sealContent(contentFrom(Buffer.from('third')), sealedAt, { etag }, options);
    while (scene.store.countOf('write') < 5) await setImmediate();
    finish();
    const ends = await Promise.allSettled([slow, quick]);
    expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const standing = await openedText(scene);
    await repair(scene);
    expect(await openedElsewhere(scene)).toBe(standing);
    expect(await repair(scene)).toEqual({ status: 'sound' });
  });

  test('is found with two looks at the current file, and one at the version that is recorded', async () => {
    const scene = await staleScene();
    expect(await verdictOf(verify(scene, { keyring: scene.keyring }))).toBe('INSTRUCTION_FILE_STALE');
    const looks = scene.store.calls.filter(
      ({ method, address: { key } }) => method === 'get' && key === fileAt.key,
    );
    const { metadata } = await scene.store.head(sealedAt);
    const recorded = metadata['sealdrop-instruction-version'];
    expect(looks.map(({ address: { versionId } }) => versionId)).toEqual([undefined, undefined, recorded]);
  });

  test('is not done to an object that has its envelope itself', async () => {
    const scene = createScene();
    await putSealed(scene, patternBytes(50));
    await alterSealed(scene, { metadata: (all) => without(all, 'x-amz-i') });
    scene.store.put(fileAt.bucket, fileAt.key, Buffer.from('{}'));
    forgetCalls(scene);
    expect(await verdictOf(repair(scene))).toBe('ENVELOPE_MALFORMED');
    expect(scene.store.countOf('write')).toBe(0);
  });

  test('is not done for an earlier version of the object, which its own version of the file opens', async () => {
    const scene = createScene();
    const first = await putSealed(scene, Buffer.from('first'), withFile);
    await seal(scene, 'second');
    expect(await verify(scene, { keyring: scene.keyring, repair: true }, first)).toEqual({
      status: 'sound',
    });
    expect(await openedElsewhere(scene)).toBe('second');
  });

  test('finds nothing to put back in a store without versions', async () => {
    const scene = createScene();
    await seal(scene, 'first');
    const { metadata } = await scene.store.head(sealedAt);
    const store = new MemoryObjectStore({ versioned: false });
    store.put(sealedAt.bucket, sealedAt.key, scene.store.contentOf(sealedAt), { metadata });
    expect(await verdictOf(repair(scene, { store }))).toBe('INSTRUCTION_FILE_MISSING');
    store.put(fileAt.bucket, fileAt.key, Buffer.from('x'));
    expect(await verdictOf(repair(scene, { store }))).toBe('ENVELOPE_MALFORMED');
    expect(store.countOf('write')).toBe(0);
  });

  test('destroys no file whose version would not stay', async () => {
    const scene = await staleScene();
    const { store } = scene;
    const suspended = <Told extends StoredObject>(object: Told): Told => {
      const isCurrentFile = object.address.key === fileAt.key && object.address.versionId === current;
      return isCurrentFile ? { ...object, address: { ...fileAt, versionId: 'null' } } : object;
    };
    const current = (await store.head(fileAt)).address.versionId;
    const [heading, getting] = [store.head.bind(store), store.get.bind(store)];
    store.head = async (address) => suspended(await heading(address));
    store.get = async (address) => {
      const { object, content } = await getting(address);
      return { object: suspended(object), content };
    };
    expect((await failureOf(() => repair(scene))).code).toBe('BUCKET_NOT_VERSIONED');
    expect(scene.store.countOf('write')).toBe(0);
  });

  test.each(['ACCESS_DENIED', 'THROTTLED', 'SERVICE_UNAVAILABLE', 'ABORTED'] as const)(
    'that cannot be done is a failure, and no finding: %s',
    async (code) => {
      const steps = [
        ['get', 1],
        ['get', 2],
        ['read', 1],
        ['head', 1],
        ['get', 3],
        ['get', 4],
        ['write', 1],
      ] as const;
      for (const [method, nth] of steps) {
        const scene = await staleScene();
        for (let index = 1; index <= nth; index += 1) {
          scene.store.before(method, () => {
            if (index === nth) throw new SealdropError(code, 'the store says no');
          });
        }
        expect((await failureOf(() => repair(scene))).code).toBe(code);
        expect(await openedText(scene)).toBe('first');
      }
    },
  );

  test('of a key that has room for no file is not tried', async () => {
    const scene = createScene();
    const { store } = scene;
    const metadata = { 'sealdrop-instruction-version': 'v1' };
    const longest = store.put('sealed', 'k'.repeat(1013), patternBytes(50), { metadata });
    const options = { keyring: scene.keyring, repair: true };
    expect(await verdictOf(verify(scene, options, longest))).toBe('NOT_SEALED');
  });
});

describe('without a keyring', () => {
  test('an instruction file of another write is not seen, since its envelope is a good one', async () => {
    const scene = await staleScene();
    expect(await verify(scene, { repair: true })).toEqual({ status: 'sound' });
    expect(scene.store.countOf('write')).toBe(0);
  });

  test('an instruction file that is none is found', async () => {
    const scene = createScene();
    await seal(scene, 'first');
    scene.store.put(fileAt.bucket, fileAt.key, Buffer.from('x'));
    expect(await verdictOf(verify(scene))).toBe('ENVELOPE_MALFORMED');
  });

  test('an instruction file that is gone is found, though its version stays', async () => {
    const scene = createScene();
    await seal(scene, 'first');
    await scene.store.hide(await scene.store.head(fileAt));
    expect(await verdictOf(verify(scene))).not.toBe('sound');
  });
});
