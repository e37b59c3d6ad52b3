import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { gcmSuite, parseInstructionFile, SealdropError } from '../../envelope/index.ts';
import { openToBuffer } from '../../operations/open-object.ts';
import { sealContent } from '../../operations/seal-content.ts';
import { failureOf, isWiped, patternBytes } from '../support/bytes.ts';
import {
  contentFrom,
  createScene,
  fileAt,
  forgetCalls,
  openedElsewhere,
  openedText,
  putSealed,
  sealedAt,
  type Scene,
} from './scene.ts';

const withFile = { instructionFiles: true } as const;
const allowing = { commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT' } as const;

/** The keys that were written, in order. */
function writtenKeys({ store }: Scene): string[] {
  return store.calls.filter(({ method }) => method === 'write').map(({ address }) => address.key);
}

describe('sealing with an instruction file', () => {
  test('writes the file first, then the object that records its version', async () => {
    const scene = createScene();
    await putSealed(scene, Buffer.from('first'), withFile);
    expect(writtenKeys(scene)).toEqual([fileAt.key, sealedAt.key]);
    const file = await scene.store.head(fileAt);
    const { metadata } = await scene.store.head(sealedAt);
    expect(metadata['sealdrop-instruction-version']).toBe(file.address.versionId);
    const { keyArn, keyMaterialId } = await scene.keyring.currentWrapping();
    const wrapping = { 'sealdrop-key': keyArn, 'sealdrop-material': keyMaterialId };
    expect(file.metadata).toEqual({ 'x-amz-crypto-instr-file': '', ...wrapping });
    expect(Object.keys(metadata)).not.toContain('sealdrop-key');
    expect(await openedText(scene)).toBe('first');
    expect(await openedElsewhere(scene)).toBe('first');
  });

  test('keeps the content on the object and the data key in the file, neither in both', async () => {
    const scene = createScene();
    await putSealed(scene, patternBytes(5), withFile);
    const { metadata } = await scene.store.head(sealedAt);
    const ofObject = Object.keys(metadata).filter((name) => name.startsWith('x-amz-'));
    expect(ofObject.sort()).toEqual(['x-amz-c', 'x-amz-d', 'x-amz-i']);
    const ofFile = parseInstructionFile(scene.store.contentOf(fileAt));
    expect(Object.keys(ofFile).sort()).toEqual(['x-amz-3', 'x-amz-t', 'x-amz-w']);
  });

  test('of V2 keeps the whole envelope in the file', async () => {
    const scene = createScene();
    await putSealed(scene, Buffer.from('first'), { ...withFile, suite: gcmSuite });
    const { metadata } = await scene.store.head(sealedAt);
    expect(Object.keys(metadata).filter((name) => name.startsWith('x-amz-'))).toEqual([]);
    expect(metadata['sealdrop-instruction-version']).toBeDefined();
    expect(parseInstructionFile(scene.store.contentOf(fileAt))).toHaveProperty('x-amz-key-v2');
    const opened = await openToBuffer(sealedAt, { ...scene.reading, ...allowing });
    expect(opened.content.toString()).toBe('first');
  });

  test('records no version where the store has none', async () => {
    const scene = createScene({ store: { versioned: false } });
    await putSealed(scene, Buffer.from('first'), withFile);
    const { metadata } = await scene.store.head(sealedAt);
    expect(metadata).not.toHaveProperty('sealdrop-instruction-version');
    expect(await openedText(scene)).toBe('first');
  });

  test('leaves more room for metadata on the object', async () => {
    const note = 'x'.repeat(1500);
    expect(
      (await failureOf(() => putSealed(createScene(), patternBytes(5), {}, { metadata: { note } }))).code,
    ).toBe('METADATA_TOO_LARGE');
    const scene = createScene();
    await putSealed(scene, patternBytes(5), withFile, { metadata: { note } });
    expect((await openToBuffer(sealedAt, scene.reading)).metadata).toEqual({ note });
  });
});

describe('sealing again with an instruction file', () => {
  test('replaces both, and the older object still opens by its own version of the file', async () => {
    const scene = createScene();
    const first = await putSealed(scene, Buffer.from('first'), withFile);
    await putSealed(scene, Buffer.from('second'), withFile);
    expect(await openedText(scene)).toBe('second');
    expect(await openedElsewhere(scene)).toBe('second');
    expect(await openedText(scene, first)).toBe('first');
  });

  test('is refused without versions, and what stands there still opens', async () => {
    const scene = createScene({ store: { versioned: false } });
    await putSealed(scene, Buffer.from('first'), withFile);
    forgetCalls(scene);
    const failure = await failureOf(() => putSealed(scene, Buffer.from('second'), withFile));
    expect(failure.code).toBe('BUCKET_NOT_VERSIONED');
    expect(scene.store.countOf('write')).toBe(0);
    expect(await openedElsewhere(scene)).toBe('first');
  });

  test('is refused without versions where a write stopped before its object, until its file is gone', async () => {
    const scene = createScene({ store: { versioned: false } });
    scene.store.before('write', () => undefined);
    scene.store.before('write', () => {
      throw new SealdropError('SERVICE_UNAVAILABLE', 'busy');
    });
    const failure = await failureOf(() => putSealed(scene, Buffer.from('first'), withFile));
    expect(failure.code).toBe('SERVICE_UNAVAILABLE');
    // Nobody can tell whether that writer has stopped, or is still at it.
    const second = () => putSealed(scene, Buffer.from('second'), withFile);
    expect((await failureOf(second)).code).toBe('BUCKET_NOT_VERSIONED');
    expect(scene.store.countOf('write')).toBe(2);
    scene.store.destroy(fileAt);
    await second();
    expect(await openedElsewhere(scene)).toBe('second');
  });

  test('without versions leaves no object that nothing opens, whoever else is at it', async () => {
    const scene = createScene({ store: { versioned: false } });
    const { store, sealing } = scene;
    const start = (text: string): { finish: () => void; end: Promise<unknown> } => {
      let finish: () => void = () => undefined;
      const waiting = new Promise<void>((resolve) => {
        finish = resolve;
      });
      async function* body(): AsyncGenerator<Uint8Array> {
        await waiting;
        yield Buffer.from(text);
      }
      const content = contentFrom(Buffer.alloc(0), { body: body() });
      const end = sealContent(content, sealedAt, { absent: true }, { ...sealing, ...withFile });
      return { finish, end: end.catch(() => undefined) };
    };
    const first = start('first');
    while (store.countOf('write') < 2) await setImmediate();
    const second = start('second');
    for (let turn = 0; turn < 20; turn += 1) await setImmediate();
    first.finish();
    await first.end;
    second.finish();
    await second.end;
    expect(await openedText(scene)).toBe('first');
  });

  test.each([1, 2])('that fails at write %i leaves the earlier object, which opens', async (failing) => {
    const scene = createScene();
    await putSealed(scene, Buffer.from('first'), withFile);
    if (failing === 2) scene.store.before('write', () => undefined);
    scene.store.before('write', () => {
      throw new SealdropError('SERVICE_UNAVAILABLE', 'busy');
    });
    const failure = await failureOf(() => putSealed(scene, Buffer.from('second'), withFile));
    expect(failure.code).toBe('SERVICE_UNAVAILABLE');
    expect(await openedText(scene)).toBe('first');
    await putSealed(scene, Buffer.from('third'), withFile);
    expect(await openedElsewhere(scene)).toBe('third');
    expect(scene.kms.plaintexts.every(isWiped)).toBe(true);
  });

  test('gives way to another writer of the file', async () => {
    const scene = createScene();
    await putSealed(scene, Buffer.from('first'), withFile);
    scene.store.before('write', async () => {
      await putSealed(scene, Buffer.from('second'), withFile);
    });
    const failure = await failureOf(() => putSealed(scene, Buffer.from('third'), withFile));
    expect(failure.code).toBe('OBJECT_CHANGED');
    expect(await openedElsewhere(scene)).toBe('second');
  });

  test.each(['before the look at the file', 'before the look at the object'])(
    'leaves both of another writer who is done %s',
    async (when) => {
      const scene = createScene();
      await putSealed(scene, Buffer.from('first'), withFile);
      const { etag } = await scene.store.head(sealedAt);
      if (when === 'before the look at the object') scene.store.before('head', () => undefined);
      scene.store.before('head', async () => {
        await putSealed(scene, Buffer.from('second'), withFile);
      });
      const options = { ...scene.sealing, ...withFile };
      const content = contentFrom(Buffer.from('third'));
      const failure = await failureOf(() => sealContent(content, sealedAt, { etag }, options));
      expect(failure.code).toBe('OBJECT_CHANGED');
      expect(await openedElsewhere(scene)).toBe('second');
    },
  );

  test('on the object itself leaves a file that nothing points to', async () => {
    const scene = createScene();
    await putSealed(scene, Buffer.from('first'), withFile);
    await putSealed(scene, Buffer.from('second'));
    expect(await openedText(scene)).toBe('second');
    expect(await openedElsewhere(scene)).toBe('second');
  });
});

describe('what is refused before the file is written', () => {
  test.each([
    ['metadata that leaves no room', 'METADATA_TOO_LARGE', sealedAt.key, { note: 'x'.repeat(1890) }],
    ['a key that leaves no room', 'OBJECT_KEY_TOO_LONG', 'k'.repeat(1013), {}],
  ])('is %s: %s', async (_, code, key, metadata) => {
    const scene = createScene();

    const content = contentFrom(patternBytes(5), { metadata });
    const options = { ...scene.sealing, ...withFile };
    const sealing = () => sealContent(content, { ...sealedAt, key }, { absent: true }, options);
    expect((await failureOf(sealing)).code).toBe(code);
    expect(scene.store.countOf('write')).toBe(0);
  });

  test('is not the longest key that has room', async () => {
    const scene = createScene();

    const options = { ...scene.sealing, ...withFile };
    const at = { ...sealedAt, key: 'k'.repeat(1012) };
    await sealContent(contentFrom(patternBytes(5)), at, { absent: true }, options);
    expect((await openToBuffer(at, scene.reading)).content).toHaveLength(5);
  });

  test('is a content that is too long', async () => {
    const scene = createScene();
    await putSealed(scene, Buffer.from('first'), withFile);
    forgetCalls(scene);
    const lengthBytes = 2 ** 36 - 31;
    const failure = await failureOf(() => putSealed(scene, patternBytes(5), withFile, { lengthBytes }));
    expect(failure.code).toBe('CONTENT_TOO_LONG');
    expect([scene.store.countOf('write'), scene.kms.calls]).toEqual([0, []]);
    expect(await openedElsewhere(scene)).toBe('first');
  });

  test('is metadata that has no room without an envelope either, before there is a data key', async () => {
    const scene = createScene();
    const metadata = { note: 'x'.repeat(2045) };
    expect((await failureOf(() => putSealed(scene, patternBytes(5), {}, { metadata }))).code).toBe(
      'METADATA_TOO_LARGE',
    );
    expect(scene.kms.calls).toEqual([]);
  });

  test('is metadata that has room but for the record of the file', async () => {
    const lengths = Array.from({ length: 60 }, (_, index) => 1500 + index * 5);
    for (const length of lengths) {
      const scene = createScene();
      const sealing = putSealed(scene, patternBytes(5), withFile, { metadata: { note: 'x'.repeat(length) } });
      const isSealed = await sealing.then(
        () => true,
        () => false,
      );
      expect([length, scene.store.countOf('write')]).toEqual([length, isSealed ? 2 : 0]);
    }
  });
});
