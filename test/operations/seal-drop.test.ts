import { describe, expect, test } from '@jest/globals';
import { SealdropError, type SealdropErrorCode } from '../../envelope/index.ts';
import { openToBuffer } from '../../operations/open-object.ts';
import { sealDrop } from '../../operations/seal-drop.ts';
import { edgeLengths, failureOf, isWiped, patternBytes } from '../support/bytes.ts';
import { createWorld, sealedBucket, sourceBucket, type World } from '../support/world.ts';

async function open({ store, keyring, options, sealedAt }: World, key: string): Promise<Buffer> {
  return (await openToBuffer(sealedAt(key), { store, keyring, vault: options.vault })).content;
}

describe('sealing a drop', () => {
  test.each(edgeLengths)('of %i bytes gives an object that opens to the same', async (lengthBytes) => {
    const world = createWorld();
    const content = patternBytes(lengthBytes);
    const outcome = await sealDrop(world.drop('a.txt', content), world.options);
    expect(outcome).toMatchObject({ status: 'sealed', contentLengthBytes: lengthBytes });
    expect((await open(world, 'a.txt')).equals(content)).toBe(true);
    expect((await world.store.head(world.sealedAt('a.txt'))).lengthBytes).toBe(lengthBytes + 16);
  });

  test('carries headers, metadata and tags along', async () => {
    const world = createWorld();
    const { store, options, sealedAt } = world;
    const headers = {
      contentType: 'text/csv',
      cacheControl: 'no-store',
      contentDisposition: 'attachment',
      contentEncoding: 'gzip',
      contentLanguage: 'de',
      expires: 'Thu, 01 Jan 2032 00:00:00 GMT',
    };
    const drop = world.drop('a.txt', Buffer.from('x'), {
      headers,
      metadata: { title: 'Report' },
      tags: { team: 'blue' },
    });
    await sealDrop(drop, options);
    const sealed = await store.head(sealedAt('a.txt'));
    expect(sealed.headers).toEqual(headers);
    expect(sealed.metadata).toMatchObject({ title: 'Report' });
    expect(await store.tags(sealedAt('a.txt'))).toEqual({ team: 'blue' });
  });

  test('records the drop and the wrapping beside the envelope, and nothing else', async () => {
    const world = createWorld();
    const drop = world.drop('a.txt', Buffer.from('x'));
    await sealDrop(drop, world.options);
    const { metadata } = await world.store.head(world.sealedAt('a.txt'));
    expect(Object.keys(metadata).sort()).toEqual([
      'sealdrop-key',
      'sealdrop-material',
      'sealdrop-sequencer',
      'sealdrop-source',
      'sealdrop-source-version',
      'x-amz-3',
      'x-amz-c',
      'x-amz-d',
      'x-amz-i',
      'x-amz-t',
      'x-amz-w',
    ]);
    expect(metadata).toMatchObject({
      'sealdrop-source': sourceBucket,
      'sealdrop-source-version': drop.versionId,
      'sealdrop-sequencer': drop.sequencer,
      'sealdrop-key': world.keyArn,
    });
  });

  test('seals the version of the event, not the current one', async () => {
    const world = createWorld();
    const first = world.drop('a.txt', Buffer.from('first'));
    world.drop('a.txt', Buffer.from('second'));
    await sealDrop(first, world.options);
    expect((await open(world, 'a.txt')).toString()).toBe('first');
  });

  test('binds the object to its key with the prefix', async () => {
    const world = createWorld();
    await sealDrop(world.drop('a.txt', Buffer.from('x')), { ...world.options, sealedPrefix: '' });
    const { store, keyring, options } = world;
    const at = { bucket: sealedBucket, key: 'a.txt' };
    await expect(openToBuffer(at, { store, keyring, vault: options.vault })).resolves.toBeDefined();
    store.put(sealedBucket, 'in/a.txt', store.contentOf(at), { metadata: (await store.head(at)).metadata });
    expect((await failureOf(() => open(world, 'a.txt'))).code).toBe('CONTEXT_MISMATCH');
  });

  test('zero-fills every plaintext data key, after failures too', async () => {
    const { kms, drop, options, store } = createWorld();
    await sealDrop(drop('a.txt', Buffer.from('x')), options);
    store.before('write', () => {
      throw new SealdropError('THROTTLED', 'too fast');
    });
    await failureOf(() => sealDrop(drop('b.txt', Buffer.from('x')), options));
    expect(kms.plaintexts).toHaveLength(2);
    expect(kms.plaintexts.every(isWiped)).toBe(true);
  });

  test('of a version that is no longer there is no error', async () => {
    const { drop, store, options, kms } = createWorld();
    const gone = drop('a.txt', Buffer.from('x'));
    store.destroy(gone);
    expect(await sealDrop(gone, options)).toEqual({ status: 'gone' });
    expect(kms.calls).toEqual([]);
    expect(store.countOf('write')).toBe(0);
  });

  test.each(['read', 'tags'] as const)('whose version goes before %s is no error', async (method) => {
    const { drop, store, options } = createWorld();
    const gone = drop('a.txt', Buffer.from('x'));
    store.before(method, () => {
      store.destroy(gone);
    });
    expect(await sealDrop(gone, options)).toEqual({ status: 'gone' });
  });
});

describe('a drop that cannot be sealed', () => {
  test.each([
    ['a.instruction', {}, 'RESERVED_NAME'],
    ['k'.repeat(1022), {}, 'OBJECT_KEY_TOO_LONG'],
    ['a.txt', { 'x-amz-key-v2': 'x' }, 'RESERVED_METADATA'],
    ['a.txt', { 'x-amz-c': '115' }, 'RESERVED_METADATA'],
    ['a.txt', { 'sealdrop-sequencer': 'FFFF' }, 'RESERVED_METADATA'],
    ['a.txt', { note: 'x'.repeat(1500) }, 'METADATA_TOO_LARGE'],
  ])('is refused and left as it was: %s', async (key, metadata, code) => {
    const { drop, store, options } = createWorld();
    const source = drop(key, Buffer.from('x'), { metadata });
    const failure = await failureOf(() => sealDrop(source, { ...options, handover: 'delete' }));
    expect([failure.code, failure.retryable]).toEqual([code, false]);
    expect(store.countOf('write') + store.countOf('read')).toBe(0);
    expect(store.contentOf({ bucket: sourceBucket, key }).toString()).toBe('x');
  });

  test('is one that is too long, which is seen before a byte is read or a data key made', async () => {
    const { drop, store, options, kms } = createWorld();
    const source = drop('a.txt', Buffer.from('x'));
    const heading = store.head.bind(store);
    store.head = async (address) => ({ ...(await heading(address)), lengthBytes: 2 ** 36 - 31 });
    expect((await failureOf(() => sealDrop(source, options))).code).toBe('CONTENT_TOO_LONG');
    expect([store.countOf('read'), kms.calls.length]).toEqual([0, 0]);
  });

  test.each([
    ['ends early', -1],
    ['goes on too long', 1],
  ])('is one that %s: nothing is written', async (_, extraBytes) => {
    const { drop, store, options, sealedAt } = createWorld();
    const source = drop('a.txt', patternBytes(100));
    const heading = store.head.bind(store);
    store.head = async (address) => {
      const object = await heading(address);
      return { ...object, lengthBytes: object.lengthBytes + extraBytes };
    };
    expect((await failureOf(() => sealDrop(source, options))).code).toBe('CONTENT_LENGTH_MISMATCH');
    expect((await failureOf(() => heading(sealedAt('a.txt')))).code).toBe('OBJECT_NOT_FOUND');
  });

  test('because of a disabled key stays where it is', async () => {
    const { drop, kms, keyArn, store, options } = createWorld();
    const source = drop('a.txt', Buffer.from('x'));
    kms.setState(keyArn, 'Disabled');
    expect((await failureOf(() => sealDrop(source, { ...options, handover: 'delete' }))).code).toBe(
      'KEY_DISABLED',
    );
    expect(store.contentOf({ bucket: sourceBucket, key: 'a.txt' }).toString()).toBe('x');
    expect(store.countOf('write')).toBe(0);
  });

  test.each(['head', 'tags', 'read', 'write'] as const)(
    'because %s fails leaves the source as it was, and can be tried again',
    async (method) => {
      const world = createWorld();
      const { drop, store, options } = world;
      const source = drop('a.txt', Buffer.from('content'));
      store.before(method, () => {
        throw new SealdropError('SERVICE_UNAVAILABLE', 'busy');
      });
      const deleting = { ...options, handover: 'delete' as const };
      const code: SealdropErrorCode = (await failureOf(() => sealDrop(source, deleting))).code;
      expect(code).toBe('SERVICE_UNAVAILABLE');
      expect(store.contentOf({ bucket: sourceBucket, key: 'a.txt' }).toString()).toBe('content');
      expect(await sealDrop(source, deleting)).toMatchObject({ status: 'sealed' });
      expect((await open(world, 'a.txt')).toString()).toBe('content');
    },
  );

  test('because the work was stopped leaves nothing', async () => {
    const { drop, store, options, sealedAt } = createWorld();
    const controller = new AbortController();
    store.before('read', () => {
      controller.abort();
    });
    const source = drop('a.txt', patternBytes(5000));
    const failure = await failureOf(() => sealDrop(source, { ...options, signal: controller.signal }));
    expect(failure.code).toBe('ABORTED');
    expect((await failureOf(() => store.head(sealedAt('a.txt')))).code).toBe('OBJECT_NOT_FOUND');
  });
});

describe('the handover by a tag', () => {
  const tenTags = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`tag-${index}`, 'x']));

  test('is refused before anything is sealed where the source has no room for a tag', async () => {
    const world = createWorld();
    const drop = world.drop('a.txt', Buffer.from('x'), { tags: tenTags });
    const failure = await failureOf(() => sealDrop(drop, { ...world.options, handover: 'tag' }));
    expect([failure.code, failure.retryable]).toEqual(['TOO_MANY_TAGS', false]);
    expect(world.kms.calls).toEqual([]);
    expect(world.store.countOf('write')).toBe(0);
  });

  test('needs no room where the source has that tag', async () => {
    const world = createWorld();
    const tags = { ...tenTags, 'tag-9': undefined, 'sealdrop-status': 'waiting' };
    const ten = Object.fromEntries(Object.entries(tags).filter(([, value]) => value !== undefined));
    const drop = world.drop('a.txt', Buffer.from('x'), { tags: ten as Record<string, string> });
    expect(await sealDrop(drop, { ...world.options, handover: 'tag' })).toMatchObject({ status: 'sealed' });
  });

  test('leaves no trace on the sealed object', async () => {
    const world = createWorld();
    const drop = world.drop('a.txt', Buffer.from('x'), {
      tags: { team: 'blue', 'sealdrop-status': 'sealed' },
    });
    await sealDrop(drop, { ...world.options, handover: 'tag' });
    expect(await world.store.tags(world.sealedAt('a.txt'))).toEqual({ team: 'blue' });
  });
});
