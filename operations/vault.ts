import { bindContext, type Binding, type EncryptionContext } from '../envelope/index.ts';

/** How the objects of a vault are bound; what a reader knows without asking the objects. */
export interface Vault {
  /** The vault's logical id. */
  readonly vaultId: string;
  readonly binding: Binding;
  /** Further context pairs of the user's own. */
  readonly extraContext?: EncryptionContext;
}

/**
 * The context that the object at `objectKey` of a vault is sealed with and must be opened with.
 *
 * @throws {@link SealdropError} CONTEXT_INVALID
 */
export function contextOf({ vaultId, binding, extraContext }: Vault, objectKey: string): EncryptionContext {
  return bindContext(binding, { vaultId, objectKey }, extraContext);
}
