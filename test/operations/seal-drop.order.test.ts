import { describe, expect, test } from '@jest/globals';
import { SealdropError, withoutEnvelope } from '../../envelope/index.ts';
import type { Handover } from '../../operations/handover.ts';
import type { StoredObject } from '../../operations/object-store.ts';
import { openToBuffer } from '../../operations/open-object.ts';
import { sealDrop } from '../../operations/seal-drop.ts';
import { failureOf } from '../support/bytes.ts';
import { createWorld, sourceBucket, type World } from '../support/world.ts';

const source = { bucket: sourceBucket, key: 'a.txt' };

async function sealedContent({ store, keyring, options, sealedAt }: World): Promise<string> {
  const opened = await openToBuffer(sealedAt('a.txt'), { store, keyring, vault: options.vault });
  return opened.content.toString();
}

/** Makes the next write keep something else than it was sent. */
function damageNextWrite({ store }: World): void {
  store.after('write', async ({ bucket, key }) => {
    const { metadata } = await store.head({ bucket, key });
    const content = Buffer.from(store.contentOf({ bucket, key }));
    content.writeUInt8(content.readUInt8(0) ^ 1, 0);
    const written = await store.head({ bucket, key });
    store.destroy(written.address);
    const damaged = store.put(bucket, key, content, { metadata });
    const heading = store.head.bind(store);
    // What was written is looked at by its version: let that be the damaged one.
    store.head = (address) => heading(address.versionId === written.address.versionId ? damaged : address);
  });
}

describe('the same drop again', () => {
  test('is a duplicate: nothing is read, written or asked of the key', async () => {
    const world = createWorld();
    const drop = world.drop('a.txt', Buffer.from('x'));
    await sealDrop(drop, world.options);
    world.kms.calls.length = 0;
    world.store.calls.length = 0;
    expect(await sealDrop(drop, world.options)).toEqual({ status: 'duplicate' });
    expect(world.kms.calls).toEqual([]);
    expect(world.store.calls.map(({ method }) => method)).toEqual(['head', 'head']);
  });

  test('is sealed again where the first time stopped before the handover, since nobody knows why', async () => {
    const world = createWorld();
    const deleting = { ...world.options, handover: 'delete' as const };
    const drop = world.drop('a.txt', Buffer.from('x'));
    world.store.before('hide', () => {
      throw new SealdropError('THROTTLED', 'too fast');
    });
    expect((await failureOf(() => sealDrop(drop, deleting))).code).toBe('THROTTLED');
    expect(await sealDrop(drop, deleting)).toMatchObject({ status: 'sealed' });
    expect(await sealedContent(world)).toBe('x');
    expect((await failureOf(() => world.store.head(source))).code).toBe('OBJECT_NOT_FOUND');
    expect(await sealDrop(drop, deleting)).toEqual({ status: 'duplicate' });
  });
});

describe('what stands in the place of the same drop', () => {
  test.each([
    ['of another length', (object: StoredObject) => ({ ...object, lengthBytes: object.lengthBytes - 1 })],
    [
      'without its envelope',
      (object: StoredObject) => ({ ...object, metadata: withoutEnvelope(object.metadata) }),
    ],
  ])('is sealed again where it is %s, even where sources are kept', async (_, change) => {
    const world = createWorld();
    const drop = world.drop('a.txt', Buffer.from('x'));
    await sealDrop(drop, world.options);
    const heading = world.store.head.bind(world.store);
    let isDamaged = true;
    world.store.head = async (address) => {
      const object = await heading(address);
      return isDamaged && address.bucket === 'sealed' ? change(object) : object;
    };
    world.store.before('write', () => {
      isDamaged = false;
    });
    expect(await sealDrop(drop, world.options)).toMatchObject({ status: 'sealed' });
  });
});

describe('an older drop', () => {
  test.each([
    ['FF', 'FE'],
    ['100', 'FF'],
    ['0055AED6DCD90281E5', '55AED6DCD90281E4'],
    ['10000000000000000', 'FFFFFFFFFFFFFFFF'],
  ])('never overwrites a newer one: %s stands, %s comes', async (newer, older) => {
    const world = createWorld();
    const first = { ...world.drop('a.txt', Buffer.from('old')), sequencer: older };
    const second = { ...world.drop('a.txt', Buffer.from('new')), sequencer: newer };
    await sealDrop(second, world.options);
    expect(await sealDrop(first, world.options)).toEqual({ status: 'superseded' });
    expect(await sealedContent(world)).toBe('new');
  });

  test.each([
    ['FE', 'FF'],
    ['FF', '100'],
    ['9', 'A'],
  ])('gives way to a newer one: %s stands, %s comes', async (older, newer) => {
    const world = createWorld();
    const first = { ...world.drop('a.txt', Buffer.from('old')), sequencer: older };
    const second = { ...world.drop('a.txt', Buffer.from('new')), sequencer: newer };
    await sealDrop(first, world.options);
    expect(await sealDrop(second, world.options)).toMatchObject({ status: 'sealed' });
    expect(await sealedContent(world)).toBe('new');
  });
});

describe('an object from elsewhere in the destination', () => {
  test.each([
    ['is of another source bucket', { 'sealdrop-source': 'other' }],
    ['names no source', {}],
  ])('is never overwritten where it %s', async (_, records) => {
    const world = createWorld();
    const { bucket, key } = world.sealedAt('a.txt');
    const others = { 'sealdrop-source-version': 'v', 'sealdrop-sequencer': '1', ...records };
    world.store.put(bucket, key, Buffer.from('theirs'), { metadata: others });
    const drop = world.drop('a.txt', Buffer.from('ours'));
    const failure = await failureOf(() => sealDrop(drop, { ...world.options, handover: 'delete' }));
    expect([failure.code, failure.retryable]).toEqual(['DESTINATION_CONFLICT', false]);
    expect(world.store.contentOf({ bucket, key }).toString()).toBe('theirs');
    expect(world.store.contentOf(source).toString()).toBe('ours');
  });
});

describe('a destination that changes meanwhile', () => {
  test('is looked at again, and sealed under a new data key and message id', async () => {
    const world = createWorld();
    const [first, second] = [world.drop('a.txt', Buffer.from('1')), world.drop('a.txt', Buffer.from('2'))];
    const envelopes: string[][] = [];
    const writing = world.store.write.bind(world.store);
    world.store.write = (object, signal) => {
      envelopes.push(['x-amz-i', 'x-amz-3', 'x-amz-d'].map((name) => object.metadata[name] ?? ''));
      return writing(object, signal);
    };
    // While the second is on its way, the first is sealed.
    world.store.before('write', async () => {
      await sealDrop(first, world.options);
    });
    expect(await sealDrop(second, world.options)).toMatchObject({ status: 'sealed' });
    expect(await sealedContent(world)).toBe('2');
    expect(envelopes).toHaveLength(3);
    for (const part of [0, 1, 2]) expect(new Set(envelopes.map((each) => each[part])).size).toBe(3);
  });

  test('leaves a newer drop that was faster', async () => {
    const world = createWorld();
    const [first, second] = [world.drop('a.txt', Buffer.from('1')), world.drop('a.txt', Buffer.from('2'))];
    world.store.before('write', async () => {
      await sealDrop(second, world.options);
    });
    expect(await sealDrop(first, world.options)).toEqual({ status: 'superseded' });
    expect(await sealedContent(world)).toBe('2');
  });

  test('is a duplicate where the same drop was faster elsewhere', async () => {
    const world = createWorld();
    const drop = world.drop('a.txt', Buffer.from('1'));
    world.store.before('write', async () => {
      await sealDrop(drop, world.options);
    });
    expect(await sealDrop(drop, world.options)).toEqual({ status: 'duplicate' });
  });

  test('again and again is given up after five times, and can be tried later', async () => {
    const world = createWorld();
    const drop = world.drop('a.txt', Buffer.from('1'));
    for (let count = 0; count < 10; count += 1) {
      world.store.before('write', () => {
        throw new SealdropError('OBJECT_CHANGED', 'another was faster');
      });
    }
    const failure = await failureOf(() => sealDrop(drop, world.options));
    expect([failure.code, failure.retryable]).toEqual(['OBJECT_CHANGED', true]);
    expect(world.store.countOf('write')).toBe(5);
  });
});

describe('a sealed object that differs from what was sent', () => {
  test.each(['keep', 'tag', 'delete'] as Handover[])('leaves the source as it was: %s', async (handover) => {
    const world = createWorld();
    const drop = world.drop('a.txt', Buffer.from('content'));
    damageNextWrite(world);
    const failure = await failureOf(() => sealDrop(drop, { ...world.options, handover }));
    expect([failure.code, failure.fields]).toEqual(['VERIFICATION_FAILED', { differing: ['checksum'] }]);
    expect(world.store.contentOf(source).toString()).toBe('content');
    expect(await world.store.tags(source)).toEqual({});
  });

  test.each(['tag', 'delete'] as Handover[])(
    'is not taken for sealed by the next try: %s',
    async (handover) => {
      const world = createWorld();
      const drop = world.drop('a.txt', Buffer.from('content'));
      damageNextWrite(world);
      await failureOf(() => sealDrop(drop, { ...world.options, handover }));
      await sealDrop(drop, { ...world.options, handover }).catch(() => undefined);
      const isHandedOver =
        handover === 'delete'
          ? world.store.countOf('hide') > 0
          : (await world.store.tags(source))['sealdrop-status'] !== undefined;
      const opened = await sealedContent(world).catch(() => 'nothing');
      // The source may only be handed over once a sealed object is there that opens.
      expect(isHandedOver ? opened : 'content').toBe('content');
    },
  );

  test('is not taken for sealed where the look at it failed', async () => {
    const world = createWorld();
    const drop = world.drop('a.txt', Buffer.from('content'));
    const deleting = { ...world.options, handover: 'delete' as const };
    world.store.after('write', ({ bucket, key }) => {
      const { store } = world;
      const content = store.contentOf({ bucket, key });
      store.before('head', async () => {
        const { metadata } = await store.head({ bucket, key });
        store.put(bucket, key, content.subarray(1), { metadata });
        throw new SealdropError('SERVICE_UNAVAILABLE', 'busy');
      });
    });
    expect((await failureOf(() => sealDrop(drop, deleting))).code).toBe('SERVICE_UNAVAILABLE');
    await sealDrop(drop, deleting).catch(() => undefined);
    const opened = await sealedContent(world).catch(() => 'nothing');
    expect(world.store.countOf('hide') > 0 ? opened : 'content').toBe('content');
  });

  test.each([
    ['length', (object: { lengthBytes: number }) => ({ lengthBytes: object.lengthBytes - 1 })],
    ['checksum', () => ({ crc32: undefined })],
    ['metadata', () => ({ metadata: {} })],
  ])('is noticed by its %s', async (what, change) => {
    const world = createWorld();
    const drop = world.drop('a.txt', Buffer.from('content'));
    const heading = world.store.head.bind(world.store);
    world.store.after('write', () => {
      world.store.head = async (address) => {
        const object = await heading(address);
        return { ...object, ...(change(object) as object) };
      };
    });
    const failure = await failureOf(() => sealDrop(drop, { ...world.options, handover: 'delete' }));
    expect([failure.code, failure.fields]).toEqual(['VERIFICATION_FAILED', { differing: [what] }]);
    expect(world.store.countOf('hide')).toBe(0);
  });
});

describe('an unversioned source', () => {
  test('that was overwritten before it was read is sealed as it is now', async () => {
    const world = createWorld({ versioned: false });
    const first = world.drop('a.txt', Buffer.from('1'));
    world.drop('a.txt', Buffer.from('2'));
    await sealDrop(first, world.options);
    expect(await sealedContent(world)).toBe('2');
  });

  test('that is overwritten while it is sealed is never half of each', async () => {
    const world = createWorld({ versioned: false });
    const first = world.drop('a.txt', Buffer.from('1'));
    let second = first;
    world.store.before('read', () => {
      second = world.drop('a.txt', Buffer.from('22'));
    });
    const failure = await failureOf(() => sealDrop(first, world.options));
    expect([failure.code, failure.retryable]).toEqual(['OBJECT_CHANGED', true]);
    await sealDrop(second, world.options);
    expect(await sealedContent(world)).toBe('22');
  });

  test('is never deleted before it was sealed, where the event of what it replaced comes again', async () => {
    const world = createWorld({ versioned: false });
    const deleting = { ...world.options, handover: 'delete' as const };
    const first = world.drop('a.txt', Buffer.from('1'));
    world.store.before('hide', () => {
      throw new SealdropError('THROTTLED', 'too fast');
    });
    await failureOf(() => sealDrop(first, deleting));
    world.drop('a.txt', Buffer.from('22'));
    await sealDrop(first, deleting).catch(() => undefined);
    expect(world.store.contentOf(source).toString()).toBe('22');
  });
});
