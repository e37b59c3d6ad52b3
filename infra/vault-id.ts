import { isVaultId } from '../lambda/settings.ts';
import { ConfigurationError } from './configuration-error.ts';

/** @throws {@link ConfigurationError} where the functions would not take the id. */
export function assertVaultId(vaultId: string): void {
  if (isVaultId(vaultId)) return;
  throw new ConfigurationError(
    `"${vaultId}" cannot be the id of a vault`,
    'use 1 to 63 lower-case letters, digits and hyphens',
  );
}
