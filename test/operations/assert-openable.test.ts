import { describe, expect, test } from '@jest/globals';
import {
  assertOpenable,
  cbcSuite,
  committingSuite,
  gcmSuite,
  startOpen,
  type Envelope,
  type StartOpenOptions,
} from '../../envelope/index.ts';
import { failureOf } from '../support/bytes.ts';
import { cbcContent, gcmContent, wellFormed } from '../support/envelopes.ts';
import { unusedKeyring } from './scene.ts';

const context = { team: 'blue' };
const accepting = {
  commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT',
  legacyWrapping: true,
  legacyContent: true,
  expectedContext: context,
} as const;

/** An envelope of a wrapping and a content, with a context of the caller's own. */
function envelope(
  wrappingAlgorithm: Envelope['encryptedDataKey']['wrappingAlgorithm'],
  content: 'committing' | 'gcm' | 'cbc',
  stored: Readonly<Record<string, string>> = context,
): Envelope {
  const contents = { committing: wellFormed.content, gcm: gcmContent, cbc: cbcContent };
  const suite = { committing: committingSuite, gcm: gcmSuite, cbc: cbcSuite }[content];
  const ciphertext = Buffer.from('encrypted data key');
  return {
    encryptedDataKey: { wrappingAlgorithm, ciphertext, context: stored, suite },
    content: contents[content],
  };
}

/** Why it cannot be opened, asked both ways; nothing where it can. */
async function refusal(of: Envelope, options: StartOpenOptions): Promise<string | undefined> {
  const isRefused = await failureOf(() => {
    assertOpenable(of, options);
  }).catch(() => undefined);
  // Whatever it refuses is refused before the keyring is asked, and nothing else is.
  const opening = startOpen(unusedKeyring, of, options);
  if (isRefused === undefined) await expect(opening).rejects.toThrow('a data key was opened');
  else expect(await failureOf(() => opening)).toEqual(isRefused);
  return isRefused?.code;
}

describe('what can be checked of an envelope without its data key', () => {
  test.each([
    ['kms+context', 'committing'],
    ['kms+context', 'gcm'],
    ['kms+context', 'cbc'],
    ['kms', 'gcm'],
    ['kms', 'cbc'],
  ] as const)('passes for a reader that accepts it: %s and %s', async (wrapping, content) => {
    expect(await refusal(envelope(wrapping, content), accepting)).toBeUndefined();
  });

  test('passes by default for the newest form alone', async () => {
    const byDefault = { expectedContext: context };
    expect(await refusal(envelope('kms+context', 'committing'), byDefault)).toBeUndefined();
    expect(await refusal(envelope('kms+context', 'gcm'), byDefault)).toBe('COMMITMENT_REQUIRED');
  });

  test('is refused for the first reason of all, in this order', async () => {
    const worst = envelope('kms', 'cbc', {});
    const steps = [
      ['LEGACY_WRAPPING_DISABLED', { legacyWrapping: true }],
      ['LEGACY_CONTENT_DISABLED', { legacyContent: true }],
      ['COMMITMENT_REQUIRED', { commitmentPolicy: 'FORBID_ENCRYPT_ALLOW_DECRYPT' }],
      ['CONTEXT_MISMATCH', { expectedContext: {} }],
    ] as const;
    let options: StartOpenOptions = { expectedContext: context };
    for (const [code, accepted] of steps) {
      expect(await refusal(worst, options)).toBe(code);
      options = { ...options, ...accepted };
    }
    expect(await refusal(worst, options)).toBeUndefined();
  });

  test.each<
    [wrapping: 'kms+context' | 'kms' | 'AES/GCM', stored: object, expected: object, code: string | undefined]
  >([
    ['kms+context', { team: 'blue' }, { team: 'green' }, 'CONTEXT_MISMATCH'],
    ['kms+context', { team: 'blue' }, {}, 'CONTEXT_MISMATCH'],
    ['kms+context', {}, { team: 'blue' }, 'CONTEXT_MISMATCH'],
    ['kms+context', { team: 'blue', 'aws:x-amz-cek-alg': '115' }, { team: 'blue' }, undefined],
    // Its writer may have added pairs of its own.
    ['kms', { team: 'blue', mail: '7' }, { team: 'blue' }, undefined],
    ['kms', { mail: '7' }, { team: 'blue' }, 'CONTEXT_MISMATCH'],
    // What is stored beside a raw key is no context.
    ['AES/GCM', { team: 'blue' }, { team: 'blue' }, 'CONTEXT_MISMATCH'],
    ['AES/GCM', { team: 'blue' }, {}, undefined],
  ])('compares the context of %s: %j with the expected %j', async (wrapping, stored, expected, code) => {
    const options = { ...accepting, expectedContext: expected as Record<string, string> };
    const of = envelope(wrapping, 'gcm', stored as Record<string, string>);
    expect(await refusal(of, options)).toBe(code);
  });
});
