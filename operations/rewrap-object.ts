import {
  classify,
  rewrapEnvelope,
  SealdropError,
  withoutEnvelope,
  type RewrappingKeyring,
  type WrappingRecord,
} from '../envelope/index.ts';
import { assertMetadataFits } from './metadata-limits.ts';
import type { ObjectAddress, ObjectStore } from './object-store.ts';
import { retryWhileChanged } from './retry-while-changed.ts';
import { recordsWrapping, withoutWrappingEntries, wrappingEntries } from './records.ts';
import { contextOf, type Vault } from './vault.ts';

/** What rewrapping needs. */
export interface RewrapOptions {
  readonly store: ObjectStore;
  readonly keyring: RewrappingKeyring;
  readonly vault: Vault;
  /** The wrapping that an object is moved to; an object that records it is left alone. */
  readonly current: WrappingRecord;
  readonly signal?: AbortSignal;
}

/** What S3 copies in one request. */
const maxCopyBytes = 5 * 2 ** 30;

/** How rewrapping one object ended. */
export type RewrapOutcome = 'rewrapped' | 'current' | 'not-sealed';

/**
 * Moves one object's data key to the newest material of the wrapping key, without reading the content. The
 * object is either in the old wrapping or in the new one, never in between, and a newer object that is
 * written meanwhile stays: it is looked at instead.
 *
 * @throws {@link SealdropError} COPY_TOO_LARGE over 5 GiB, OBJECT_CHANGED where it keeps changing, and what {@link rewrapEnvelope} and
 *   the store throw.
 */
export function rewrapObject(address: ObjectAddress, options: RewrapOptions): Promise<RewrapOutcome> {
  return retryWhileChanged(() => rewrapAsItStands(address, options));
}

async function rewrapAsItStands(address: ObjectAddress, options: RewrapOptions): Promise<RewrapOutcome> {
  const { store, keyring, vault, current, signal } = options;
  const object = await store.head(address, signal);
  if (classify(object.metadata) === 'none') return 'not-sealed';
  if (recordsWrapping(object.metadata, current)) return 'current';
  if (object.lengthBytes > maxCopyBytes) {
    throw new SealdropError('COPY_TOO_LARGE', 'the object is too large to be copied in one request', {
      fields: { lengthBytes: object.lengthBytes, maxCopyBytes },
    });
  }
  const rewrapped = await rewrapEnvelope(keyring, object.metadata, contextOf(vault, address.key), signal);
  const metadata = {
    ...withoutWrappingEntries(withoutEnvelope(object.metadata)),
    ...rewrapped.metadata,
    ...wrappingEntries(rewrapped.wrapping),
  };
  assertMetadataFits(metadata);
  await store.replaceMetadata(object, metadata, signal);
  return 'rewrapped';
}
