import { describe, expect, test } from '@jest/globals';
import { gcmSuite, SealdropError } from '../../envelope/index.ts';
import type { ObjectToWrite } from '../../operations/object-store.ts';
import { openToStore, type OpenToStoreOptions } from '../../operations/open-object.ts';
import { legacyObject, type LegacyForm } from '../attacks/legacy-forms.ts';
import { rawAesKeyring } from '../attacks/raw-keys.ts';
import { edgeLengths, failureOf, isWiped, patternBytes, withFlippedBit } from '../support/bytes.ts';
import { MemoryObjectStore } from '../support/memory-object-store.ts';
import { alterSealed, createScene, fileAt, forgetCalls, putSealed, sealedAt, type Scene } from './scene.ts';

const out = { bucket: 'out', key: 'c/a.txt' };
const reading = {
  commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT',
  legacyWrapping: true,
  legacyContent: true,
} as const;

/** Opens the sealed object to another store, and tells what that store was given. */
async function open(
  scene: Scene,
  options: Partial<OpenToStoreOptions> = {},
): Promise<{
  to: MemoryObjectStore;
  opened: Awaited<ReturnType<typeof openToStore>>;
  written: ObjectToWrite[];
}> {
  const to = new MemoryObjectStore();
  const written: ObjectToWrite[] = [];
  const writing = to.write.bind(to);
  to.write = (object, signal) => {
    written.push(object);
    return writing(object, signal);
  };
  const condition = { absent: true } as const;
  const opened = await openToStore(sealedAt, out, { ...scene.reading, to, condition, ...options });
  return { to, opened, written };
}

describe('opening to a store', () => {
  test.each(edgeLengths)('writes %i bytes, whose length is told before', async (lengthBytes) => {
    const scene = createScene();
    const sealed = await putSealed(scene, patternBytes(lengthBytes));
    const { to, opened, written } = await open(scene);
    expect(to.contentOf(out).equals(patternBytes(lengthBytes))).toBe(true);
    expect(written.map((each) => each.lengthBytes)).toEqual([lengthBytes]);
    expect(opened).toEqual({
      ...{ address: sealed, contentLengthBytes: lengthBytes, metadata: {}, headers: {} },
      written: (await to.head(out)).address,
    });
    expect(scene.kms.plaintexts.every(isWiped)).toBe(true);
  });

  test('takes headers and the metadata of the user along, and nothing of the envelope or the records', async () => {
    const scene = createScene();
    const headers = {
      contentType: 'text/csv',
      contentEncoding: 'gzip',
      expires: 'Thu, 01 Jan 2032 00:00:00 GMT',
    };
    const metadata = { title: 'Report', 'x-amz-other': 'kept' };
    await putSealed(scene, patternBytes(5), {}, { headers, metadata, records: { 'sealdrop-x': 'y' } });
    const { to, opened } = await open(scene);
    const stored = await to.head(out);
    expect([stored.headers, stored.metadata]).toEqual([headers, metadata]);
    expect(opened).toMatchObject({ headers, metadata });
  });

  test.each([
    [undefined, {}],
    [false, {}],
    [true, { team: 'blue' }],
  ])('takes tags along only where it is told to: %s', async (withTags, expected) => {
    const scene = createScene();
    await putSealed(scene, patternBytes(5), {}, { tags: { team: 'blue' } });
    const { to } = await open(scene, withTags === undefined ? {} : { withTags });
    expect(await to.tags(out)).toEqual(expected);
    expect(scene.store.countOf('tags')).toBe(withTags === true ? 1 : 0);
  });

  test('leaves the tags that only AWS sets', async () => {
    const scene = createScene();
    await putSealed(scene, patternBytes(5));
    scene.store.before('tags', async ({ bucket, key }) => {
      await scene.store.setTags({ bucket, key }, { team: 'blue', 'aws:cloudformation:stack-name': 'x' });
    });
    const { to } = await open(scene, { withTags: true });
    expect(await to.tags(out)).toEqual({ team: 'blue' });
  });

  test('asks for no tags where there are none', async () => {
    const scene = createScene({ store: { countsTags: true } });
    await putSealed(scene, patternBytes(5));
    await open(scene, { withTags: true });
    expect(scene.store.countOf('tags')).toBe(0);
  });

  test('takes the tags of the very version that it opens', async () => {
    const scene = createScene();
    await putSealed(scene, patternBytes(5), {}, { tags: { state: 'first' } });
    scene.store.after('get', async () => {
      await putSealed(scene, patternBytes(6), {}, { tags: { state: 'second' } });
    });
    const { to } = await open(scene, { withTags: true });
    expect([to.contentOf(out).length, await to.tags(out)]).toEqual([5, { state: 'first' }]);
  });

  test.each([true, false])(
    'notes when the sealed object was written, where that is known: %s',
    async (isKnown) => {
      const time = new Date('2026-01-02T03:04:05Z');
      const scene = createScene({ store: isKnown ? { now: () => time } : {} });
      await putSealed(scene, patternBytes(5));
      const { written } = await open(scene);
      expect(written.map(({ modified }) => modified)).toEqual([isKnown ? time : undefined]);
      expect(written.map((each) => 'modified' in each)).toEqual([isKnown]);
    },
  );

  test('opens by an instruction file, and by the suffix that the reader names', async () => {
    const scene = createScene();
    await putSealed(scene, patternBytes(5), { instructionFiles: true });
    const { address } = await scene.store.head(fileAt);
    scene.store.put('sealed', `${sealedAt.key}.keys`, scene.store.contentOf(fileAt));
    scene.store.destroy(address);
    expect((await failureOf(() => open(scene))).code).toBe('INSTRUCTION_FILE_MISSING');
    const { to } = await open(scene, { instructionFileSuffix: '.keys' });
    expect(to.contentOf(out)).toHaveLength(5);
  });

  test('opens V2 where that is allowed, with its length', async () => {
    const scene = createScene();
    await putSealed(scene, patternBytes(33), { suite: gcmSuite });
    const { written } = await open(scene, reading);
    expect(written.map(({ lengthBytes }) => lengthBytes)).toEqual([33]);
  });
});

describe('opening what only decrypting tells the length of', () => {
  test.each(
    (['V2 kms CBC', 'V1 AES CBC'] as const).flatMap((form: LegacyForm) =>
      [0, 1, 15, 16, 17, 1000].map((lengthBytes) => ({ form, lengthBytes })),
    ),
  )('writes $lengthBytes bytes of $form without a length', async ({ form, lengthBytes }) => {
    const scene = createScene();
    const { content, metadata } = legacyObject(form, patternBytes(lengthBytes), scene);
    scene.store.put(sealedAt.bucket, sealedAt.key, content, { metadata });
    const vault = { ...scene.vault, binding: 'none' } as const;
    const keyring = form.startsWith('V1') ? rawAesKeyring : scene.keyring;
    const { to, opened, written } = await open(scene, { ...reading, vault, keyring });
    expect(to.contentOf(out).equals(patternBytes(lengthBytes))).toBe(true);
    expect([opened.contentLengthBytes, written.map((each) => 'lengthBytes' in each)]).toEqual([
      lengthBytes,
      [false],
    ]);
  });
});

describe('the destination of an opened object', () => {
  test('is written on the condition that it is given, and no other', async () => {
    const scene = createScene();
    await putSealed(scene, patternBytes(5));
    const to = new MemoryObjectStore();
    to.put(out.bucket, out.key, Buffer.from('precious'));
    const { etag } = await to.head(out);
    const opening = (condition: OpenToStoreOptions['condition']) =>
      openToStore(sealedAt, out, { ...scene.reading, to, condition });
    for (const condition of [{ absent: true }, { etag: '"other"' }] as const) {
      expect((await failureOf(() => opening(condition))).code).toBe('OBJECT_CHANGED');
      expect(to.contentOf(out).toString()).toBe('precious');
    }
    await opening({ etag });
    expect(to.contentOf(out).equals(patternBytes(5))).toBe(true);
  });

  const failures: readonly [
    what: string,
    code: string,
    breakIt: (scene: Scene) => unknown,
    options?: object,
  ][] = [
    [
      'the body is altered',
      'AUTHENTICATION_FAILED',
      (scene) => alterSealed(scene, { body: (body) => withFlippedBit(body, 0) }),
    ],
    [
      'the tag is altered',
      'AUTHENTICATION_FAILED',
      (scene) => alterSealed(scene, { body: (body) => withFlippedBit(body, -1) }),
    ],
    [
      'the end is missing',
      'AUTHENTICATION_FAILED',
      (scene) => alterSealed(scene, { body: (body) => body.subarray(0, -1) }),
    ],
    [
      'only half a tag is there',
      'AUTHENTICATION_FAILED',
      (scene) => alterSealed(scene, { body: (body) => body.subarray(0, 8) }),
    ],
    [
      'it is not sealed',
      'NOT_SEALED',
      ({ store }) => store.put(sealedAt.bucket, sealedAt.key, patternBytes(50)),
    ],
    ['it is not there', 'OBJECT_NOT_FOUND', async ({ store }) => store.hide(await store.head(sealedAt))],
    [
      'the key is disabled',
      'KEY_DISABLED',
      ({ kms, keyArn }) => {
        kms.setState(keyArn, 'Disabled');
      },
    ],
    [
      'it is of another vault',
      'CONTEXT_MISMATCH',
      () => undefined,
      { vault: { vaultId: 'other', binding: 'object' } },
    ],
    ['the work was stopped', 'ABORTED', () => undefined, { signal: AbortSignal.abort() }],
    [
      'its tags may not be read',
      'ACCESS_DENIED',
      ({ store }) => {
        store.before('tags', () => {
          throw new SealdropError('ACCESS_DENIED', 'no');
        });
      },
      { withTags: true },
    ],
    [
      'the store breaks off',
      'SERVICE_UNAVAILABLE',
      ({ store }) => {
        const readingWhole = store.read.bind(store);
        store.read = async function* (object) {
          for await (const chunk of readingWhole(object)) {
            yield chunk;
            throw new SealdropError('SERVICE_UNAVAILABLE', 'the line went dead');
          }
        };
      },
    ],
  ];

  test.each(failures)('holds nothing where %s: %s', async (_, code, breakIt, options = {}) => {
    const scene = createScene();
    await putSealed(scene, patternBytes(2500));
    await breakIt(scene);
    const to = new MemoryObjectStore();
    const condition = { absent: true } as const;
    const opening = () => openToStore(sealedAt, out, { ...scene.reading, to, condition, ...options });
    expect((await failureOf(opening)).code).toBe(code);
    expect((await failureOf(() => to.head(out))).code).toBe('OBJECT_NOT_FOUND');
    expect(scene.kms.plaintexts.every(isWiped)).toBe(true);
  });

  test('is not even asked for where the object cannot be opened at all', async () => {
    const scene = createScene();
    await putSealed(scene, patternBytes(50));
    forgetCalls(scene);
    const to = new MemoryObjectStore();
    const vault = { ...scene.vault, vaultId: 'other' };
    const options = { ...scene.reading, vault, to, condition: { absent: true } } as const;
    await failureOf(() => openToStore(sealedAt, out, options));
    expect([to.calls, scene.kms.calls, scene.store.countOf('read')]).toEqual([[], [], 0]);
  });
});
