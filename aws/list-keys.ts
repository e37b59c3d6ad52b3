import {
  DescribeKeyCommand,
  paginateListAliases,
  paginateListKeys,
  type AliasListEntry,
  type KeyListEntry,
  type KMSClient,
} from '@aws-sdk/client-kms';
import { pMapIterable } from 'p-map';
import { SealdropError } from '../envelope/index.ts';
import { createKmsClient } from './clients.ts';
import {
  describedKey,
  hasRotationSchedule,
  undescribedKey,
  type KeyDescription,
  type KeyListing,
  type RotationListing,
} from './key-listing.ts';
import { rotationOf } from './key-rotations.ts';
import { present, toKmsError } from './kms-errors.ts';

/** How many calls about single keys are on their way at once. */
const callsAtOnce = 8;

/** A key of the account, and its names. */
type NamedKey = Pick<KeyListing, 'keyArn' | 'aliases'>;

/**
 * Every KMS key of the client's account and Region: those with an alias in the order of their first alias, then
 * the others in the order of their ARNs. A key that may not be described is listed with what is known of it.
 *
 * @throws {@link SealdropError} ACCESS_DENIED where keys or aliases may not be listed, THROTTLED, ABORTED,
 *   CREDENTIALS_MISSING, REGION_MISSING, SERVICE_FAILED, SERVICE_UNAVAILABLE.
 */
export async function* listKeys(
  client: KMSClient = createKmsClient(),
  signal?: AbortSignal,
): AsyncGenerator<KeyListing> {
  const stop = new AbortController();
  const abortSignal = signal === undefined ? stop.signal : AbortSignal.any([stop.signal, signal]);
  const kms: Kms = { client, options: { abortSignal } };
  try {
    const [keys, aliases] = await Promise.all([allKeys(kms), allAliases(kms)]);
    yield* pMapIterable(namedKeys(keys, aliases), (key) => listing(kms, key), { concurrency: callsAtOnce });
  } finally {
    // What is still under way is for nobody.
    stop.abort();
  }
}

/** Where the calls of one list go. */
interface Kms {
  readonly client: KMSClient;
  readonly options: { readonly abortSignal: AbortSignal };
}

async function allKeys({ client, options }: Kms): Promise<KeyListEntry[]> {
  return call('kms:ListKeys', '*', async () => {
    const keys: KeyListEntry[] = [];
    for await (const { Keys = [] } of paginateListKeys({ client, pageSize: 1000 }, {}, options)) {
      keys.push(...Keys);
    }
    return keys;
  });
}

async function allAliases({ client, options }: Kms): Promise<AliasListEntry[]> {
  return call('kms:ListAliases', '*', async () => {
    const aliases: AliasListEntry[] = [];
    for await (const { Aliases = [] } of paginateListAliases({ client, pageSize: 100 }, {}, options)) {
      aliases.push(...Aliases);
    }
    return aliases;
  });
}

async function listing(kms: Kms, key: NamedKey): Promise<KeyListing> {
  const description = await descriptionOf(kms, key);
  const rotation = hasRotationSchedule(description) ? await rotationIfTold(kms, key) : undefined;
  return { ...key, ...description, ...(rotation && { rotation }) };
}

async function descriptionOf(kms: Kms, { keyArn, aliases }: NamedKey): Promise<KeyDescription> {
  try {
    const { KeyMetadata } = await call('kms:DescribeKey', keyArn, () =>
      kms.client.send(new DescribeKeyCommand({ KeyId: keyArn }), kms.options),
    );
    return describedKey(present(KeyMetadata, 'KeyMetadata'));
  } catch (error) {
    return undescribedKey(aliases, aboutOneKey(error));
  }
}

async function rotationIfTold(kms: Kms, { keyArn }: NamedKey): Promise<RotationListing | undefined> {
  try {
    return await rotationOf(kms.client, keyArn, kms.options.abortSignal);
  } catch (error) {
    aboutOneKey(error);
    return undefined;
  }
}

async function call<Output>(action: string, resource: string, send: () => Promise<Output>): Promise<Output> {
  try {
    return await send();
  } catch (error) {
    throw toKmsError(error, action, resource);
  }
}

/**
 * The failure of a call, where it says something of that key alone.
 *
 * @throws the failure, where the calls about other keys would fail as well.
 */
function aboutOneKey(failure: unknown): SealdropError {
  const isOfKey =
    failure instanceof SealdropError && (failure.code === 'ACCESS_DENIED' || failure.code.startsWith('KEY_'));
  if (isOfKey) return failure;
  throw failure;
}

function namedKeys(keys: readonly KeyListEntry[], aliases: readonly AliasListEntry[]): NamedKey[] {
  // An alias that AWS has reserved and not used yet has no key.
  const aliasesOf = Map.groupBy(aliases, ({ TargetKeyId }) => TargetKeyId);
  const named = keys.map(({ KeyId = '', KeyArn = KeyId }) => ({
    keyArn: KeyArn,
    aliases: (aliasesOf.get(KeyId) ?? []).map(({ AliasName = '' }) => AliasName).sort(),
  }));
  return named.sort((a, b) => (sortedAs(a) < sortedAs(b) ? -1 : 1));
}

/** No alias has a "~". */
function sortedAs({ keyArn, aliases: [first = '~'] }: NamedKey): string {
  return `${first} ${keyArn}`;
}
