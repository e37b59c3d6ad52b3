import { S3Client } from '@aws-sdk/client-s3';
import {
  defaultCommitmentPolicy,
  defaultInstructionFileSuffix,
  SealdropError,
  suiteForSealing,
  type AlgorithmSuite,
  type EncryptionContext,
  type Keyring,
  type OpenPolicy,
} from '../../envelope/index.ts';
import { defaultBufferLimitBytes } from '../../operations/open-object.ts';
import { contextOf, type Vault } from '../../operations/vault.ts';
import { createS3Client } from '../clients.ts';
import { defaultPartSizeBytes } from '../../operations/part-limits.ts';

/** Where an object's envelope is stored. Spec: data-format/metadata-strategy.md#supported-metadata-strategies */
export type MetadataStrategy = 'object-metadata' | 'instruction-file';

/** What one request may ask for differently. */
export interface EncryptionRequestOptions {
  /**
   * What objects are sealed with, and must carry when they are opened.
   * @defaultValue none
   */
  readonly encryptionContext?: EncryptionContext;
  /**
   * The vault that the objects belong to, in the place of a context: it is then computed from the vault and
   * each object's key.
   */
  readonly vault?: Vault;
  /**
   * Where envelopes are written; both are always read.
   * @defaultValue `object-metadata`
   */
  readonly metadataStrategy?: MetadataStrategy;
  /**
   * What the key of an object takes for its instruction file when it is read.
   * @defaultValue `.instruction`
   */
  readonly instructionFileSuffix?: string;
}

/** How an {@link S3EncryptionClient} is made. */
export interface S3EncryptionClientOptions extends EncryptionRequestOptions, OpenPolicy {
  /** Makes and opens the data keys. */
  readonly keyring: Keyring;
  /**
   * The client that talks to S3.
   * @defaultValue one for many large transfers at once
   */
  readonly s3Client?: S3Client;
  /**
   * The name of the algorithm suite that objects are sealed with.
   * @defaultValue the one that the commitment policy asks for
   */
  readonly algorithmSuite?: string;
  /**
   * The longest plaintext that GetObject holds in memory until it is verified.
   * @defaultValue 64 MiB
   */
  readonly bufferLimitBytes?: number;
  /**
   * Whether GetObject hands out plaintext **before it is verified**: its stream ends with an error where the
   * object was altered, and whatever was read until then must be thrown away.
   * @defaultValue false
   */
  readonly delayedAuthentication?: boolean;
  /**
   * Whether GetObject answers ranges, which **nobody can verify**.
   * @defaultValue false
   */
  readonly unauthenticatedRanges?: boolean;
  /**
   * The size of the parts that a long or endless body is uploaded in.
   * @defaultValue 5 MiB; more for very long bodies
   */
  readonly partSizeBytes?: number;
  /**
   * How many parts are on their way at once.
   * @defaultValue 4
   */
  readonly partsAtOnce?: number;
}

/** The options, checked and complete. */
export interface EncryptionSettings {
  readonly keyring: Keyring;
  readonly s3: S3Client;
  readonly suite: AlgorithmSuite;
  readonly openPolicy: OpenPolicy;
  readonly release: 'buffered' | 'delayed';
  readonly bufferLimitBytes: number;
  readonly unauthenticatedRanges: boolean;
  readonly metadataStrategy: MetadataStrategy;
  readonly instructionFileSuffix: string | undefined;
  readonly vault: Vault | undefined;
  readonly partSizeBytes: number;
  readonly partsAtOnce: number;
  /** The context of the object with this key. */
  readonly contextFor: (key: string) => EncryptionContext;
}

/**
 * Checks the options, and fills in what they leave out.
 *
 * @throws {@link SealdropError} CONFIGURATION_INVALID
 */
export function resolveSettings(
  options: S3EncryptionClientOptions,
  isEncryptionClient: (client: unknown) => boolean,
): EncryptionSettings {
  const { s3Client, vault, encryptionContext = {}, delayedAuthentication = false } = options;
  const { commitmentPolicy = defaultCommitmentPolicy, legacyWrapping, legacyContent } = options;
  // Callers without types may leave it out.
  if ((options.keyring as Keyring | undefined) === undefined) throw invalid('the client needs a keyring');
  if (isEncryptionClient(s3Client)) {
    throw invalid('an encryption client cannot wrap another: content would be encrypted twice');
  }
  if (vault !== undefined && options.encryptionContext !== undefined) {
    throw invalid('"vault" and "encryptionContext" exclude each other: a vault has its own context');
  }
  if (delayedAuthentication && options.bufferLimitBytes !== undefined) {
    throw invalid(
      '"delayedAuthentication" and "bufferLimitBytes" exclude each other: nothing is buffered then',
    );
  }
  const { metadataStrategy = 'object-metadata', instructionFileSuffix } = options;
  const isOwnSuffix =
    (instructionFileSuffix ?? defaultInstructionFileSuffix) === defaultInstructionFileSuffix;
  if (metadataStrategy === 'instruction-file' && !isOwnSuffix) {
    throw invalid('another "instructionFileSuffix" is only read: the client could not read what it writes');
  }
  return {
    keyring: options.keyring,
    s3: s3Client ?? createS3Client(),
    suite: suiteForSealing(commitmentPolicy, options.algorithmSuite),
    openPolicy: {
      commitmentPolicy,
      ...(legacyWrapping === undefined ? {} : { legacyWrapping }),
      ...(legacyContent === undefined ? {} : { legacyContent }),
    },
    release: delayedAuthentication ? 'delayed' : 'buffered',
    bufferLimitBytes: atLeast(1, 'bufferLimitBytes', options.bufferLimitBytes ?? defaultBufferLimitBytes),
    unauthenticatedRanges: options.unauthenticatedRanges ?? false,
    metadataStrategy,
    instructionFileSuffix,
    vault,
    partSizeBytes: atLeast(
      defaultPartSizeBytes,
      'partSizeBytes',
      options.partSizeBytes ?? defaultPartSizeBytes,
    ),
    partsAtOnce: atLeast(1, 'partsAtOnce', options.partsAtOnce ?? 4),
    contextFor: (key) => (vault === undefined ? encryptionContext : contextOf(vault, key)),
  };
}

function atLeast(least: number, name: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw invalid(`"${name}" must be a whole number of at least ${least}`);
}

function invalid(message: string): SealdropError {
  return new SealdropError('CONFIGURATION_INVALID', message);
}
