import { ConfigurationError } from './configuration-error.ts';

/** Whether a text can be a vault's logical id. The functions ask the same when they start. */
export function isVaultId(text: string): boolean {
  return /^[a-z0-9][a-z0-9-]{0,62}$/.test(text);
}

/** @throws {@link ConfigurationError} where the functions would not take the id. */
export function assertVaultId(vaultId: string): void {
  if (isVaultId(vaultId)) return;
  throw new ConfigurationError(
    `"${vaultId}" cannot be the id of a vault`,
    'use 1 to 63 lower-case letters, digits and hyphens',
  );
}
