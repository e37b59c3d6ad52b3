import { SealdropError } from './errors.ts';

/**
 * How a data key was wrapped, by the names of the V2 format.
 *
 * Spec: data-format/content-metadata.md#v2v3-shared
 */
export type WrappingAlgorithm =
  | 'kms+context'
  | 'kms'
  | 'AES/GCM'
  | 'AESWrap'
  | 'AES'
  | 'RSA-OAEP-SHA1'
  | 'RSA/ECB/OAEPWithSHA-256AndMGF1Padding'
  | 'RSA';

/** What the format says of a wrapping algorithm. */
interface WrappingFacts {
  /** Its two digits in the V3 format; legacy algorithms have none. */
  readonly v3Value?: string;
  /** What is stored beside the wrapped key: an encryption context, or the description of a raw key. */
  readonly stores: 'encryption-context' | 'material-description';
}

const wrappingAlgorithms: Readonly<Record<WrappingAlgorithm, WrappingFacts>> = {
  'kms+context': { v3Value: '12', stores: 'encryption-context' },
  kms: { stores: 'encryption-context' },
  'AES/GCM': { v3Value: '02', stores: 'material-description' },
  AESWrap: { stores: 'material-description' },
  AES: { stores: 'material-description' },
  'RSA-OAEP-SHA1': { v3Value: '22', stores: 'material-description' },
  'RSA/ECB/OAEPWithSHA-256AndMGF1Padding': { stores: 'material-description' },
  RSA: { stores: 'material-description' },
};

/** Whether it is only ever read, and only where the reader asked for it. */
export function isLegacyWrapping(algorithm: WrappingAlgorithm): boolean {
  return wrappingAlgorithms[algorithm].v3Value === undefined;
}

/** What is stored beside a data key that was wrapped so. */
export function storedBeside(algorithm: WrappingAlgorithm): WrappingFacts['stores'] {
  return wrappingAlgorithms[algorithm].stores;
}

/**
 * The wrapping algorithm of a V2 name.
 *
 * @throws {@link SealdropError} ENVELOPE_UNSUPPORTED
 */
export function wrappingFromV2(name: string): WrappingAlgorithm {
  if (Object.hasOwn(wrappingAlgorithms, name)) return name as WrappingAlgorithm;
  throw new SealdropError('ENVELOPE_UNSUPPORTED', 'the wrapping algorithm is unknown');
}

/**
 * The wrapping algorithm of a V3 value.
 *
 * @throws {@link SealdropError} ENVELOPE_UNSUPPORTED
 */
export function wrappingFromV3(value: string): WrappingAlgorithm {
  const entry = Object.entries(wrappingAlgorithms).find(([, { v3Value }]) => v3Value === value);
  if (entry !== undefined) return entry[0] as WrappingAlgorithm;
  throw new SealdropError('ENVELOPE_UNSUPPORTED', 'the wrapping algorithm is unknown');
}

/**
 * The V3 value of a wrapping algorithm.
 *
 * @throws {@link SealdropError} ENVELOPE_UNSUPPORTED for a legacy algorithm, which V3 does not have.
 */
export function wrappingToV3(algorithm: WrappingAlgorithm): string {
  const { v3Value } = wrappingAlgorithms[algorithm];
  if (v3Value !== undefined) return v3Value;
  throw unsupportedWrapping(algorithm);
}

/** The error of a keyring that is asked for a wrapping which is not its own. */
export function unsupportedWrapping(algorithm: WrappingAlgorithm): SealdropError {
  return new SealdropError(
    'ENVELOPE_UNSUPPORTED',
    `the wrapping algorithm "${algorithm}" is not supported here`,
    {
      fields: { wrappingAlgorithm: algorithm },
    },
  );
}
