import { createKmsClient, KmsKeyring } from '../aws/index.ts';
import { SealdropError } from '../envelope/index.ts';
import { retryWhileThrottled } from '../operations/retry-while-throttled.ts';

/** What reaches KMS for a run of the command. */
export type KeyClient = ReturnType<typeof createKmsClient>;

/** A key as KMS describes it. */
export interface DescribedKey {
  readonly keyArn: string;
  /** In KMS's own words. */
  readonly metadata: Awaited<ReturnType<KmsKeyring['describeKey']>>;
}

/** A client for calls about single keys. */
export function keyClient(region?: string): KeyClient {
  return createKmsClient(region === undefined ? {} : { region });
}

/**
 * What KMS tells of a key. Most calls take no alias: they want its ARN.
 *
 * @throws {@link SealdropError} KEY_NOT_FOUND, ACCESS_DENIED, …
 */
export async function describeKey(
  keyId: string,
  client: KeyClient,
  signal: AbortSignal,
): Promise<DescribedKey> {
  const keyring = new KmsKeyring({ keyId, client });
  const metadata = await retryWhileThrottled(() => keyring.describeKey(signal), { signal });
  if (metadata.Arn === undefined) throw new SealdropError('SERVICE_FAILED', 'KMS answered without Arn');
  return { keyArn: metadata.Arn, metadata };
}
