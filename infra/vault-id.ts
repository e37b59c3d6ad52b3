import { ConfigurationError } from './configuration-error.ts';

/** What a vault's logical id looks like. The functions ask for the same when they start. */
export const vaultIdPattern = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** @throws {@link ConfigurationError} where the functions would not take the id. */
export function assertVaultId(vaultId: string): void {
  if (vaultIdPattern.test(vaultId)) return;
  throw new ConfigurationError(
    `"${vaultId}" cannot be the id of a vault`,
    'use 1 to 63 lower-case letters, digits and hyphens',
  );
}
