import { describe, expect, test } from '@jest/globals';
import { gcmSuite, RawRsaKeyring, SealdropError } from '../../envelope/index.ts';
import { failureOf, patternBytes } from '../support/bytes.ts';
import { putSealed, type Scene } from './scene.ts';
import { fileScene, openedByShare, partnerKeys, rsaRecipient, share } from './share-scene.ts';

const content = patternBytes(100);
const partner = new RawRsaKeyring({ privateKey: partnerKeys.privateKey });
const allow = { commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT' } as const;

describe('for whoever may read no versions, as whom objects are shared with,', () => {
  /** S3 does not tell them either that there is no such version. */
  function readNoVersions({ store }: Pick<Scene, 'store'>): void {
    store.before('get', ({ versionId }) => {
      readNoVersions({ store });
      if (versionId !== undefined) throw new SealdropError('ACCESS_DENIED', 's3:GetObjectVersion');
    });
  }

  test.each([
    ['V3', {}],
    ['V2', { suite: gcmSuite }],
  ])('a share of %s opens', async (_, how) => {
    const scene = await fileScene(how);
    await share(scene, { recipient: rsaRecipient(scene), ...allow });
    readNoVersions(scene);
    expect((await openedByShare(scene, partner)).equals(content)).toBe(true);
  });

  test.each([
    ['V3', {}],
    ['V2', { suite: gcmSuite }],
  ])('a stale share of %s opens nothing', async (_, how) => {
    const scene = await fileScene(how);
    await share(scene, { recipient: rsaRecipient(scene), ...allow });
    await putSealed(scene, content, { instructionFiles: true, ...how });
    readNoVersions(scene);
    expect((await failureOf(() => openedByShare(scene, partner))).code).toBe('AUTHENTICATION_FAILED');
  });
});
