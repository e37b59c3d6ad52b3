import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { gcmSuite, SealdropError } from '../../envelope/index.ts';
import { openToBuffer } from '../../operations/open-object.ts';
import type { ObjectToWrite } from '../../operations/object-store.ts';
import { sealContent } from '../../operations/seal-content.ts';
import { edgeLengths, failureOf, inChunks, isWiped, patternBytes } from '../support/bytes.ts';
import { contentFrom, createScene, putSealed, sealedAt, unusedKeyring, type Scene } from './scene.ts';

const absent = { absent: true } as const;
const allowing = { commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT' } as const;

/** What the next write is given. */
function nextWrite({ store }: Scene): Promise<ObjectToWrite> {
  return new Promise((resolve) => {
    const writing = store.write.bind(store);
    store.write = (object, signal) => {
      store.write = writing;
      resolve(object);
      return writing(object, signal);
    };
  });
}

describe.each([
  ['of a length that is known', true],
  ['of a length that nobody knows', false],
])('a content %s', (_, isKnown) => {
  test.each(edgeLengths)('of %i bytes opens to the same, and is told as it was sent', async (lengthBytes) => {
    const scene = createScene();
    const bytes = patternBytes(lengthBytes);
    const written = nextWrite(scene);
    const content = contentFrom(bytes, isKnown ? { lengthBytes } : {});
    const sent = await sealContent(content, sealedAt, absent, scene.sealing);
    const stored = await scene.store.head(sealedAt);
    expect(sent).toEqual({
      sealed: stored.address,
      lengthBytes: lengthBytes + 16,
      contentLengthBytes: lengthBytes,
      crc32: stored.crc32,
      metadata: stored.metadata,
    });
    expect((await written).lengthBytes).toBe(isKnown ? lengthBytes + 16 : undefined);
    expect((await openToBuffer(sealedAt, scene.reading)).content.equals(bytes)).toBe(true);
  });

  test('opens to the same, however it is cut', async () => {
    const bytes = patternBytes(200);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(70)), async (sizes) => {
        const scene = createScene();
        const content = { ...contentFrom(bytes), body: inChunks(bytes, ...sizes) };
        const known = isKnown ? { ...content, lengthBytes: 200 } : content;
        const sent = await sealContent(known, sealedAt, absent, scene.sealing);
        expect(sent.contentLengthBytes).toBe(200);
        expect((await openToBuffer(sealedAt, scene.reading)).content.equals(bytes)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});

describe('a sealed content', () => {
  test('has beside it what it was given, its wrapping and its envelope', async () => {
    const scene = createScene();
    const headers = { contentType: 'text/plain', contentEncoding: 'gzip' };
    const beside = {
      metadata: { title: 'x' },
      headers,
      tags: { team: 'blue' },
      records: { 'sealdrop-x': 'y' },
    };
    await putSealed(scene, patternBytes(5), {}, beside);
    const stored = await scene.store.head(sealedAt);
    expect(stored.headers).toEqual(headers);
    expect(await scene.store.tags(sealedAt)).toEqual({ team: 'blue' });
    const { keyArn, keyMaterialId } = await scene.keyring.currentWrapping();
    expect(stored.metadata).toMatchObject({
      ...{ title: 'x', 'sealdrop-x': 'y' },
      'sealdrop-key': keyArn,
      'sealdrop-material': keyMaterialId,
    });
    expect(Object.keys(stored.metadata).filter((name) => name.startsWith('x-amz-'))).toHaveLength(6);
  });

  test('cannot be given an envelope of another', async () => {
    const scene = createScene();
    const records = { 'x-amz-d': 'forged', 'x-amz-i': 'forged' };
    await putSealed(scene, patternBytes(5), {}, { records });
    expect((await openToBuffer(sealedAt, scene.reading)).content).toHaveLength(5);
  });

  test('is of V2 where that suite is asked for, and opens where that is allowed', async () => {
    const scene = createScene();
    await putSealed(scene, patternBytes(33), { suite: gcmSuite });
    const { metadata, lengthBytes } = await scene.store.head(sealedAt);
    expect([metadata['x-amz-cek-alg'], lengthBytes]).toEqual(['AES/GCM/NoPadding', 49]);
    expect((await failureOf(() => openToBuffer(sealedAt, scene.reading))).code).toBe('COMMITMENT_REQUIRED');
    const opened = await openToBuffer(sealedAt, { ...scene.reading, ...allowing });
    expect(opened.content.equals(patternBytes(33))).toBe(true);
  });

  test('has a data key and a message id of its own', async () => {
    const scene = createScene();
    await putSealed(scene, patternBytes(5));
    const first = await scene.store.head(sealedAt);
    await putSealed(scene, patternBytes(5));
    const second = await scene.store.head(sealedAt);
    for (const name of ['x-amz-3', 'x-amz-i', 'x-amz-d']) {
      expect(second.metadata[name]).not.toBe(first.metadata[name]);
    }
    expect(second.etag).not.toBe(first.etag);
    expect(scene.kms.plaintexts.every(isWiped)).toBe(true);
  });

  test('is bound to the key that it is written to', async () => {
    const scene = createScene();
    await putSealed(scene, patternBytes(5));
    const { metadata } = await scene.store.head(sealedAt);
    const moved = scene.store.put('sealed', 'moved', scene.store.contentOf(sealedAt), { metadata });
    expect((await failureOf(() => openToBuffer(moved, scene.reading))).code).toBe('CONTEXT_MISMATCH');
  });

  test('lets a keyring that counts know its length, where that is known', async () => {
    for (const lengthBytes of [20, undefined]) {
      const scene = createScene();
      const lengths: (number | undefined)[] = [];
      const keyring = {
        ...unusedKeyring,
        generateDataKey: (
          ...[context, suite, signal, length]: Parameters<typeof unusedKeyring.generateDataKey>
        ) => {
          lengths.push(length);
          return scene.keyring.generateDataKey(context, suite, signal);
        },
      };
      const content = contentFrom(patternBytes(20), lengthBytes === undefined ? {} : { lengthBytes });
      await sealContent(content, sealedAt, absent, { ...scene.sealing, keyring });
      expect(lengths).toEqual([lengthBytes]);
    }
  });
});

describe('a content that cannot be sealed leaves nothing', () => {
  const failing: readonly [what: string, code: string, seal: (scene: Scene) => Promise<unknown>][] = [
    [
      'because it ends early',
      'CONTENT_LENGTH_MISMATCH',
      ({ sealing }) =>
        sealContent(contentFrom(patternBytes(5), { lengthBytes: 6 }), sealedAt, absent, sealing),
    ],
    [
      'because it goes on',
      'CONTENT_LENGTH_MISMATCH',
      ({ sealing }) =>
        sealContent(contentFrom(patternBytes(5), { lengthBytes: 4 }), sealedAt, absent, sealing),
    ],
    [
      'because it is too long',
      'CONTENT_TOO_LONG',
      ({ sealing }) =>
        sealContent(contentFrom(patternBytes(5), { lengthBytes: 2 ** 36 - 31 }), sealedAt, absent, sealing),
    ],
    [
      'because its metadata is too large',
      'METADATA_TOO_LARGE',
      (scene) => putSealed(scene, patternBytes(5), {}, { metadata: { note: 'x'.repeat(1500) } }),
    ],
    [
      'because the context has a reserved name',
      'CONTEXT_INVALID',
      (scene) =>
        putSealed(scene, patternBytes(5), { vault: { ...scene.vault, extraContext: { 'sealdrop-x': 'y' } } }),
    ],
    [
      'because its body breaks off',
      'SERVICE_UNAVAILABLE',
      (scene) => {
        async function* body(): AsyncGenerator<Uint8Array> {
          yield* inChunks(patternBytes(5));
          throw new SealdropError('SERVICE_UNAVAILABLE', 'the line went dead');
        }
        return putSealed(scene, Buffer.alloc(0), {}, { body: body() });
      },
    ],
    [
      'because something stands there',
      'OBJECT_CHANGED',
      ({ sealing }) => sealContent(contentFrom(patternBytes(5)), sealedAt, { etag: '"other"' }, sealing),
    ],
    [
      'because the work was stopped',
      'ABORTED',
      (scene) => putSealed(scene, patternBytes(5), { signal: AbortSignal.abort() }),
    ],
  ];

  test.each(failing)('%s: %s', async (_, code, seal) => {
    const scene = createScene();
    expect((await failureOf(() => seal(scene))).code).toBe(code);
    expect((await failureOf(() => scene.store.head(sealedAt))).code).toBe('OBJECT_NOT_FOUND');
    expect(scene.kms.plaintexts.every(isWiped)).toBe(true);
  });

  test('and reads nothing of what is too large, or may not be', async () => {
    for (const beside of [{ metadata: { note: 'x'.repeat(1500) } }, { lengthBytes: 2 ** 36 - 31 }]) {
      const scene = createScene();
      let isRead = false;
      async function* body(): AsyncGenerator<Uint8Array> {
        isRead = true;
        yield* inChunks(patternBytes(5));
      }
      await failureOf(() => putSealed(scene, Buffer.alloc(0), {}, { body: body(), ...beside }));
      expect([isRead, scene.store.countOf('write')]).toEqual([false, 0]);
    }
  });
});
