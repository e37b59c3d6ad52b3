import { createKmsClient, KmsKeyring, PacedKeyring, RequestPace } from '../aws/index.ts';
import type { RewrappingKeyring, WrappingRecord } from '../envelope/index.ts';
import { hasCode } from '../operations/has-code.ts';
import { retryWhileThrottled } from '../operations/retry-while-throttled.ts';
import { describeKey, type KeyClient } from './described-key.ts';
import type { KeyFlags } from './options.ts';
import { keyOf } from './session.ts';

/** The options of whoever wraps data keys anew. */
export interface WrappingFlags extends KeyFlags {
  readonly toKey?: string;
  readonly requestsPerSecond: number;
}

/** Moves data keys to one wrapping, at the pace that the user gave. */
export interface WrappingSession {
  /** The wrapping that data keys move to. */
  readonly current: WrappingRecord;
  /** Opens and rewraps what any of the keys wrapped; makes data keys under the one that wraps from now on. */
  readonly keyring: RewrappingKeyring;
  /** How many keys may have to be asked which of them wrapped. */
  readonly keysAsked: number;
}

/** A client that sends nothing again by itself, which would exceed the pace: what is throttled takes its turn. */
export function pacedKeyClient(region?: string): KeyClient {
  return createKmsClient({ maxAttempts: 1, ...(region === undefined ? {} : { region }) });
}

/**
 * Finds out which wrapping is the current one. KMS is asked to describe the keys, and nothing else.
 *
 * @throws {@link UsageError} where no key was named; {@link SealdropError} KEY_NOT_FOUND, KEY_DISABLED,
 *   ACCESS_DENIED where the key that is to wrap may not be described, …
 */
export async function openWrapping(
  flags: WrappingFlags,
  client: KeyClient,
  signal: AbortSignal,
): Promise<WrappingSession> {
  const { toKey, acceptKey = [], requestsPerSecond } = flags;
  const [keyId = '', ...others] = [...(toKey === undefined ? [] : [toKey]), keyOf(flags), ...acceptKey];
  const toWrap = new KmsKeyring({ keyId, client });
  const current = await retryWhileThrottled(() => toWrap.currentWrapping(signal), { signal });
  const accepted = await Promise.all(others.map((each) => arnOf(each, client, signal)));
  const keyring = new KmsKeyring({
    ...{ keyId: current.keyArn, client },
    acceptedKeyIds: [...new Set(accepted)].filter((each) => each !== current.keyArn),
  });
  return {
    current,
    keyring: new PacedKeyring(keyring, new RequestPace({ perSecond: requestsPerSecond })),
    keysAsked: new Set([current.keyArn, ...accepted]).size,
  };
}

/** By its ARN, a key that an object records is asked first. Where it may not be described, its name does. */
async function arnOf(keyId: string, client: KeyClient, signal: AbortSignal): Promise<string> {
  try {
    return (await describeKey(keyId, client, signal)).keyArn;
  } catch (error) {
    if (hasCode(error, 'ACCESS_DENIED')) return keyId;
    throw error;
  }
}
