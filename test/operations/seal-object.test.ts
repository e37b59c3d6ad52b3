import { describe, expect, test } from '@jest/globals';
import { SealdropError } from '../../envelope/index.ts';
import { openToBuffer } from '../../operations/open-object.ts';
import { revisionEntry } from '../../operations/records.ts';
import { sealObject, type SealObjectOptions } from '../../operations/seal-object.ts';
import { edgeLengths, failureOf, isWiped, patternBytes } from '../support/bytes.ts';
import type { PutOptions } from '../support/memory-object-store.ts';
import { createScene, fileAt, forgetCalls, openedText, plainAt, sealedAt, type Scene } from './scene.ts';

const { bucket, key } = plainAt;

function put({ from }: Scene, content: Uint8Array | string, options: PutOptions = {}): void {
  from.put(bucket, key, Buffer.from(content), options);
}

function seal(scene: Scene, options: Partial<SealObjectOptions> = {}): ReturnType<typeof sealObject> {
  const { from, sealing } = scene;
  return sealObject(plainAt, sealedAt, { ...sealing, from, replacing: 'nothing', ...options });
}

describe('sealing an object of a store', () => {
  test.each(edgeLengths)('of %i bytes gives an object that opens to the same', async (lengthBytes) => {
    const scene = createScene();
    put(scene, patternBytes(lengthBytes));
    const outcome = await seal(scene);
    const { address } = await scene.store.head(sealedAt);
    expect(outcome).toEqual({ status: 'sealed', sealed: address, contentLengthBytes: lengthBytes });
    expect((await openToBuffer(sealedAt, scene.reading)).content.equals(patternBytes(lengthBytes))).toBe(
      true,
    );
  });

  test('takes headers, metadata and tags along, and leaves the source as it was', async () => {
    const scene = createScene();
    const headers = { contentType: 'text/csv', cacheControl: 'no-store', contentLanguage: 'de' };
    const tags = { team: 'blue', cost: '7' };
    put(scene, 'x', { headers, tags, metadata: { title: 'Report' } });
    const before = await scene.from.head(plainAt);
    await seal(scene);
    const opened = await openToBuffer(sealedAt, scene.reading);
    expect(opened.headers).toEqual(headers);
    expect(opened.metadata).toEqual({ title: 'Report' });
    expect(await scene.store.tags(sealedAt)).toEqual(tags);
    expect(await scene.from.head(plainAt)).toEqual(before);
    expect(new Set(scene.from.calls.map(({ method }) => method))).toEqual(
      new Set(['head', 'get', 'read', 'tags']),
    );
  });

  test('records its wrapping and the state of its source, and nothing else', async () => {
    const scene = createScene();
    put(scene, 'x');
    await seal(scene);
    const { metadata } = await scene.store.head(sealedAt);
    const records = Object.entries(metadata).filter(([name]) => !name.startsWith('x-amz-'));
    expect(Object.fromEntries(records)).toEqual({
      'sealdrop-key': scene.keyArn,
      'sealdrop-material': expect.any(String),
      ...revisionEntry(await scene.from.head(plainAt)),
    });
  });

  test.each([
    ['has none', true, {}, 0],
    ['has some', true, { team: 'blue' }, 1],
    ['does not tell', false, {}, 1],
  ])('asks for tags only where the source may have some: it %s', async (_, countsTags, tags, asked) => {
    const scene = createScene({ from: { countsTags } });
    put(scene, 'x', { tags });
    await seal(scene);
    expect(scene.from.countOf('tags')).toBe(asked);
    expect(await scene.store.tags(sealedAt)).toEqual(tags);
  });

  test('leaves the tags that only AWS or a handover sets', async () => {
    const scene = createScene();
    const tags = { team: 'blue', 'aws:cloudformation:stack-name': 'x', 'sealdrop-status': 'sealed' };
    put(scene, 'x', { tags });
    await seal(scene);
    expect(await scene.store.tags(sealedAt)).toEqual({ team: 'blue' });
  });

  test('takes content, metadata and tags of one state of the source, whatever is written meanwhile', async () => {
    const scene = createScene();
    put(scene, 'first', { metadata: { title: 'first' }, tags: { state: 'first' } });
    scene.from.after('get', () => {
      put(scene, 'second', { metadata: { title: 'second' }, tags: { state: 'second' } });
    });
    await seal(scene);
    const opened = await openToBuffer(sealedAt, scene.reading);
    expect([opened.content.toString(), opened.metadata]).toEqual(['first', { title: 'first' }]);
    expect(await scene.store.tags(sealedAt)).toEqual({ state: 'first' });
    expect(await seal(scene, { replacing: 'earlier' })).toMatchObject({ status: 'sealed' });
    expect(await openedText(scene)).toBe('second');
  });

  test('seals the version that it is told', async () => {
    const scene = createScene();
    const first = scene.from.put(bucket, key, Buffer.from('first'));
    put(scene, 'second');
    const { from, sealing } = scene;
    await sealObject(first, sealedAt, { ...sealing, from, replacing: 'nothing' });
    expect(await openedText(scene)).toBe('first');
  });

  test('zero-fills every plaintext data key, after failures too', async () => {
    const scene = createScene();
    put(scene, 'x');
    scene.store.before('write', () => {
      throw new SealdropError('THROTTLED', 'too fast');
    });
    expect((await failureOf(() => seal(scene))).code).toBe('THROTTLED');
    await seal(scene);
    expect(scene.kms.plaintexts).toHaveLength(2);
    expect(scene.kms.plaintexts.every(isWiped)).toBe(true);
  });
});

describe('an object that cannot be sealed', () => {
  test.each(['x-amz-3', 'x-amz-key-v2', 'X-Amz-I', 'x-amz-crypto-instr-file', 'sealdrop-x', 'Sealdrop-Key'])(
    'is refused where its metadata holds %s, before a byte is read or a data key made',
    async (name) => {
      const scene = createScene();
      put(scene, 'x', { metadata: { title: 'x', [name]: 'y' } });
      const failure = await failureOf(() => seal(scene));
      expect([failure.code, failure.fields['names']]).toEqual(['RESERVED_METADATA', [name.toLowerCase()]]);
      expect([scene.from.countOf('read'), scene.store.countOf('write'), scene.kms.calls]).toEqual([0, 0, []]);
    },
  );

  test.each(['a.instruction', '.instruction', 'b/a.txt.instruction'])(
    'is refused under the key %s, before anything is looked at',
    async (name) => {
      const scene = createScene();
      put(scene, 'x');
      const { from, sealing } = scene;
      const options = { ...sealing, from, replacing: 'anything' } as const;
      const work = () => sealObject(plainAt, { ...sealedAt, key: name }, options);
      expect((await failureOf(work)).code).toBe('RESERVED_NAME');
      expect([...scene.from.calls, ...scene.store.calls, ...scene.kms.calls]).toEqual([]);
    },
  );

  test.each([
    ['is not there', 'OBJECT_NOT_FOUND', undefined],
    ['has metadata that leaves no room', 'METADATA_TOO_LARGE', { metadata: { note: 'x'.repeat(1500) } }],
  ] as const)('is one that %s: %s', async (_, code, options) => {
    const scene = createScene();
    if (options !== undefined) put(scene, 'x', options);
    expect((await failureOf(() => seal(scene))).code).toBe(code);
    expect([scene.from.countOf('read'), scene.store.countOf('write')]).toEqual([0, 0]);
  });
});

test('a key that may not be is refused by a promise that is rejected, as all else is', async () => {
  const scene = createScene();
  const { from, sealing } = scene;
  const at = { ...sealedAt, key: 'a.instruction' };
  const caught = () =>
    sealObject(plainAt, at, { ...sealing, from, replacing: 'nothing' }).catch(() => 'caught');
  expect(await caught()).toBe('caught');
});

describe('the length of a source', () => {
  test('is told to the store before the content is read', async () => {
    const scene = createScene();
    put(scene, patternBytes(100));
    const lengths: (number | undefined)[] = [];
    const writing = scene.store.write.bind(scene.store);
    scene.store.write = (object, signal) => {
      lengths.push(object.lengthBytes);
      return writing(object, signal);
    };
    await seal(scene);
    expect(lengths).toEqual([116]);
  });

  test.each([
    ['ends early', -1],
    ['goes on', 1],
  ])('is that of its content: nothing is written where it %s', async (_, extraBytes) => {
    const scene = createScene();
    put(scene, patternBytes(100));
    const getting = scene.from.get.bind(scene.from);
    scene.from.get = async (address) => {
      const { object, content } = await getting(address);
      return { object: { ...object, lengthBytes: object.lengthBytes - extraBytes }, content };
    };
    const failure = await failureOf(() => seal(scene));
    expect([failure.code, failure.retryable]).toEqual(['CONTENT_LENGTH_MISMATCH', true]);
    expect((await failureOf(() => scene.store.head(sealedAt))).code).toBe('OBJECT_NOT_FOUND');
  });
});

describe('a dry run', () => {
  test.each([true, false])(
    'plans, and neither writes, reads nor asks for a key: mayStand %s',
    async (mayStand) => {
      const scene = createScene();
      put(scene, 'content');
      const outcome = await seal(scene, { dryRun: true, mayStand });
      expect(outcome).toEqual({ status: 'planned', contentLengthBytes: 7 });
      expect([...scene.from.calls, ...scene.store.calls].every(({ method }) => method === 'head')).toBe(true);
      expect(scene.store.calls).toHaveLength(mayStand ? 1 : 0);
      expect(scene.kms.calls).toEqual([]);
    },
  );

  test('tells what is current, what would be sealed again and what may not be replaced', async () => {
    const scene = createScene();
    put(scene, 'first');
    await seal(scene);
    forgetCalls(scene);
    const dry = (replacing: SealObjectOptions['replacing']) => seal(scene, { dryRun: true, replacing });
    expect(await dry('nothing')).toEqual({ status: 'current', contentLengthBytes: 5 });
    put(scene, 'second');
    expect(await dry('earlier')).toEqual({ status: 'planned', contentLengthBytes: 6 });
    expect((await failureOf(() => dry('nothing'))).code).toBe('OUTPUT_EXISTS');
    expect(await dry('anything')).toEqual({ status: 'planned', contentLengthBytes: 6 });
    expect(scene.store.calls.every(({ method }) => method === 'head')).toBe(true);
    expect(await openedText(scene)).toBe('first');
  });

  test.each([
    ['RESERVED_METADATA', { metadata: { 'sealdrop-x': 'y' } }, {}],
    ['METADATA_TOO_LARGE', { metadata: { note: 'x'.repeat(2049) } }, {}],
  ])('of what would be refused fails, too: %s', async (code, object, options) => {
    const scene = createScene();
    put(scene, 'x', object);
    expect((await failureOf(() => seal(scene, { ...options, dryRun: true }))).code).toBe(code);
  });

  test('of content that is too long fails, too', async () => {
    const scene = createScene();
    put(scene, 'x');
    const heading = scene.from.head.bind(scene.from);
    scene.from.head = async (address) => ({ ...(await heading(address)), lengthBytes: 2 ** 36 - 31 });
    expect((await failureOf(() => seal(scene, { dryRun: true }))).code).toBe('CONTENT_TOO_LONG');
  });

  test.each([true, false])(
    'with an instruction file where one stands is planned with versions alone: %s',
    async (versioned) => {
      const scene = createScene({ store: { versioned } });
      put(scene, 'x');
      scene.store.put(fileAt.bucket, fileAt.key, Buffer.from('{}'));
      const outcome = await seal(scene, { dryRun: true, instructionFiles: true }).then(
        ({ status }) => status,
        (error: unknown) => (error as SealdropError).code,
      );
      expect(outcome).toBe(versioned ? 'planned' : 'BUCKET_NOT_VERSIONED');
      expect([...scene.from.calls, ...scene.store.calls].every(({ method }) => method === 'head')).toBe(true);
    },
  );

  test('of a key that has no room for its instruction file fails, too', async () => {
    const scene = createScene();
    put(scene, 'x');
    const { from, sealing } = scene;
    const options = { ...sealing, from, replacing: 'nothing', dryRun: true, instructionFiles: true } as const;
    const sealingIt = () => sealObject(plainAt, { ...sealedAt, key: 'k'.repeat(1013) }, options);
    expect((await failureOf(sealingIt)).code).toBe('OBJECT_KEY_TOO_LONG');
  });

  test('of what is not there fails', async () => {
    expect((await failureOf(() => seal(createScene(), { dryRun: true }))).code).toBe('OBJECT_NOT_FOUND');
  });
});
