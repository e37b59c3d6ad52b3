import { createHash, type KeyObject } from 'node:crypto';
import { RawRsaKeyring } from '../aws/index.ts';
import type { Binding, EncryptionContext } from '../envelope/index.ts';
import type { ShareRecipient } from '../operations/share-recipient.ts';
import type { Vault } from '../operations/vault.ts';
import type { KeyClient } from './described-key.ts';
import { readPublicKey } from './pem-file.ts';
import { vaultOf } from './session.ts';
import { UsageError } from './usage-error.ts';
import { openWrapping, type WrappingFlags } from './wrapping-session.ts';

/** The options that say with whom objects are shared. */
export interface RecipientFlags extends Omit<WrappingFlags, 'toKey'> {
  /** A KMS key, or the path of a public key. */
  readonly to?: string;
  readonly toBind?: Binding;
  readonly toContext?: EncryptionContext;
}

/**
 * With whom objects are shared. KMS is asked to describe the keys, and nothing else.
 *
 * @param vault - what the objects are bound to
 * @throws {@link UsageError}; {@link SealdropError} CONFIGURATION_INVALID for what is no public RSA key of 2048 bits,
 *   KEY_NOT_FOUND, KEY_DISABLED, ACCESS_DENIED, …
 */
export async function openRecipient(
  flags: RecipientFlags,
  vault: Vault,
  client: KeyClient,
  signal: AbortSignal,
): Promise<ShareRecipient> {
  const { to = '', toBind, toContext, ...wrapping } = flags;
  if (to === '') {
    throw new UsageError(
      'nobody was named to share with',
      'name a KMS key, or the PEM file of a public RSA key: --to',
    );
  }
  if (isKmsKey(to)) {
    const { keyring, current } = await openWrapping({ ...wrapping, toKey: to }, client, signal);
    return { kind: 'kms', keyring, current, ...vaultAfter(vault, flags) };
  }
  if (toBind !== undefined || toContext !== undefined) {
    throw new UsageError(
      '--to-bind and --to-context are for KMS keys',
      'leave them out: an RSA key authenticates no encryption context',
    );
  }
  const publicKey = await readPublicKey(to);
  const wrapper = new RawRsaKeyring({ publicKey });
  const { keyring } = await openWrapping(wrapping, client, signal);
  return { kind: 'public-key', keyring, wrapper, fingerprint: fingerprintOf(publicKey) };
}

/** By what it is called: an ARN, an alias, or a key id. All else is the path of a file. */
export function isKmsKey(to: string): boolean {
  return /^(arn:|alias\/|mrk-[0-9a-f]{32}$|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$)/.test(to);
}

/** The SHA-256 of a public key, as `openssl pkey -pubin -outform der | sha256sum` tells it. */
function fingerprintOf(publicKey: KeyObject): string {
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex');
}

function vaultAfter(vault: Vault, { toBind, toContext }: RecipientFlags): { readonly vault?: Vault } {
  if (toBind === undefined && toContext === undefined) return {};
  const context = toContext ?? vault.extraContext ?? {};
  return { vault: vaultOf({ vault: vault.vaultId, bind: toBind ?? vault.binding, context }) };
}
