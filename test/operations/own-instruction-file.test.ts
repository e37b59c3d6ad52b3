import { expect, test } from '@jest/globals';
import { ownInstructionFile } from '../../operations/own-instruction-file.ts';
import { failureOf, patternBytes } from '../support/bytes.ts';
import { createScene, fileAt, sealedAt } from './scene.ts';
import { fileScene, rsaRecipient, share } from './share-scene.ts';

test('the current file that is of the object’s own write is its own', async () => {
  const { store } = await fileScene();
  const file = await ownInstructionFile(await store.head(sealedAt), { store });
  expect(file?.object.address.key).toBe(fileAt.key);
});

test('an object that says nothing of a file has none, and one that does misses it', async () => {
  const { store } = createScene();
  store.put(sealedAt.bucket, sealedAt.key, patternBytes(5));
  expect(await ownInstructionFile(await store.head(sealedAt), { store })).toBeUndefined();
  const scene = await fileScene();
  scene.store.destroy(fileAt);
  const object = await scene.store.head(sealedAt);
  const work = () => ownInstructionFile(object, { store: scene.store });
  expect((await failureOf(work)).code).toBe('INSTRUCTION_FILE_MISSING');
});

test('a share that was made for another write is not taken for the object’s own', async () => {
  const scene = await fileScene();
  await share(scene, { recipient: rsaRecipient(scene) });
  const object = await scene.store.head(sealedAt);
  const options = { store: scene.store, instructionFileSuffix: '.partner' };
  expect(await ownInstructionFile(object, options)).toBeDefined();
  const newer = { ...object, metadata: { ...object.metadata, 'sealdrop-instruction-version': 'other' } };
  expect((await failureOf(() => ownInstructionFile(newer, options))).code).toBe('INSTRUCTION_FILE_STALE');
});
