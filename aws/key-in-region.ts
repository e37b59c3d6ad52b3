import { SealdropError } from '../envelope/index.ts';

/** What the ARN of a key, or of an alias, tells. */
interface KeyArn {
  readonly region: string;
  readonly kind: 'multi-Region key' | 'single-Region key' | 'alias';
}

/**
 * Says what a failure about a key has to do with Regions, where it has: a key that is named by its ARN in one
 * Region, and asked for in another, and the state and policy that each Region of a multi-Region key has of its own.
 *
 * Source: AWS KMS Developer Guide, "Multi-Region keys in AWS KMS", "Control access to multi-Region keys".
 *
 * @param keyId - as the caller named it
 * @param region - the client's
 */
export function explainedByRegion(failure: SealdropError, keyId: string, region: string): SealdropError {
  const arn = parseKeyArn(keyId);
  if (arn === undefined) return failure;
  const { kind } = arn;
  const isElsewhere = arn.region !== region;
  if (failure.code === 'KEY_DISABLED' && kind === 'multi-Region key') {
    const hint = `enable the key in ${region}: each Region of a multi-Region key is enabled by itself`;
    return withHint(failure, failure.code, hint);
  }
  if (failure.code === 'KEY_NOT_FOUND' && isElsewhere) {
    return withHint(failure, 'KEY_NOT_IN_REGION', absenceHints[kind](arn.region, region));
  }
  if (failure.code === 'ACCESS_DENIED' && isElsewhere) {
    // KMS tells whether there is such a key only to those who may use it.
    const hint =
      kind === 'multi-Region key'
        ? `the key policy in ${region} is one of its own: grant the named action to this principal there; or there is no replica`
        : absenceHints[kind](arn.region, region);
    return withHint(failure, failure.code, hint);
  }
  return failure;
}

const absenceHints: Readonly<Record<KeyArn['kind'], (home: string, here: string) => string>> = {
  'multi-Region key': (home, here) =>
    `make a replica of the key in ${here} (aws kms replicate-key), or work in ${home}`,
  'single-Region key': (home, here) =>
    `a single-Region key of ${home} can never be used in ${here}: work in ${home}; move data keys to a multi-Region key to be safe`,
  alias: (home, here) => `an alias of ${home} is none of ${here}: make one there, or name the key by its ARN`,
};

function parseKeyArn(keyId: string): KeyArn | undefined {
  const [, region, resource, id = ''] = /^arn:[^:]+:kms:([^:]+):\d*:(key|alias)\/(.+)$/.exec(keyId) ?? [];
  if (region === undefined) return undefined;
  if (resource === 'alias') return { region, kind: 'alias' };
  return { region, kind: id.startsWith('mrk-') ? 'multi-Region key' : 'single-Region key' };
}

function withHint(
  { message, cause, fields }: SealdropError,
  code: SealdropError['code'],
  hint: string,
): SealdropError {
  return new SealdropError(code, message, { cause, fields, hint });
}
