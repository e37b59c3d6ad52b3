import { createHash } from 'node:crypto';
import { SealdropError } from './errors.ts';
import { decodeS3Text } from './s3-text.ts';
import { parseStringMap } from './string-map.ts';
import type { AlgorithmSuite } from './suite.ts';

/** Pairs that KMS authenticates with the encrypted data key. Not secret: they show in CloudTrail. */
export type EncryptionContext = Readonly<Record<string, string>>;

/** What a sealed object is bound to: its own key in its vault, its vault, or nothing. */
export type Binding = 'object' | 'vault' | 'none';

/** Every binding, the default first. */
export const bindings: readonly Binding[] = ['object', 'vault', 'none'];

/** What a caller knows of an object from elsewhere than the object itself. */
export interface ObjectIdentity {
  /** The vault's logical id: an environment's name for it, never the physical bucket. */
  readonly vaultId: string;
  /** The key in the sealed bucket, as it is, nothing encoded. */
  readonly objectKey: string;
}

/** The context's own record of the content's algorithm. */
export const algorithmPairName = 'aws:x-amz-cek-alg';
/** The record of the wrapping key in the context of the older KMS wrapping. */
export const keyPairName = 'kms_cmk_id';
/** The two names that the format keeps for itself. */
const formatNames: readonly string[] = [algorithmPairName, keyPairName];
/** The prefix of the names that this package keeps for itself. */
const bindingPrefix = 'sealdrop-';

/**
 * The context that an object is sealed with, and that it must carry when it is opened, without the
 * algorithm's pair.
 *
 * @param extra - further pairs of the caller's own
 * @throws {@link SealdropError} CONTEXT_INVALID for a reserved name.
 */
export function bindContext(
  binding: Binding,
  identity: ObjectIdentity,
  extra: EncryptionContext = {},
): EncryptionContext {
  assertNoFormatNames(extra);
  const taken = Object.keys(extra).find((name) => name.startsWith(bindingPrefix));
  if (taken !== undefined) throw reserved(taken);
  return { ...extra, ...boundPairs(binding, identity) };
}

function boundPairs(binding: Binding, { vaultId, objectKey }: ObjectIdentity): EncryptionContext {
  switch (binding) {
    case 'object':
      return {
        'sealdrop-vault': vaultId,
        'sealdrop-key-sha256': createHash('sha256').update(objectKey, 'utf8').digest('hex'),
      };
    case 'vault':
      return { 'sealdrop-vault': vaultId };
    case 'none':
      return {};
    default:
      // Callers without types: to bind to nothing must have been meant.
      throw new SealdropError('CONFIGURATION_INVALID', `"${String(binding)}" is not a binding`);
  }
}

/**
 * The context as it goes to the keyring and into the metadata: with the algorithm's pair.
 *
 * @throws {@link SealdropError} CONTEXT_INVALID for a reserved name, or a character outside printable ASCII,
 *   which other clients cannot read.
 */
export function completeContext(context: EncryptionContext, suite: AlgorithmSuite): EncryptionContext {
  assertNoFormatNames(context);
  assertPrintableAscii(context);
  return { ...context, [algorithmPairName]: suite.metadataValue };
}

/** The context without the names that the format keeps for itself: what a caller knows of it. */
export function callersContext(context: EncryptionContext): EncryptionContext {
  return Object.fromEntries(Object.entries(context).filter(([name]) => !formatNames.includes(name)));
}

function assertNoFormatNames(context: EncryptionContext): void {
  const taken = Object.keys(context).find((name) => formatNames.includes(name));
  if (taken !== undefined) throw reserved(taken);
}

function reserved(name: string): SealdropError {
  return new SealdropError('CONTEXT_INVALID', `the context name "${name}" is reserved`, { fields: { name } });
}

/**
 * Checks that a stored context is the expected one: the same names and values, the format's own names left
 * out. The stored context alone is never trusted.
 *
 * Spec: materials/s3-kms-keyring.md#kmscontext
 *
 * @param mode - `subset` lets the stored context hold further pairs, which the caller cannot know
 * @throws {@link SealdropError} CONTEXT_MISMATCH with the names that differ, never their values.
 */
export function assertContextMatches(
  stored: EncryptionContext,
  expected: EncryptionContext,
  mode: 'exact' | 'subset' = 'exact',
): void {
  const storedOwn = new Map(Object.entries(callersContext(stored)));
  const expectedOwn = new Map(Object.entries(expected));
  const names = [...new Set([...storedOwn.keys(), ...expectedOwn.keys()])].sort();
  const missing = names.filter((name) => !storedOwn.has(name));
  const unexpected = names.filter((name) => !expectedOwn.has(name) && mode === 'exact');
  const different = names.filter(
    (name) => storedOwn.has(name) && expectedOwn.has(name) && storedOwn.get(name) !== expectedOwn.get(name),
  );
  if (missing.length + unexpected.length + different.length === 0) return;
  throw new SealdropError('CONTEXT_MISMATCH', 'the object is not bound to the expected encryption context', {
    fields: { expectedNames: [...expectedOwn.keys()].sort(), missing, unexpected, different },
  });
}

/** The context as JSON in ASCII, as metadata has to be; its names sorted, so that equal contexts are equal strings. */
export function encodeContext(context: EncryptionContext): string {
  const sorted = Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(Object.fromEntries(sorted)).replace(/[^\x20-\x7e]/g, escaped);
}

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/**
 * Parses a stored context, or a material description. Clients write its JSON with different spaces, order and
 * escapes, and S3 encodes what is not ASCII.
 *
 * @throws {@link SealdropError} ENVELOPE_MALFORMED where it is not a JSON object of strings.
 */
export function parseContext(json: string): EncryptionContext {
  return parseStringMap(decodeS3Text(json), 'the stored encryption context');
}

function assertPrintableAscii(context: EncryptionContext): void {
  for (const [name, value] of Object.entries(context)) {
    if (name === '' || !/^[\x20-\x7e]*$/.test(name + value)) {
      throw new SealdropError(
        'CONTEXT_INVALID',
        'the context holds a character that other clients cannot read',
        {
          fields: { name: name.replace(/[^\x20-\x7e]/g, '?') },
        },
      );
    }
  }
}
