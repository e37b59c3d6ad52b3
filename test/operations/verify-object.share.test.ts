import { expect, test } from '@jest/globals';
import { RawRsaKeyring, SealdropError } from '../../envelope/index.ts';
import type { ObjectAddress } from '../../operations/object-store.ts';
import { resealObject } from '../../operations/reseal-object.ts';
import { rewrapObject } from '../../operations/rewrap-object.ts';
import { failureOf } from '../support/bytes.ts';
import { asAnotherClient } from './rewrap-scene.ts';
import { fileAt, sealedAt, verdictOf, verify } from './scene.ts';
import { fileScene, partnerKeys, rsaRecipient, share, shareAt } from './share-scene.ts';

const vault = { vaultId: '', binding: 'none' } as const;
const keyring = new RawRsaKeyring({ privateKey: partnerKeys.privateKey });

async function sharedScene() {
  const scene = await fileScene();
  await share(scene, { recipient: rsaRecipient(scene) });
  const verdict = (more: object = {}) =>
    verdictOf(verify(scene, { vault, instructionFileSuffix: '.partner', ...more }));
  const reseal = () => resealObject(sealedAt, { ...scene.sealing, store: scene.store });
  return { ...scene, verdict, reseal };
}

test('a share is sound, by its envelope and by opening it', async () => {
  const { verdict } = await sharedScene();
  expect([await verdict(), await verdict({ keyring })]).toEqual(['sound', 'sound']);
});

test('a share of an earlier content is found without a key, and with one, and is not repaired', async () => {
  const { verdict, reseal, store } = await sharedScene();
  await reseal();
  expect(await verdict()).toBe('INSTRUCTION_FILE_STALE');
  expect(await verdict({ keyring })).toBe('INSTRUCTION_FILE_STALE');
  expect(await verdict({ keyring, repair: true })).toBe('INSTRUCTION_FILE_STALE');
  expect(store.historyOf(shareAt)).toHaveLength(1);
});

test('a stale share is found by whoever may read no versions', async () => {
  const { verdict, reseal, store } = await sharedScene();
  await reseal();
  const denyVersions = ({ versionId }: ObjectAddress): void => {
    store.before('get', denyVersions);
    if (versionId !== undefined) throw new SealdropError('ACCESS_DENIED', 's3:GetObjectVersion');
  };
  store.before('get', denyVersions);
  expect(await verdict({ keyring })).toBe('INSTRUCTION_FILE_STALE');
});

test('a share that records no write is found by opening it alone', async () => {
  const { verdict, reseal, store } = await sharedScene();
  store.put(shareAt.bucket, shareAt.key, store.contentOf(shareAt), {
    metadata: { 'x-amz-crypto-instr-file': '' },
  });
  await reseal();
  expect(await verdict()).toBe('sound');
  expect(await verdict({ keyring })).toBe('AUTHENTICATION_FAILED');
});

test('the own file that was rewrapped is no stale share', async () => {
  const scene = await sharedScene();
  scene.kms.rotate(scene.keyArn);
  const current = await scene.keyring.currentWrapping();
  await rewrapObject(sealedAt, { ...scene.sealing, keyring: scene.keyring, store: scene.store, current });
  expect(await verdictOf(verify(scene))).toBe('sound');
});

test('an instruction file is told as one', async () => {
  const scene = await sharedScene();
  const verdict = await verify(scene, {}, fileAt);
  expect(verdict).toMatchObject({
    status: 'finding',
    error: { code: 'NOT_SEALED', fields: { isInstructionFile: true } },
  });
});

test('a stale share is not rewrapped', async () => {
  const scene = await sharedScene();
  await scene.reseal();
  const current = await scene.keyring.currentWrapping();
  const options = { ...scene.sealing, keyring: scene.keyring, store: scene.store, current, vault };
  const work = () => rewrapObject(sealedAt, { ...options, instructionFileSuffix: '.partner' });
  expect((await failureOf(work)).code).toBe('INSTRUCTION_FILE_STALE');
});

test('the share of an object that another client wrote is never stale by a record', async () => {
  const scene = await sharedScene();
  await asAnotherClient(scene);
  expect(await scene.verdict()).toBe('sound');
});
