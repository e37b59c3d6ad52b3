import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { SealdropError } from '../../envelope/index.ts';
import type { ObjectAddress } from '../../operations/object-store.ts';
import { openToBuffer, openToFile, type OpenOptions } from '../../operations/open-object.ts';
import { sealDrop } from '../../operations/seal-drop.ts';
import { edgeLengths, failureOf, isWiped, patternBytes, thrownBy, withFlippedBit } from '../support/bytes.ts';
import { createWorld, sealedBucket, type World } from '../support/world.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sealdrop-open-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

async function sealedWorld(
  content: Buffer = patternBytes(2500),
  metadata: Record<string, string> = {},
): Promise<World & { at: ObjectAddress; open: OpenOptions }> {
  const world = createWorld();
  const headers = { contentType: 'text/plain' };
  const outcome = await sealDrop(world.drop('a.txt', content, { metadata, headers }), world.options);
  if (outcome.status !== 'sealed') throw new Error(outcome.status);
  world.kms.calls.length = 0;
  world.store.calls.length = 0;
  const { store, keyring, options } = world;
  return { ...world, at: outcome.sealed, open: { store, keyring, vault: options.vault } };
}

/** Writes the sealed object again with other bytes, and returns where. */
async function replaced({ store, at }: { store: World['store']; at: ObjectAddress }, bytes: Buffer) {
  return store.put(at.bucket, at.key, bytes, { metadata: (await store.head(at)).metadata });
}

describe('opening in memory', () => {
  test.each(edgeLengths)('gives back %i bytes', async (lengthBytes) => {
    const { at, open } = await sealedWorld(patternBytes(lengthBytes));
    const { content, contentLengthBytes } = await openToBuffer(at, open);
    expect(content.equals(patternBytes(lengthBytes))).toBe(true);
    expect(contentLengthBytes).toBe(lengthBytes);
  });

  test('gives back the metadata and headers of the user, and which version it was', async () => {
    const { at, open } = await sealedWorld(Buffer.from('x'), { title: 'Report', 'x-amz-other': 'kept' });
    const opened = await openToBuffer({ bucket: at.bucket, key: at.key }, open);
    expect(opened).toMatchObject({ address: at, headers: { contentType: 'text/plain' } });
    expect(opened.metadata).toEqual({ title: 'Report', 'x-amz-other': 'kept' });
  });

  test('refuses more than its limit, and allows exactly that', async () => {
    const { at, open } = await sealedWorld(patternBytes(2500));
    expect((await failureOf(() => openToBuffer(at, open, 2499))).code).toBe('BUFFER_LIMIT_EXCEEDED');
    await expect(openToBuffer(at, open, 2500)).resolves.toMatchObject({ contentLengthBytes: 2500 });
  });

  test('checks the limit before a byte is read', async () => {
    const { at, open, store } = await sealedWorld(patternBytes(2500));
    await failureOf(() => openToBuffer(at, open, 2499));
    expect(store.countOf('read')).toBe(0);
  });

  test('reads the very version that it looked at', async () => {
    const { at, open, store } = await sealedWorld(patternBytes(2500));
    store.after('head', () => {
      store.put(at.bucket, at.key, Buffer.from('something else, written meanwhile'));
    });
    const { content } = await openToBuffer({ bucket: at.bucket, key: at.key }, open);
    expect(content.equals(patternBytes(2500))).toBe(true);
  });

  test('zero-fills every plaintext data key', async () => {
    const { at, open, kms } = await sealedWorld();
    await openToBuffer(at, open);
    await thrownBy(() => openToBuffer(at, { ...open, vault: { ...open.vault, vaultId: 'other' } }));
    expect(kms.plaintexts.length).toBeGreaterThanOrEqual(2);
    expect(kms.plaintexts.every(isWiped)).toBe(true);
  });

  test.each([0, 5, 15, 16, 100])('says of %i plain bytes that they are not sealed', async (lengthBytes) => {
    const { open, store } = await sealedWorld();
    const at = store.put(sealedBucket, 'plain', patternBytes(lengthBytes));
    expect((await failureOf(() => openToBuffer(at, open))).code).toBe('NOT_SEALED');
  });

  test('of an object shorter than its tag fails at once, without a byte read', async () => {
    const world = await sealedWorld();
    const at = await replaced(world, patternBytes(15));
    expect((await failureOf(() => openToBuffer(at, world.open))).code).toBe('AUTHENTICATION_FAILED');
    expect(world.store.countOf('read')).toBe(0);
  });
});

describe('opening to a file', () => {
  test.each(edgeLengths)('writes %i bytes, and nothing beside them', async (lengthBytes) => {
    const { at, open } = await sealedWorld(patternBytes(lengthBytes));
    const opened = await openToFile(at, join(folder, 'out'), open);
    expect(readFileSync(join(folder, 'out')).equals(patternBytes(lengthBytes))).toBe(true);
    expect(opened.contentLengthBytes).toBe(lengthBytes);
    expect(readdirSync(folder)).toEqual(['out']);
  });

  test('makes a file that only its owner may read', async () => {
    const { at, open } = await sealedWorld();
    await openToFile(at, join(folder, 'out'), open);
    expect(statSync(join(folder, 'out')).mode & 0o777).toBe(0o600);
  });

  test('leaves a file that is there as it was', async () => {
    const { at, open } = await sealedWorld();
    writeFileSync(join(folder, 'out'), 'precious');
    await expect(openToFile(at, join(folder, 'out'), open)).rejects.toMatchObject({ code: 'EEXIST' });
    expect(readFileSync(join(folder, 'out'), 'utf8')).toBe('precious');
    expect(readdirSync(folder)).toEqual(['out']);
  });

  test('replaces a file that is there where it is told to, and only after verification', async () => {
    const world = await sealedWorld(Buffer.from('new'));
    writeFileSync(join(folder, 'out'), 'precious');
    const altered = await replaced(world, withFlippedBit(world.store.contentOf(world.at), -1));
    await failureOf(() => openToFile(altered, join(folder, 'out'), world.open, true));
    expect(readFileSync(join(folder, 'out'), 'utf8')).toBe('precious');
    await openToFile(world.at, join(folder, 'out'), world.open, true);
    expect(readFileSync(join(folder, 'out'), 'utf8')).toBe('new');
    expect(readdirSync(folder)).toEqual(['out']);
  });

  test.each([
    ['the body is altered', (sealed: Buffer) => withFlippedBit(sealed, 0)],
    ['the tag is altered', (sealed: Buffer) => withFlippedBit(sealed, -1)],
    ['the end is missing', (sealed: Buffer) => sealed.subarray(0, -1)],
    ['only half a tag is there', (sealed: Buffer) => sealed.subarray(0, 8)],
  ])('leaves no file where %s', async (_, alter) => {
    const world = await sealedWorld();
    const at = await replaced(world, alter(world.store.contentOf(world.at)));
    const failure = await failureOf(() => openToFile(at, join(folder, 'out'), world.open));
    expect(failure.code).toBe('AUTHENTICATION_FAILED');
    expect(readdirSync(folder)).toEqual([]);
  });

  test('leaves no file where the store breaks off', async () => {
    const { at, open, store } = await sealedWorld();
    const reading = store.read.bind(store);
    store.read = async function* (object) {
      for await (const chunk of reading(object)) {
        yield chunk;
        throw new SealdropError('SERVICE_UNAVAILABLE', 'the line went dead');
      }
    };
    const failure = await failureOf(() => openToFile(at, join(folder, 'out'), open));
    expect(failure.code).toBe('SERVICE_UNAVAILABLE');
    expect(readdirSync(folder)).toEqual([]);
  });

  test('leaves no file where there is no folder for it', async () => {
    const { at, open } = await sealedWorld();
    await expect(openToFile(at, join(folder, 'missing', 'out'), open)).rejects.toMatchObject({
      code: 'ENOENT',
    });
    expect(readdirSync(folder)).toEqual([]);
  });
});
