import { CachingKeyring, createKmsClient, KmsKeyring, type Keyring } from '../aws/index.ts';
import { handlerOptions } from '../aws/clients.ts';
import { CircuitKeyring } from '../operations/circuit-keyring.ts';
import type { SealSettings } from './settings.ts';
import { wakingClock } from './waking-clock.ts';

/** How often a call to KMS is tried. */
const tries = 3;

/** How long KMS may stay silent in each try; it answers within milliseconds. */
const silenceMilliseconds = 3_000;

/** For how long nobody asks a KMS that could not be reached. */
const pauseSeconds = 10;

/** What the seal function asks for data keys. */
export interface SealingKeyring {
  readonly keyring: Keyring;
  /** The part of it that shares data keys, where the binding allows that and the settings ask for it. */
  readonly cache: CachingKeyring | undefined;
}

/**
 * The keyring of the seal function. It does a bounded amount of waiting while KMS cannot be reached: a call fails
 * after three tries of 3 seconds, which is 10 seconds with the waits between them; for 10 seconds after that every
 * other fails at once. So an invocation with five drops fails each within about 10 seconds, of the 900 that it has,
 * and one with a thousand spends 10 seconds of every 20 on KMS, and the rest on failing.
 *
 * @throws {@link SealdropError} KEY_NOT_CUSTOMER_MANAGED, KEY_NOT_FOUND for an id that cannot be one.
 */
export function createSealingKeyring(settings: SealSettings): SealingKeyring {
  const { keyArn, binding, dataKeyCache } = settings;
  const now = wakingClock();
  const client = createKmsClient({ maxAttempts: tries, requestHandler: handlerOptions(silenceMilliseconds) });
  const kms = new KmsKeyring({ keyId: keyArn, client });
  const keyring = new CircuitKeyring({ keyring: kms, pauseSeconds, now });
  if (binding === 'object' || dataKeyCache === 'none') return { keyring, cache: undefined };
  const cache = new CachingKeyring({ keyring, keyId: keyArn, sealing: dataKeyCache, now });
  return { keyring: cache, cache };
}
