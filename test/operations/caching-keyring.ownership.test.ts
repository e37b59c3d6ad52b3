import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { committingSuite, type Keyring } from '../../envelope/index.ts';
import { CachingKeyring, type CachingKeyringOptions } from '../../operations/caching-keyring.ts';
import { createWorld } from '../support/world.ts';

const context = { 'sealdrop-vault': 'archive' };

function createScene(options: Partial<CachingKeyringOptions> = {}) {
  const { kms, keyring: inner, keyArn } = createWorld();
  const keyring = new CachingKeyring({ keyring: inner, keyId: keyArn, ...options });
  const seal = () => keyring.generateDataKey(context, committingSuite, undefined, 1);
  return { kms, inner, keyring, seal };
}

describe('a caller', () => {
  test('may change whatever it was given, without a trace for the next', async () => {
    const { seal, keyring } = createScene();
    const before = structuredClone(await seal());
    for (let count = 0; count < 2; count += 1) {
      const sealed = await seal();
      expect(sealed).toEqual(before);
      const opened = await keyring.decryptDataKey(sealed.encryptedDataKey);
      expect(opened).toEqual({ plaintext: before.plaintext, wrapping: before.wrapping });
      for (const key of [sealed, opened]) {
        key.plaintext.fill(0);
        Object.assign(key.wrapping ?? {}, { keyArn: 'spoiled' });
      }
      sealed.encryptedDataKey.ciphertext.fill(0);
      Object.assign(sealed.encryptedDataKey.context, { spoiled: 'yes' });
      Object.assign(sealed.encryptedDataKey, { suite: undefined });
    }
    expect(keyring.counts).toMatchObject({ sealHits: 2, sealMisses: 1, openHits: 1, openMisses: 1 });
  });

  test('may change what it handed in as soon as the call is made', async () => {
    const { keyring, inner, kms } = createScene();
    const mine: Record<string, string> = { ...context };
    const sealing = keyring.generateDataKey(mine, committingSuite, undefined, 1);
    mine['sealdrop-vault'] = 'other';
    const { encryptedDataKey } = await sealing;
    expect(encryptedDataKey.context).toEqual(context);
    const next = await keyring.generateDataKey(context, committingSuite, undefined, 1);
    expect(next.encryptedDataKey).toEqual(encryptedDataKey);

    const handedIn = structuredClone(encryptedDataKey);
    const opening = keyring.decryptDataKey(handedIn);
    handedIn.ciphertext.fill(0);
    Object.assign(handedIn.context, { 'sealdrop-vault': 'other' });
    expect((await opening).plaintext).toEqual(next.plaintext);
    expect(await inner.decryptDataKey(encryptedDataKey)).toMatchObject({ wrapping: next.wrapping });
    expect(kms.calls.map((call) => call.context)).toEqual([context, context, context]);
  });

  test('gets no wrapping where the keyring does not tell it', async () => {
    const { inner, seal } = createScene();
    const withoutWrapping: Keyring = {
      generateDataKey: async (sealed, suite) => {
        const { wrapping, ...key } = await inner.generateDataKey(sealed, suite);
        return key;
      },
      decryptDataKey: async (encrypted) => ({ plaintext: (await inner.decryptDataKey(encrypted)).plaintext }),
    };
    const keyring = new CachingKeyring({ keyring: withoutWrapping, keyId: 'key' });
    const sealed = await keyring.generateDataKey(context, committingSuite, undefined, 1);
    expect(Object.keys(sealed).sort()).toEqual(['encryptedDataKey', 'plaintext']);
    expect(Object.keys(await keyring.decryptDataKey(sealed.encryptedDataKey))).toEqual(['plaintext']);
    expect(Object.keys(await seal()).sort()).toEqual(['encryptedDataKey', 'plaintext', 'wrapping']);
  });
});

describe('whoever listens to the cache', () => {
  const seen: string[] = [];
  const ids = new Set<unknown>();

  const listen = (message: unknown): void => {
    seen.push(inspect(message, { depth: 20, showHidden: true, maxArrayLength: null, maxStringLength: null }));
    ids.add((message as { key: unknown }).key);
  };
  beforeEach(() => {
    seen.length = 0;
    ids.clear();
    subscribe('lru-cache:metrics', listen);
  });
  afterEach(() => {
    unsubscribe('lru-cache:metrics', listen);
  });

  test('sees neither a data key nor its context', async () => {
    const { keyring, seal } = createScene();
    await seal();
    const { encryptedDataKey } = await seal();
    await keyring.decryptDataKey(encryptedDataKey);
    await keyring.decryptDataKey(encryptedDataKey);
    expect(seen.length).toBeGreaterThan(4);
    for (const each of seen) expect(each).not.toMatch(/plaintext|Uint8Array|Buffer|archive|keyArn/);
  });

  test('sees digests, which differ from one wrapping key to the other', async () => {
    const { inner } = createScene();
    const { encryptedDataKey } = await inner.generateDataKey(context, committingSuite);
    for (const keyId of ['one key', 'another key']) {
      const keyring = new CachingKeyring({ keyring: inner, keyId });
      for (let count = 0; count < 2; count += 1) {
        await keyring.generateDataKey(context, committingSuite, undefined, 1);
        await keyring.decryptDataKey(encryptedDataKey);
      }
    }
    expect(ids.size).toBe(4);
    for (const id of ids) expect(id).toMatch(/^[\w+/]{43}=$/);
  });
});
