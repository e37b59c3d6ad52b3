import { beforeEach, describe, expect, test } from '@jest/globals';
import { SealdropError } from '../../envelope/index.ts';
import { openToBuffer } from '../../operations/open-object.ts';
import { FakeKeyring } from '../support/fake-keyring.ts';
import { failureOf, patternBytes } from '../support/bytes.ts';
import { alterSealed, createScene, putSealed, sealedAt, type Scene } from './scene.ts';

let scene: Scene;

beforeEach(() => {
  scene = createScene();
});

/** Opens under a key that did not wrap. */
const openedByAnother = (): Promise<SealdropError> => {
  const keyring = new FakeKeyring(scene.kms, scene.kms.createKey());
  return failureOf(() => openToBuffer(sealedAt, { ...scene.reading, keyring }));
};

describe('where another key wrapped', () => {
  test.each([false, true])(
    'the one that is recorded is named, with an instruction file: %s',
    async (files) => {
      await putSealed(scene, patternBytes(10), { instructionFiles: files });
      const { code, hint, fields } = await openedByAnother();
      expect([code, fields['recordedKey']]).toEqual(['KEY_MISMATCH', scene.keyArn]);
      expect(hint).toBe(
        `the object records ${scene.keyArn}: if that is a key of yours, name it with --key, or with --accept-key`,
      );
    },
  );

  test('none is named where none is recorded', async () => {
    await putSealed(scene, patternBytes(10));
    await alterSealed(scene, { metadata: ({ 'sealdrop-key': _key, ...metadata }) => metadata });
    const { code, hint } = await openedByAnother();
    expect([code, hint]).toEqual(['KEY_MISMATCH', expect.stringContaining('use the key that')]);
  });

  test('the one that was asked is not named as another one', async () => {
    await putSealed(scene, patternBytes(10));
    const keyring = new FakeKeyring(scene.kms, scene.keyArn);
    const mismatch = new SealdropError('KEY_MISMATCH', 'it did not', { fields: { resource: scene.keyArn } });
    keyring.decryptDataKey = () => Promise.reject(mismatch);
    const failure = await failureOf(() => openToBuffer(sealedAt, { ...scene.reading, keyring }));
    expect(failure).toBe(mismatch);
  });
});

test('other failures stay as they are', async () => {
  await putSealed(scene, patternBytes(10));
  scene.kms.setState(scene.keyArn, 'Disabled');
  const failure = await failureOf(() => openToBuffer(sealedAt, scene.reading));
  expect([failure.code, failure.hint]).toEqual(['KEY_DISABLED', expect.stringContaining('enable')]);
});
