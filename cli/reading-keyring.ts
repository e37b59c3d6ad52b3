import { RawRsaKeyring } from '../aws/index.ts';
import { SealdropError, type Keyring } from '../envelope/index.ts';
import type { CachingKeyring } from '../operations/caching-keyring.ts';
import { hasCode } from '../operations/has-code.ts';
import type { Vault } from '../operations/vault.ts';
import { assertNothingCached, type CacheFlags } from './cache-options.ts';
import type { KeyFlags, VaultFlags } from './options.ts';
import { readPrivateKey } from './pem-file.ts';
import { openKeyring, vaultOf } from './session.ts';
import { UsageError } from './usage-error.ts';

/** The options that name what opens data keys. */
export interface ReadingKeyFlags extends KeyFlags, CacheFlags {
  /** The path of a private RSA key, in the place of a KMS key. */
  readonly rsaPrivateKey?: string;
}

/** A keyring of somebody who opens objects, to be closed when all is done; over KMS it counts its calls. */
export type ReadingKeyring = CachingKeyring | (Keyring & { readonly close: () => void });

/**
 * The keyring that opens: over a private RSA key where one is named, over KMS otherwise.
 *
 * @throws {@link UsageError} where no key was named, or a cache for an RSA key; {@link SealdropError}
 *   CONFIGURATION_INVALID, FILE_NOT_FOUND, …
 */
export async function openReadingKeyring(flags: ReadingKeyFlags): Promise<ReadingKeyring> {
  if (flags.rsaPrivateKey === undefined) return openKeyring(flags);
  assertNothingCached(flags, '--rsa-private-key');
  const keyring = new RawRsaKeyring({ privateKey: await readPrivateKey(flags.rsaPrivateKey) });
  return {
    generateDataKey: (context, suite) => keyring.generateDataKey(context, suite),
    decryptDataKey: (encryptedDataKey) => keyring.decryptDataKey(encryptedDataKey),
    close: () => undefined,
  };
}

/**
 * What the objects are bound to, as the reader knows it. An RSA key authenticates no context: an expected one would
 * never be met, and a vault in the environment says nothing.
 *
 * @throws {@link UsageError} where the binding needs a vault, or a context stands beside an RSA key.
 */
export function readingVaultOf(flags: VaultFlags & ReadingKeyFlags): Vault {
  if (flags.rsaPrivateKey === undefined) return vaultOf(flags);
  if (flags.bind === 'vault' || Object.keys(flags.context).length > 0) {
    throw new UsageError(
      'an RSA key authenticates no encryption context',
      'leave out --bind and --context: with --rsa-private-key objects are bound to nothing',
    );
  }
  return { vaultId: '', binding: 'none' };
}

/**
 * An error of opening, with a hint for who named an RSA key and not the share for it: what stands beside the object
 * by default is for another key.
 */
export function hintedForRsaKey(error: unknown, { rsaPrivateKey }: ReadingKeyFlags): unknown {
  if (rsaPrivateKey === undefined || !hasCode(error, 'CONTEXT_MISMATCH', 'ENVELOPE_UNSUPPORTED'))
    return error;
  return new SealdropError(error.code, error.message, {
    fields: error.fields,
    hint: 'no RSA key wraps this: name the suffix of the share for yours (--instruction-file-suffix .partner), or a KMS key (--key)',
  });
}
