import { describe, expect, test } from '@jest/globals';
import {
  bindContext,
  cbcSuite,
  committingSuite,
  gcmSuite,
  openBuffered,
  parseEnvelope,
  startOpen,
  startSeal,
  type EncryptedDataKey,
  type EncryptionContext,
  type Keyring,
  type PlaintextDataKey,
} from '../../envelope/index.ts';
import { CachingKeyring, type CachingKeyringOptions } from '../../operations/caching-keyring.ts';
import { failureOf, gather, inChunks, isWiped, patternBytes } from '../support/bytes.ts';
import { createWorld } from '../support/world.ts';

const context = { 'sealdrop-vault': 'archive', team: 'blue' };

function createScene(options: Partial<CachingKeyringOptions> = {}) {
  const { kms, keyring: inner, keyArn } = createWorld();
  const caching = new CachingKeyring({ keyring: inner, keyId: keyArn, ...options });
  const seal = (sealed: EncryptionContext, suite = committingSuite, bytes = 1) =>
    caching.generateDataKey(sealed, suite, undefined, bytes);
  return { kms, inner, keyArn, caching, seal };
}

/** The plaintext as hex, and the bytes zero-filled as their owner should. */
function use({ plaintext }: PlaintextDataKey): string {
  const hex = Buffer.from(plaintext).toString('hex');
  plaintext.fill(0);
  return hex;
}

/** Keyrings that open anything, so that only the cache tells encrypted data keys apart. */
function keyringOpeningAnything(): Keyring {
  let opened = 0;
  return {
    generateDataKey: () => Promise.reject(new Error('not asked for')),
    decryptDataKey: () => Promise.resolve({ plaintext: patternBytes(32, `data key ${(opened += 1)}`) }),
  };
}

/** Pairs of contexts that a careless encoding takes for one. */
const confusable: [string, EncryptionContext, EncryptionContext][] = [
  ['another value', { a: 'b' }, { a: 'c' }],
  ['another name', { a: 'b' }, { c: 'b' }],
  ['one pair more', { a: 'b' }, { a: 'b', c: 'd' }],
  ['nothing', { a: 'b' }, {}],
  ['an empty pair', {}, { '': '' }],
  ['a moved border', { a: 'bc' }, { ab: 'c' }],
  ['name and value exchanged', { a: 'b' }, { b: 'a' }],
  ['values exchanged', { a: 'b', c: 'd' }, { a: 'd', c: 'b' }],
  ['two pairs as one', { a: 'b', c: 'd' }, { a: 'b","c":"d' }],
  ['two pairs as three', { a: 'b', c: 'd' }, { a: 'b', c: '', d: '' }],
  ['other case', { a: 'b' }, { A: 'b' }],
  ['strings that UTF-8 writes alike', { a: '\ud800' }, { a: '\udfff' }],
];

describe('sealing', () => {
  test('shares a data key under equal contexts, in any order', async () => {
    const { kms, seal, caching } = createScene();
    const keys = [
      await seal({ a: '1', b: '2', 10: 'x', 9: 'y' }),
      await seal({ 9: 'y', b: '2', a: '1', 10: 'x' }),
    ];
    expect(keys[0]?.encryptedDataKey).toEqual(keys[1]?.encryptedDataKey);
    expect(new Set(keys.map(use)).size).toBe(1);
    expect(kms.calls).toHaveLength(1);
    expect(caching.counts).toEqual({
      sealHits: 1,
      sealMisses: 1,
      openHits: 0,
      openMisses: 0,
      evictions: 0,
    });
  });

  test.each(confusable)('shares none with a context that differs by %s', async (_, first, second) => {
    const { kms, seal } = createScene();
    const keys = [await seal(first), await seal(second), await seal(first), await seal(second)].map(use);
    expect(keys).toEqual([keys[0], keys[1], keys[0], keys[1]]);
    expect(new Set(keys).size).toBe(2);
    expect(kms.calls.map((call) => call.context)).toEqual([first, second]);
  });

  test('shares none with another suite, even where that commits too', async () => {
    const { kms, seal } = createScene();
    const other = { ...committingSuite, name: 'ALG_OF_TOMORROW' };
    const keys = [await seal(context), await seal(context, other), await seal(context, other)].map(use);
    expect([keys[0] === keys[1], keys[1] === keys[2]]).toEqual([false, true]);
    expect(kms.calls).toHaveLength(2);
  });

  test.each([gcmSuite, cbcSuite])(
    'never shares a data key of $name, one after the other or at once',
    async (suite) => {
      const { kms, caching } = createScene();
      const seal = () => caching.generateDataKey(context, suite, undefined, 1);
      const keys = [await seal(), await seal(), ...(await Promise.all([seal(), seal()]))].map(use);
      expect(new Set(keys).size).toBe(4);
      expect(kms.plaintexts.every(isWiped)).toBe(true);
      expect(caching.counts).toMatchObject({ sealHits: 0, sealMisses: 4, evictions: 0 });
    },
  );

  test('never shares a data key of one object', async () => {
    const { kms, seal, caching } = createScene();
    const bound = bindContext('object', { vaultId: 'archive', objectKey: 'a.txt' });
    const keys = [await seal(bound), ...(await Promise.all([seal(bound), seal(bound)]))].map(use);
    expect(new Set(keys).size).toBe(3);
    expect(kms.plaintexts.every(isWiped)).toBe(true);
    expect(caching.counts).toMatchObject({ sealHits: 0, sealMisses: 3, evictions: 0 });
  });

  test.each(['vault', 'none'] as const)('shares a data key of binding %s', async (binding) => {
    const { kms, seal } = createScene();
    for (const objectKey of ['a.txt', 'b.txt']) {
      use(await seal(bindContext(binding, { vaultId: 'archive', objectKey })));
    }
    expect(kms.calls).toHaveLength(1);
  });

  test.each([undefined, -1, NaN, 0.5, Infinity])(
    'takes an object of %p bytes for the longest that there can be',
    async (bytes) => {
      const longest = committingSuite.maxContentBytes;
      for (const [maxBytes, calls] of [
        [longest, 3],
        [longest + 1, 3],
        [2 * longest, 2],
        [3 * longest, 1],
      ] as const) {
        const { kms, caching } = createScene({ sealing: { maxBytes } });
        const seal = () => caching.generateDataKey(context, committingSuite, undefined, bytes);
        for (let count = 0; count < 3; count += 1) use(await seal());
        expect(kms.calls).toHaveLength(calls);
      }
    },
  );

  test('hands signal and length on where nobody shares', async () => {
    const { caching, inner } = createScene();
    const handedOn: Parameters<Keyring['generateDataKey']>[] = [];
    inner.generateDataKey = (...args: Parameters<Keyring['generateDataKey']>) => {
      handedOn.push(args);
      return Promise.reject(new Error('seen'));
    };
    const { signal } = new AbortController();
    const bound = bindContext('object', { vaultId: 'archive', objectKey: 'a.txt' });
    const longest = committingSuite.maxContentBytes;
    for (const [wish, suite, bytes] of [
      [bound, committingSuite, 1],
      [context, gcmSuite, 2],
      [context, committingSuite, longest],
    ] as const) {
      await expect(caching.generateDataKey(wish, suite, signal, bytes)).rejects.toThrow('seen');
    }
    expect(handedOn).toEqual([
      [bound, committingSuite, signal, 1],
      [context, gcmSuite, signal, 2],
      [context, committingSuite, signal],
    ]);
    expect(handedOn.every(([, , each]) => each === signal)).toBe(true);
  });
});

async function encryptedFor({ inner }: { inner: Keyring }): Promise<EncryptedDataKey> {
  return (await inner.generateDataKey(context, committingSuite)).encryptedDataKey;
}

describe('opening', () => {
  test('opens the same encrypted data key once, in whatever buffers and order it comes', async () => {
    const scene = createScene();
    const encrypted = await encryptedFor(scene);
    const again = {
      ...encrypted,
      ciphertext: Buffer.from(encrypted.ciphertext),
      context: Object.fromEntries(Object.entries(encrypted.context).reverse()),
    };
    const keys = [encrypted, again].map((each) => scene.caching.decryptDataKey(each));
    expect(new Set((await Promise.all(keys)).map(use)).size).toBe(1);
    expect(use(await scene.caching.decryptDataKey(again))).toHaveLength(64);
    expect(scene.kms.calls.map(({ action }) => action)).toEqual(['GenerateDataKey', 'Decrypt']);
    expect(scene.caching.counts).toMatchObject({ openHits: 2, openMisses: 1, sealHits: 0, sealMisses: 0 });
  });

  const encrypted: EncryptedDataKey = {
    wrappingAlgorithm: 'kms+context',
    ciphertext: patternBytes(184),
    context,
    suite: committingSuite,
  };

  test.each([
    ['another wrapping algorithm', { wrappingAlgorithm: 'kms' }],
    ['another suite', { suite: gcmSuite }],
    ['another ciphertext', { ciphertext: patternBytes(184, 'other') }],
    ['a shorter ciphertext', { ciphertext: patternBytes(183) }],
    ['another context', { context: { ...context, team: 'red' } }],
  ] as [string, Partial<EncryptedDataKey>][])('tells apart %s', async (_, change) => {
    const { caching } = createScene({ keyring: keyringOpeningAnything() });
    const wishes = [encrypted, { ...encrypted, ...change }, encrypted, { ...encrypted, ...change }];
    const keys: string[] = [];
    for (const wish of wishes) keys.push(use(await caching.decryptDataKey(wish)));
    expect(keys).toEqual([keys[0], keys[1], keys[0], keys[1]]);
    expect(new Set(keys).size).toBe(2);
  });

  test.each(confusable)('tells apart a context that differs by %s', async (_, first, second) => {
    const { caching } = createScene({ keyring: keyringOpeningAnything() });
    const open = async (each: EncryptionContext): Promise<string> =>
      use(await caching.decryptDataKey({ ...encrypted, context: each }));
    expect(await open(first)).not.toBe(await open(second));
    expect(caching.counts).toMatchObject({ openHits: 0, openMisses: 2 });
  });

  test('knows nothing of what was sealed', async () => {
    const { caching, seal, kms } = createScene();
    const { encryptedDataKey, plaintext } = await seal(context);
    expect(use(await caching.decryptDataKey(encryptedDataKey))).toBe(Buffer.from(plaintext).toString('hex'));
    expect(kms.calls.map(({ action }) => action)).toEqual(['GenerateDataKey', 'Decrypt']);
  });

  test('shares the data key of one object, and one that does not commit', async () => {
    const scene = createScene();
    for (const [sealed, suite] of [
      [bindContext('object', { vaultId: 'archive', objectKey: 'a.txt' }), committingSuite],
      [context, gcmSuite],
    ] as const) {
      const { encryptedDataKey } = await scene.inner.generateDataKey(sealed, suite);
      for (let count = 0; count < 3; count += 1) use(await scene.caching.decryptDataKey(encryptedDataKey));
    }
    expect(scene.caching.counts).toMatchObject({ openHits: 4, openMisses: 2 });
  });

  test('pushes out nothing that seals', async () => {
    const scene = createScene({ sealing: { capacity: 1 }, opening: { capacity: 1 } });
    const sealed = use(await scene.seal(context));
    for (let count = 0; count < 3; count += 1)
      use(await scene.caching.decryptDataKey(await encryptedFor(scene)));
    expect(use(await scene.seal(context))).toBe(sealed);
    expect(scene.caching.counts).toMatchObject({ sealHits: 1, openMisses: 3, evictions: 2 });
  });
});

describe('with real cryptography', () => {
  const bound = bindContext('vault', { vaultId: 'archive', objectKey: 'ignored' });

  test('five objects under one data key open again, each by its own message id', async () => {
    const { caching, kms } = createScene();
    const objects = [];
    for (let count = 0; count < 5; count += 1) {
      const content = patternBytes(1000 + count, `object ${count}`);
      const { encryptor, metadata, wrapping } = await startSeal(caching, bound, {
        contentLengthBytes: content.length,
      });
      objects.push({
        content,
        metadata,
        wrapping,
        sealed: await gather(encryptor.encrypt(inChunks(content))),
      });
    }
    for (const { content, metadata, sealed } of objects) {
      const decryptor = await startOpen(caching, parseEnvelope(metadata), { expectedContext: bound });
      const opened = await openBuffered(decryptor, inChunks(sealed), content.length);
      expect(opened.toString('hex')).toBe(content.toString('hex'));
    }
    expect(kms.calls.map(({ action }) => action)).toEqual(['GenerateDataKey', 'Decrypt']);
    expect(new Set(objects.map(({ metadata }) => metadata['x-amz-3'])).size).toBe(1);
    expect(new Set(objects.map(({ metadata }) => metadata['x-amz-i'])).size).toBe(5);
    expect(objects.every(({ wrapping }) => wrapping?.keyArn === kms.calls[0]?.keyId)).toBe(true);
    caching.close();
    expect(kms.plaintexts.every(isWiped)).toBe(true);
  });

  test('a reader without the context gets nothing from what another opened', async () => {
    const { caching } = createScene();
    const { encryptor, metadata } = await startSeal(caching, bound);
    await gather(encryptor.encrypt(inChunks(patternBytes(10))));
    const envelope = parseEnvelope(metadata);
    await startOpen(caching, envelope, { expectedContext: bound });
    const elsewhere = bindContext('vault', { vaultId: 'other', objectKey: 'ignored' });
    const relabelled = {
      ...envelope,
      encryptedDataKey: {
        ...envelope.encryptedDataKey,
        context: { ...elsewhere, 'aws:x-amz-cek-alg': '115' },
      },
    };
    const codes = [envelope, relabelled].map(async (each) => {
      const failure = await failureOf(() => startOpen(caching, each, { expectedContext: elsewhere }));
      return failure.code;
    });
    expect(await Promise.all(codes)).toEqual(['CONTEXT_MISMATCH', 'AUTHENTICATION_FAILED']);
  });
});
