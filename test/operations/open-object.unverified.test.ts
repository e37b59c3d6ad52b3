import { describe, expect, test } from '@jest/globals';
import { openUnverified } from '../../operations/open-object.ts';
import { edgeLengths, failureOf, gather, isWiped, patternBytes, withFlippedBit } from '../support/bytes.ts';
import { alterSealed, sealedAt, sealedScene, type Scene } from './scene.ts';

/** What came before the failure, and the failure's code. */
async function piecesOf(scene: Scene): Promise<{ content: Buffer; code: string }> {
  const pieces: Buffer[] = [];
  const plaintext = await openUnverified(sealedAt, scene.reading);
  const failure = await failureOf(async () => {
    for await (const piece of plaintext) pieces.push(piece);
  });
  return { content: Buffer.concat(pieces), code: failure.code };
}

describe('opening with delayed authentication', () => {
  test.each(edgeLengths)('gives %i bytes, piece by piece', async (lengthBytes) => {
    const scene = await sealedScene(lengthBytes);
    const content = await gather(await openUnverified(sealedAt, scene.reading));
    expect(content.equals(patternBytes(lengthBytes))).toBe(true);
    expect(scene.kms.plaintexts.every(isWiped)).toBe(true);
  });

  test('gives the first pieces before the last are read', async () => {
    const scene = await sealedScene(10_000);
    let readBytes = 0;
    const reading = scene.store.read.bind(scene.store);
    scene.store.read = async function* (object) {
      for await (const chunk of reading(object)) {
        readBytes += chunk.length;
        yield chunk;
      }
    };
    for await (const piece of await openUnverified(sealedAt, scene.reading)) {
      expect(piece.equals(patternBytes(10_000).subarray(0, piece.length))).toBe(true);
      break;
    }
    expect(readBytes).toBeLessThan(5000);
  });

  test.each([
    ['the tag is altered', (body: Buffer) => withFlippedBit(body, -1)],
    ['the end is missing', (body: Buffer) => body.subarray(0, -1)],
    ['a byte more is there', (body: Buffer) => Buffer.concat([body, Buffer.alloc(1)])],
  ])('ends with an error where %s, though pieces came before', async (_, how) => {
    const scene = await sealedScene(5000);
    await alterSealed(scene, { body: how });
    const { content, code } = await piecesOf(scene);
    expect(code).toBe('AUTHENTICATION_FAILED');
    expect(content.length).toBeGreaterThan(0);
  });

  test('ends with an error where the first byte is altered, which the first piece does not tell', async () => {
    const scene = await sealedScene(5000);
    await alterSealed(scene, { body: (body) => withFlippedBit(body, 0) });
    const { content, code } = await piecesOf(scene);
    expect([code, content[0]]).toEqual(['AUTHENTICATION_FAILED', (patternBytes(1)[0] ?? 0) ^ 1]);
  });

  test.each([
    ['of another vault', 'CONTEXT_MISMATCH', { vault: { vaultId: 'other', binding: 'object' } }],
    ['of another binding', 'CONTEXT_MISMATCH', { vault: { vaultId: 'archive', binding: 'none' } }],
  ] as const)('fails before the first piece where the object is %s: %s', async (_, code, options) => {
    const scene = await sealedScene(100);
    const failure = await failureOf(() => openUnverified(sealedAt, { ...scene.reading, ...options }));
    expect(failure.code).toBe(code);
    expect(scene.store.countOf('read')).toBe(0);
  });

  test.each([0, 15])('fails before the first piece where only %i bytes are stored', async (lengthBytes) => {
    const scene = await sealedScene(100);
    await alterSealed(scene, { body: (body) => body.subarray(0, lengthBytes) });
    const failure = await failureOf(() => openUnverified(sealedAt, scene.reading));
    expect(failure.code).toBe('AUTHENTICATION_FAILED');
    expect(scene.store.countOf('read')).toBe(0);
  });
});
