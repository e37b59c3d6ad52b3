import { describe, expect, test } from '@jest/globals';
import { verifyObject, type VerifyOptions } from '../../operations/verify-object.ts';
import { unusedKeyring } from './scene.ts';
import { keyringOf, opening, refused, vectorAt, type VectorCase } from './vector-objects.ts';

/** What a verification is told of the reader; its context as pairs of the user's own. */
function optionsOf({ store, reader }: VectorCase): VerifyOptions {
  const { commitmentPolicy, legacyContent, legacyWrapping, encryptionContext } = reader;
  return {
    ...{ store, commitmentPolicy, legacyContent, legacyWrapping },
    vault: { vaultId: 'unused', binding: 'none', extraContext: encryptionContext },
  };
}

/** Names that only the package itself gives. */
function isOwn({ reader }: VectorCase): boolean {
  return Object.keys(reader.encryptionContext).some((name) =>
    /^(sealdrop-|aws:x-amz-cek-alg|kms_cmk_id)/.test(name),
  );
}

/** Whether the length of the body alone tells that nothing can be in it. */
function isTooShort({ bodyBytes, name }: VectorCase): boolean {
  const isCbc = /^V1|AES-CBC/.test(name);
  return isCbc ? bodyBytes === 0 || bodyBytes % 16 > 0 : bodyBytes < 16;
}

const sound = opening.filter((each) => !isOwn(each));
const unsound = refused.filter((each) => !isOwn(each));
const wrongEnvelopes = unsound.filter(({ refusal }) => refusal?.stage === 'envelope');
const otherwise = unsound.filter(({ refusal }) => refusal?.stage !== 'envelope');

describe('an object of the test vectors', () => {
  test.each(sound)('is sound, by its envelope and to its last byte: $name', async (each) => {
    expect(await verifyObject(vectorAt, optionsOf(each))).toEqual({ status: 'sound' });
    const deep = { ...optionsOf(each), keyring: keyringOf(each.reader), repair: true };
    expect(await verifyObject(vectorAt, deep)).toEqual({ status: 'sound' });
    expect(each.store.countOf('write')).toBe(0);
  });

  test.each(wrongEnvelopes)('is found by its envelope alone: $refusal.sealdropCode: $name', async (each) => {
    const finding = { status: 'finding', error: { code: each.refusal?.sealdropCode } };
    expect(await verifyObject(vectorAt, optionsOf(each))).toMatchObject(finding);
    const isOfObject = each.store.calls.filter(({ address }) => address.key === vectorAt.key);
    expect(isOfObject.map(({ method }) => method)).toEqual(['head']);
    const deep = { ...optionsOf(each), keyring: unusedKeyring, repair: true };
    expect(await verifyObject(vectorAt, deep)).toMatchObject(finding);
    expect(each.store.countOf('write')).toBe(0);
  });

  test.each(otherwise)('is found by opening it: $refusal.sealdropCode: $name', async (each) => {
    const shallow = await verifyObject(vectorAt, optionsOf(each));
    expect(shallow.status).toBe(isTooShort(each) ? 'finding' : 'sound');
    const deep = { ...optionsOf(each), keyring: keyringOf(each.reader), repair: true };
    expect(await verifyObject(vectorAt, deep)).toMatchObject({
      status: 'finding',
      error: { code: each.refusal?.sealdropCode },
    });
    expect(each.store.countOf('write')).toBe(0);
  });

  test('is there in numbers', () => {
    expect(Math.min(sound.length, wrongEnvelopes.length, otherwise.length)).toBeGreaterThan(190);
  });
});
