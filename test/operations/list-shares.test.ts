import { expect, test } from '@jest/globals';
import { listShares } from '../../operations/list-shares.ts';
import { resealObject } from '../../operations/reseal-object.ts';
import { patternBytes } from '../support/bytes.ts';
import { sealedAt } from './scene.ts';
import { fileScene, kmsRecipient, rsaRecipient, share } from './share-scene.ts';

test('the shares of an object are its further instruction files, and nothing else beside it', async () => {
  const scene = await fileScene();
  const { store } = scene;
  const [kms, rsa] = [await kmsRecipient(scene), rsaRecipient(scene)];
  expect(await listShares(await store.head(sealedAt), { store })).toEqual([]);
  await share(scene, { recipient: rsa });
  await share(scene, { recipient: kms, suffix: '.audit' });
  store.put('sealed', `${sealedAt.key}.txt`, patternBytes(5));
  store.put('sealed', `${sealedAt.key}.a.b`, patternBytes(5));
  store.put('sealed', `${sealedAt.key}-x.partner`, patternBytes(5));
  const { keyArn } = kms.current;
  expect(await listShares(await store.head(sealedAt), { store })).toEqual([
    { suffix: '.audit', keyArn, isStale: false },
    { suffix: '.partner', publicKeySha256: rsa.fingerprint, isStale: false },
  ]);
  await resealObject(sealedAt, { store, keyring: scene.keyring, vault: scene.vault });
  await share(scene, { recipient: rsa, overwrite: true });
  expect(await listShares(await store.head(sealedAt), { store })).toMatchObject([
    { suffix: '.audit', isStale: true },
    { suffix: '.partner', isStale: false },
  ]);
});
