import { describe, expect, test } from '@jest/globals';
import {
  bindContext,
  parseEnvelope,
  startOpen,
  startSeal,
  type CommitmentPolicy,
} from '../../envelope/index.ts';
import { suiteForSealing } from '../../envelope/commitment-policy.ts';
import { CachingKeyring } from '../../operations/caching-keyring.ts';
import { failureOf, gather, inChunks, patternBytes } from '../support/bytes.ts';
import { createWorld } from '../support/world.ts';

const bound = bindContext('vault', { vaultId: 'archive', objectKey: 'ignored' });
const strict: CommitmentPolicy = 'REQUIRE_ENCRYPT_REQUIRE_DECRYPT';
const lenient: CommitmentPolicy = 'REQUIRE_ENCRYPT_ALLOW_DECRYPT';
const forbidding: CommitmentPolicy = 'FORBID_ENCRYPT_ALLOW_DECRYPT';

function createScene() {
  const { kms, keyring, keyArn } = createWorld();
  const caching = new CachingKeyring({ keyring, keyId: keyArn });
  const seal = async (commitmentPolicy: CommitmentPolicy) => {
    const suite = suiteForSealing(commitmentPolicy);
    const { encryptor, metadata } = await startSeal(caching, bound, { suite, contentLengthBytes: 10 });
    await gather(encryptor.encrypt(inChunks(patternBytes(10))));
    return parseEnvelope(metadata);
  };
  const callsOf = (name: string) => kms.calls.filter(({ action }) => action === name).length;
  return { caching, seal, callsOf };
}

describe('a data key that is held never crosses commitment policies', () => {
  test('what a lenient reader opened stays closed to a strict one', async () => {
    const { caching, seal, callsOf } = createScene();
    const uncommitted = await seal(forbidding);
    const open = (commitmentPolicy: CommitmentPolicy) =>
      startOpen(caching, uncommitted, { expectedContext: bound, commitmentPolicy });
    await open(lenient);
    await open(lenient);
    expect(callsOf('Decrypt')).toBe(1);
    const { openHits } = caching.counts;
    expect((await failureOf(() => open(strict))).code).toBe('COMMITMENT_REQUIRED');
    expect(caching.counts.openHits).toBe(openHits);
  });

  test('what seals without commitment shares nothing with what commits, and the other way round', async () => {
    const { seal, callsOf } = createScene();
    const edks = new Set<string>();
    for (const policy of [strict, forbidding, strict, forbidding, lenient]) {
      const { encryptedDataKey } = await seal(policy);
      edks.add(Buffer.from(encryptedDataKey.ciphertext).toString('hex'));
    }
    // One data key for the three that commit, and one for each of the two that do not.
    expect([callsOf('GenerateDataKey'), edks.size]).toEqual([3, 3]);
  });
});
