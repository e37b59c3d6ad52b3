import { Validations } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import {
  dataKeyCacheMost,
  limitsOutOfRange,
  type DataKeyCacheLimits,
  type SealSettings,
} from '../lambda/settings.ts';
import { ConfigurationError } from './configuration-error.ts';

/**
 * How far data keys are shared where nothing else is said. Five minutes: it takes KMS itself up to some minutes until
 * a disabled key is refused everywhere, so holding a data key for as long makes revoking no slower by an order. A
 * thousand objects: that many would have to be sealed anew should one data key leak, and they take one call instead
 * of a thousand. As many bytes as one object alone can hold under its data key.
 *
 * Source: AWS KMS Developer Guide, "AWS KMS eventual consistency".
 */
export const defaultDataKeyCache: DataKeyCacheLimits = {
  maxAgeSeconds: 300,
  maxMessages: 1_000,
  maxBytes: 2 ** 36 - 32,
};

/**
 * What the seal function is told of its cache: the limits that were asked for, with the defaults for the others.
 * Where each object is bound to its own key, there is none; a warning says so to whoever asked for one.
 *
 * @throws {@link ConfigurationError} where a limit is out of its range, or is none.
 */
export function dataKeyCacheOf(
  scope: Construct,
  binding: SealSettings['binding'],
  asked: Partial<DataKeyCacheLimits> | 'none' | undefined,
): SealSettings['dataKeyCache'] {
  if (asked === 'none') return 'none';
  assertLimits(asked ?? {});
  if (binding !== 'object') return withDefaults(asked ?? {});
  if (asked !== undefined) {
    Validations.of(scope).addWarning(
      'sealdrop:dataKeyCacheWithoutUse',
      'dataKeyCache has no effect with the binding "object": each object has its own encryption context, and so its ' +
        'own data key. Leave dataKeyCache out, or choose the binding "vault".',
    );
  }
  return 'none';
}

function withDefaults({
  maxAgeSeconds,
  maxMessages,
  maxBytes,
}: Partial<DataKeyCacheLimits>): DataKeyCacheLimits {
  return {
    maxAgeSeconds: maxAgeSeconds ?? defaultDataKeyCache.maxAgeSeconds,
    maxMessages: maxMessages ?? defaultDataKeyCache.maxMessages,
    maxBytes: maxBytes ?? defaultDataKeyCache.maxBytes,
  };
}

function assertLimits(limits: Partial<DataKeyCacheLimits>): void {
  const unknown = Object.keys(limits).find((each) => !Object.hasOwn(dataKeyCacheMost, each));
  if (unknown !== undefined) {
    throw new ConfigurationError(
      `dataKeyCache has no limit ${unknown}`,
      `set ${Object.keys(dataKeyCacheMost).join(', ')}, or leave them to their defaults`,
    );
  }
  const [name] = limitsOutOfRange(limits);
  if (name === undefined) return;
  throw new ConfigurationError(
    `dataKeyCache.${name} cannot be ${String(limits[name])}`,
    `set it to a whole number from 1 to ${dataKeyCacheMost[name]}, or dataKeyCache to 'none' for no cache`,
  );
}
