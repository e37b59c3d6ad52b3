import { createKmsClient, KmsKeyring } from '../aws/index.ts';
import type { OpenPolicy } from '../envelope/index.ts';
import { CachingKeyring } from '../operations/caching-keyring.ts';
import type { Vault } from '../operations/vault.ts';
import { assertCacheFlags, type CacheFlags } from './cache-options.ts';
import type { KeyFlags, ReaderFlags, VaultFlags } from './options.ts';
import { UsageError } from './usage-error.ts';

/**
 * The keyring of one run of the command: each data key is asked for once, where that is safe, and the user wants it.
 *
 * @throws {@link UsageError} where no wrapping key was named, and for limits of no cache.
 */
export function openKeyring(flags: KeyFlags & CacheFlags): CachingKeyring {
  const { acceptKey, region } = flags;
  assertCacheFlags(flags);
  const key = keyOf(flags);
  const keyring = new KmsKeyring({
    keyId: key,
    acceptedKeyIds: acceptKey ?? [],
    client: createKmsClient(region === undefined ? {} : { region }),
  });
  const { cacheMaxAge, cacheMaxMessages: maxMessages = 1000, cacheMaxBytes } = flags;
  const maxAge = cacheMaxAge === undefined ? {} : { maxAgeSeconds: cacheMaxAge };
  const caching = new CachingKeyring({
    ...{ keyring, keyId: key },
    sealing: { ...maxAge, maxMessages, ...(cacheMaxBytes === undefined ? {} : { maxBytes: cacheMaxBytes }) },
    opening: { ...maxAge, capacity: 1000 },
  });
  // Closed, it holds nothing, and still counts.
  if (flags.cache === false) caching.close();
  return caching;
}

/** @throws {@link UsageError} where no wrapping key was named. */
export function keyOf({ key }: KeyFlags): string {
  if (key !== undefined && key !== '') return key;
  throw new UsageError(
    'no wrapping key was named',
    'name it with --key, or in the environment as SEALDROP_KEY',
  );
}

/**
 * What the objects are bound to, as the user knows it.
 *
 * @throws {@link UsageError} where the binding needs a vault.
 */
export function vaultOf({ vault, bind, context }: VaultFlags): Vault {
  if ((vault ?? '') === '' && bind !== 'none') {
    throw new UsageError(
      `the binding "${bind}" needs the id of the vault`,
      'name it with --vault, or in the environment as SEALDROP_VAULT; or bind to nothing with --bind none',
    );
  }
  return { vaultId: vault ?? '', binding: bind, extraContext: context };
}

/** What a reader accepts. */
export function openPolicyOf(flags: ReaderFlags): OpenPolicy & { readonly instructionFileSuffix?: string } {
  const { commitmentPolicy, legacyWrapping = false, legacyContent = false, instructionFileSuffix } = flags;
  return {
    ...{ commitmentPolicy, legacyWrapping, legacyContent },
    ...(instructionFileSuffix === undefined ? {} : { instructionFileSuffix }),
  };
}
