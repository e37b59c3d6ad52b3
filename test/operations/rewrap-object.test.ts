import { describe, expect, test } from '@jest/globals';
import { SealdropError } from '../../envelope/index.ts';
import { openToBuffer } from '../../operations/open-object.ts';
import { rewrapObject } from '../../operations/rewrap-object.ts';
import { sealDrop } from '../../operations/seal-drop.ts';
import { failureOf, patternBytes } from '../support/bytes.ts';
import { createWorld, sealedBucket } from '../support/world.ts';
import { v1Metadata } from '../support/envelopes.ts';

async function sealedWorld(metadata: Record<string, string> = { title: 'Report' }) {
  const world = createWorld();
  const { store, keyring, kms, options } = world;
  const headers = { contentType: 'text/plain', cacheControl: 'no-store' };
  await sealDrop(
    world.drop('a.txt', patternBytes(100), { metadata, headers, tags: { team: 'blue' } }),
    options,
  );
  const at = world.sealedAt('a.txt');
  const rewrap = async () => {
    const current = await keyring.currentWrapping();
    kms.calls.length = 0;
    return (await rewrapObject(at, { store, keyring, vault: options.vault, current })).status;
  };
  return { ...world, at, rewrap };
}

describe('rewrapping an object', () => {
  test('moves it to the newest material, and keeps all else about it', async () => {
    const { at, store, kms, keyring, keyArn, options, rewrap } = await sealedWorld();
    const before = await store.head(at);
    const materialId = kms.rotate(keyArn);

    expect(await rewrap()).toBe('rewrapped');

    const after = await store.head(at);
    expect(after.metadata).toEqual({
      ...before.metadata,
      'x-amz-3': after.metadata['x-amz-3'],
      'sealdrop-material': materialId,
    });
    expect(after.metadata['x-amz-3']).not.toBe(before.metadata['x-amz-3']);
    expect(after.metadata).toMatchObject({ title: 'Report', 'sealdrop-source': 'intake' });
    expect([after.headers, await store.tags(at)]).toEqual([before.headers, { team: 'blue' }]);
    expect(store.contentOf(at).equals(store.contentOf(before.address))).toBe(true);
    const opened = await openToBuffer(at, { store, keyring, vault: options.vault });
    expect(opened.content.equals(patternBytes(100))).toBe(true);
  });

  test('reads nothing and decrypts nothing', async () => {
    const { store, kms, keyArn, rewrap } = await sealedWorld();
    kms.rotate(keyArn);
    store.calls.length = 0;
    await rewrap();
    expect(store.calls.map(({ method }) => method)).toEqual(['head', 'copy']);
    expect(kms.calls.map(({ action }) => action)).toEqual(['ReEncrypt']);
  });

  test('leaves what is current alone, without a single call to the keyring', async () => {
    const { store, kms, rewrap } = await sealedWorld();
    expect(await rewrap()).toBe('current');
    expect(kms.calls).toEqual([]);
    expect(store.countOf('copy')).toBe(0);
  });

  test('twice is the same as once', async () => {
    const { store, kms, keyArn, rewrap } = await sealedWorld();
    kms.rotate(keyArn);
    expect([await rewrap(), await rewrap()]).toEqual(['rewrapped', 'current']);
    expect(store.countOf('copy')).toBe(1);
  });

  test('passes over what is not sealed', async () => {
    const { at, store, kms, rewrap } = await sealedWorld();
    store.put(at.bucket, at.key, Buffer.from('plain'));
    expect(await rewrap()).toBe('not-sealed');
    expect(kms.calls).toEqual([]);
  });

  test('never buries a newer object that was written meanwhile', async () => {
    const { at, store, kms, keyArn, rewrap } = await sealedWorld();
    kms.rotate(keyArn);
    store.before('copy', () => {
      store.put(at.bucket, at.key, Buffer.from('newer'));
    });
    expect(await rewrap()).toBe('not-sealed');
    expect(store.contentOf(at).toString()).toBe('newer');
  });

  test('looks again at an object that changed meanwhile, and leaves a newer one that is current', async () => {
    const { at, store, kms, keyArn, keyring, drop, options, rewrap } = await sealedWorld();
    kms.rotate(keyArn);
    const newer = drop('a.txt', Buffer.from('newer'));
    store.before('copy', async () => {
      await sealDrop(newer, options);
    });
    expect(await rewrap()).toBe('current');
    const opened = await openToBuffer(at, { store, keyring, vault: options.vault });
    expect(opened.content.toString()).toBe('newer');
  });

  test('gives up on an object that keeps changing', async () => {
    const { store, kms, keyArn, rewrap } = await sealedWorld();
    kms.rotate(keyArn);
    for (let count = 0; count < 10; count += 1) {
      store.before('copy', () => {
        throw new SealdropError('OBJECT_CHANGED', 'another was faster');
      });
    }
    expect((await failureOf(rewrap)).code).toBe('OBJECT_CHANGED');
    expect(store.countOf('copy')).toBe(5);
  });

  test('says that an object which was deleted meanwhile is gone, and does not bring it back', async () => {
    const { at, store, kms, keyArn, rewrap } = await sealedWorld();
    kms.rotate(keyArn);
    store.before('copy', async () => {
      await store.hide(await store.head(at));
    });
    expect(['OBJECT_CHANGED', 'OBJECT_NOT_FOUND']).toContain((await failureOf(rewrap)).code);
    expect((await failureOf(() => store.head(at))).code).toBe('OBJECT_NOT_FOUND');
  });

  test('refuses an object of another vault before the keyring is asked', async () => {
    const { at, store, keyring, kms, options } = await sealedWorld();
    const current = { keyArn: 'arn:another', keyMaterialId: 'another' };
    kms.calls.length = 0;
    const vault = { ...options.vault, vaultId: 'another' };
    const failure = await failureOf(() => rewrapObject(at, { store, keyring, vault, current }));
    expect(failure.code).toBe('CONTEXT_MISMATCH');
    expect(kms.calls).toEqual([]);
  });

  test('refuses another wrapping', async () => {
    const { at, store, rewrap } = await sealedWorld();
    store.put(at.bucket, at.key, patternBytes(40), { metadata: v1Metadata });
    expect((await failureOf(rewrap)).code).toBe('ENVELOPE_UNSUPPORTED');
  });

  test('refuses metadata that would no longer fit, and leaves the object as it was', async () => {
    const { at, store, kms, keyArn, rewrap } = await sealedWorld();
    const { metadata } = await store.head(at);
    const content = store.contentOf(at);
    // As another client may have left it: full to the last byte, and without our records.
    const own = Object.fromEntries(Object.entries(metadata).filter(([name]) => name.startsWith('x-amz-')));
    const usedBytes = Object.entries(own).reduce((sum, [name, value]) => sum + name.length + value.length, 0);
    const full = { ...own, n: 'x'.repeat(2047 - usedBytes) };
    store.put(at.bucket, at.key, content, { metadata: full });
    kms.rotate(keyArn);
    expect((await failureOf(rewrap)).code).toBe('METADATA_TOO_LARGE');
    expect((await store.head(at)).metadata).toEqual(full);
  });

  test('throws what the store throws', async () => {
    const { store, rewrap } = await sealedWorld();
    store.before('head', () => {
      throw new SealdropError('ACCESS_DENIED', 'no');
    });
    expect((await failureOf(rewrap)).code).toBe('ACCESS_DENIED');
    const { keyring, options } = createWorld();
    const missing = { bucket: sealedBucket, key: 'missing' };
    const current = { keyArn: 'arn' };
    const failure = await failureOf(() =>
      rewrapObject(missing, { store, keyring, vault: options.vault, current }),
    );
    expect(failure.code).toBe('OBJECT_NOT_FOUND');
  });
});
