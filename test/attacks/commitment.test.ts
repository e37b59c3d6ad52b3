import { createDecipheriv } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { encodeEnvelope, gcmSuite } from '../../envelope/index.ts';
import { deriveContentKey } from '../../envelope/key-derivation.ts';
import { patternBytes } from '../support/bytes.ts';
import { committingContent } from '../support/envelopes.ts';
import { sceneOf } from './forms.ts';
import { forge, rangeOpener, wholeOpeners, type Forged, type Opener, type Outcome } from './openers.ts';
import { contextOf, set, type Scene } from './scene.ts';
import { sealedUnderBoth } from './two-keys.ts';

// One object with a valid tag under two data keys ("invisible salamanders"): the second is put in the place of
// the first, and whoever opens gets another content, authenticated.

const messageId = patternBytes(28, 'message id');
const noise = patternBytes(128, 'ciphertext');
const everyOpener: Readonly<Record<string, Opener>> = { ...wholeOpeners, 'a range': rangeOpener };

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sealdrop-attack-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

async function toBuffer(forged: Forged): Promise<Outcome> {
  return (await wholeOpeners['openToBuffer']?.(forged, folder)) ?? { released: Buffer.alloc(0) };
}

/** A data key of the attacker's, wrapped under the context of the object. */
function newDataKey(
  { kms, keyArn }: Scene,
  context: Record<string, string>,
): { plain: Buffer; wrapped: Buffer } {
  const answer = kms.generateDataKey({ KeyId: keyArn, EncryptionContext: context });
  return { plain: answer.Plaintext, wrapped: answer.CiphertextBlob };
}

describe('an object with a valid tag under two data keys, in V3', () => {
  let scene: Scene;
  let underSecond: Forged;
  let underFirst: Forged;
  let contents: Buffer[];
  beforeAll(async () => {
    scene = await sceneOf('V3, shared context');
    const context = contextOf(scene);
    const keys = [newDataKey(scene, context), newDataKey(scene, context)] as const;
    const contentKeys = [
      deriveContentKey(keys[0].plain, messageId),
      deriveContentKey(keys[1].plain, messageId),
    ] as const;
    const iv = Buffer.alloc(12, 0x01);
    const aad = Buffer.of(0x00, 0x73);
    const sealed = sealedUnderBoth(contentKeys, { iv, aad }, noise);
    contents = contentKeys.map((key) => {
      const decipher = createDecipheriv('aes-256-gcm', key, iv).setAAD(aad);
      decipher.setAuthTag(sealed.subarray(-16));
      return Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
    });
    const [forFirst, forSecond] = keys.map(({ wrapped }) => {
      const { commitment } = committingContent(keys[0].plain, messageId);
      const entries = { 'x-amz-d': commitment, 'x-amz-i': messageId, 'x-amz-3': wrapped };
      const encoded = Object.entries(entries).map(([name, bytes]) => [name, bytes.toString('base64')]);
      return forge(scene, { ...set(Object.fromEntries(encoded) as Record<string, string>)(scene), sealed });
    });
    if (forFirst === undefined || forSecond === undefined) throw new Error('two were made');
    [underFirst, underSecond] = [forFirst, forSecond];
  });

  test('is one: both contents are authentic to GCM', () => {
    expect(contents.map(({ length }) => length)).toEqual([128, 128]);
    expect(contents[0]).not.toEqual(contents[1]);
  });

  test('opens under the data key that it commits to', async () => {
    const { released } = await toBuffer(underFirst);
    expect(released).toEqual(contents[0]);
  });

  test.each(Object.entries(everyOpener))('does not open under the other: %s', async (_, open) => {
    const { error, released } = await open(underSecond, folder);
    expect(error).toMatchObject({ code: 'AUTHENTICATION_FAILED' });
    expect(released).toHaveLength(0);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('an object with a valid tag under two data keys, in V2', () => {
  const opened: string[] = [];
  const outcomes = async (policy: Scene['reader']['policy']): Promise<unknown[]> => {
    const scene = await sceneOf('V2, shared context');
    const context = contextOf(scene);
    const keys = [newDataKey(scene, context), newDataKey(scene, context)] as const;
    const iv = patternBytes(12, 'iv');
    const sealed = sealedUnderBoth([keys[0].plain, keys[1].plain], { iv }, noise);
    const results = [];
    for (const { wrapped: ciphertext } of keys) {
      const encryptedDataKey = {
        wrappingAlgorithm: 'kms+context',
        ciphertext,
        context,
        suite: gcmSuite,
      } as const;
      const metadata = encodeEnvelope({ encryptedDataKey, content: { suite: gcmSuite, iv } });
      const forged = forge(scene, { sealed, metadata, reader: { policy } });
      const { error, released } = await toBuffer(forged);
      opened.push(released.toString('hex'));
      results.push(error === undefined ? released.length : (error as { code: string }).code);
    }
    return results;
  };

  test('opens under both, which is why it has to be allowed', async () => {
    expect(await outcomes({ commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT' })).toEqual([128, 128]);
    expect(opened[0]).not.toBe(opened[1]);
  });

  test('opens under neither where commitment is required', async () => {
    expect(await outcomes({})).toEqual(['COMMITMENT_REQUIRED', 'COMMITMENT_REQUIRED']);
  });
});
