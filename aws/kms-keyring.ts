import {
  DecryptCommand,
  DescribeKeyCommand,
  GenerateDataKeyCommand,
  ReEncryptCommand,
  type ReEncryptCommandOutput,
  type KeyMetadata,
  type KMSClient,
} from '@aws-sdk/client-kms';
import {
  authenticationFailure,
  SealdropError,
  storedBeside,
  unsupportedWrapping,
  type AlgorithmSuite,
  type EncryptedDataKey,
  type EncryptionContext,
  type GeneratedDataKey,
  type PlaintextDataKey,
  type RewrappedDataKey,
  type RewrappingKeyring,
  type WrappingRecord,
} from '../envelope/index.ts';
import { isSameKey } from '../operations/same-key.ts';
import { createKmsClient } from './clients.ts';
import { explainedByRegion } from './key-in-region.ts';
import { present, toKmsError } from './kms-errors.ts';
import { interceptPlaintext } from './plaintext-interceptor.ts';
import { RememberedAnswers } from './remembered-answers.ts';
import { assertUsableAsWrappingKey, assertWrappingKeyId, inRegion, keyStoreFailure } from './wrapping-key.ts';
import { requestOptions } from './request-options.ts';

/** What a {@link KmsKeyring} is made of. */
export interface KmsKeyringOptions {
  /**
   * The wrapping key: an ARN, a key id, or an alias (`alias/name` or its ARN). The ARN of a multi-Region key
   * stands for its replica in the client's Region.
   */
  readonly keyId: string;
  /**
   * Further keys whose data keys are opened, but that wrap nothing new: while a vault moves to another key.
   * @defaultValue none
   */
  readonly acceptedKeyIds?: readonly string[];
  /**
   * A client of the caller's own, which then hands data keys out as bytes that were never parsed.
   * @defaultValue one that backs off when KMS throttles
   */
  readonly client?: KMSClient;
}

/**
 * A keyring over an AWS KMS key. It wraps with the encryption context (`12`), and opens the wrapping of older
 * clients (`kms`) too, where the reader asks for that.
 *
 * Spec: materials/s3-kms-keyring.md
 */
export class KmsKeyring implements RewrappingKeyring {
  readonly #client: KMSClient;
  readonly #keyId: string;
  readonly #acceptedKeyIds: readonly string[];
  /** What each key is, or what is wrong with it; nothing where it does not tell. */
  readonly #descriptions = new RememberedAnswers<KeyMetadata | SealdropError | undefined>({
    maxAgeMilliseconds: 60_000,
  });

  /** @throws {@link SealdropError} KEY_NOT_CUSTOMER_MANAGED, KEY_NOT_FOUND for an id that cannot be one. */
  constructor({ keyId, acceptedKeyIds = [], client = createKmsClient() }: KmsKeyringOptions) {
    for (const id of [keyId, ...acceptedKeyIds]) assertWrappingKeyId(id);
    this.#keyId = keyId;
    this.#acceptedKeyIds = acceptedKeyIds;
    this.#client = client;
    interceptPlaintext(client);
  }

  /** @throws {@link SealdropError} KEY_NOT_FOUND, KEY_DISABLED, KEY_PENDING_DELETION, ACCESS_DENIED, … */
  async generateDataKey(
    context: EncryptionContext,
    suite: AlgorithmSuite,
    signal?: AbortSignal,
  ): Promise<GeneratedDataKey> {
    const response = await this.#call('kms:GenerateDataKey', this.#keyId, (KeyId) =>
      this.#client.send(
        new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256', EncryptionContext: context }),
        requestOptions(signal),
      ),
    );
    return withPlaintext(response.Plaintext, () => ({
      encryptedDataKey: {
        wrappingAlgorithm: 'kms+context',
        ciphertext: present(response.CiphertextBlob, 'CiphertextBlob'),
        context,
        suite,
      },
      wrapping: record(response.KeyId, response.KeyMaterialId),
    }));
  }

  /** @throws {@link SealdropError} AUTHENTICATION_FAILED, KEY_MISMATCH, KEY_DISABLED, ACCESS_DENIED, … */
  async decryptDataKey(
    { wrappingAlgorithm, ciphertext, context }: EncryptedDataKey,
    signal?: AbortSignal,
  ): Promise<PlaintextDataKey> {
    if (storedBeside(wrappingAlgorithm) !== 'encryption-context')
      throw unsupportedWrapping(wrappingAlgorithm);
    const response = await this.#callWhicheverWrapped('kms:Decrypt', (KeyId) =>
      this.#client.send(
        new DecryptCommand({ KeyId, CiphertextBlob: ciphertext, EncryptionContext: context }),
        requestOptions(signal),
      ),
    );
    return withPlaintext(response.Plaintext, () => ({
      wrapping: record(response.KeyId, response.KeyMaterialId),
    }));
  }

  /** @throws {@link SealdropError} AUTHENTICATION_FAILED, KEY_MISMATCH, KEY_DISABLED, ACCESS_DENIED, … */
  async rewrapDataKey(
    encryptedDataKey: EncryptedDataKey,
    to: EncryptionContext,
    signal?: AbortSignal,
    noted?: WrappingRecord,
  ): Promise<RewrappedDataKey> {
    const send: Send<ReEncryptCommandOutput> = (SourceKeyId, region) =>
      this.#client.send(
        new ReEncryptCommand({
          CiphertextBlob: encryptedDataKey.ciphertext,
          SourceKeyId,
          SourceEncryptionContext: encryptedDataKey.context,
          DestinationKeyId: inRegion(this.#keyId, region),
          DestinationEncryptionContext: to,
        }),
        requestOptions(signal),
      );
    const response = await this.#callWhicheverWrapped('kms:ReEncrypt', send, noted?.keyArn, this.#keyId);
    const ciphertext = present(response.CiphertextBlob, 'CiphertextBlob');
    return {
      encryptedDataKey: { ...encryptedDataKey, ciphertext, context: to },
      wrapping: record(response.KeyId, response.DestinationKeyMaterialId),
    };
  }

  /** @throws {@link SealdropError} KEY_NOT_FOUND, KEY_NOT_CUSTOMER_MANAGED, KEY_DISABLED, … */
  async currentWrapping(signal?: AbortSignal): Promise<WrappingRecord> {
    const metadata = await this.describeKey(signal);
    assertUsableAsWrappingKey(metadata);
    return record(metadata.Arn, metadata.CurrentKeyMaterialId);
  }

  /**
   * What KMS tells of the wrapping key.
   *
   * @throws {@link SealdropError} KEY_NOT_FOUND, ACCESS_DENIED, …
   */
  async describeKey(signal?: AbortSignal): Promise<KeyMetadata> {
    return this.#describe(this.#keyId, signal);
  }

  async #describe(keyId: string, signal?: AbortSignal): Promise<KeyMetadata> {
    const response = await this.#call('kms:DescribeKey', keyId, (KeyId) =>
      this.#client.send(new DescribeKeyCommand({ KeyId }), requestOptions(signal)),
    );
    return present(response.KeyMetadata, 'KeyMetadata');
  }

  /**
   * A wrapped data key does not tell which of the accepted keys wrapped it; KMS does. A key that was noted goes
   * first, if it is one of them.
   *
   * @param to - the key that is to wrap, where one is
   */
  async #callWhicheverWrapped<Output>(
    action: string,
    send: Send<Output>,
    noted?: string,
    to?: string,
  ): Promise<Output> {
    let mismatch: unknown;
    const accepted = [this.#keyId, ...this.#acceptedKeyIds];
    const isNoted = (id: string): boolean => noted !== undefined && isSameKey(id, noted);
    const inTurn = [...accepted.filter(isNoted), ...accepted.filter((id) => !isNoted(id))];
    for (const keyId of inTurn) {
      try {
        return await this.#call(action, keyId, send, to);
      } catch (error) {
        if (!(error instanceof SealdropError && error.code === 'KEY_MISMATCH')) throw error;
        mismatch = error;
      }
    }
    throw accepted.length === 1 && /(^|:)alias\//.test(this.#keyId)
      ? aliasElsewhere(this.#keyId, action, mismatch)
      : mismatch;
  }

  async #call<Output>(action: string, keyId: string, send: Send<Output>, to = keyId): Promise<Output> {
    let region = '';
    try {
      region = await this.#client.config.region();
      return await send(inRegion(keyId, region), region);
    } catch (error) {
      const here = (id: string): string => (region === '' ? id : inRegion(id, region));
      // It may be either key that is in the way.
      const keys = to === keyId ? here(keyId) : `${here(keyId)} to ${here(to)}`;
      const failure = toKmsError(error, action, keys);
      if (failure.code === 'AUTHENTICATION_FAILED') throw authenticationFailure();
      throw explainedByRegion(await this.#explain(failure, action, keyId), keyId, region);
    }
  }

  /**
   * KMS answers a key in the wrong state, and an AWS managed key, with general errors; the key itself tells
   * which it is, once a minute at most. Where it may not be described, the general error stands.
   */
  async #explain(failure: SealdropError, action: string, keyId: string): Promise<SealdropError> {
    const ambiguous = failure.code === 'KEY_UNAVAILABLE' || failure.code === 'ACCESS_DENIED';
    if (!ambiguous || action === 'kms:DescribeKey') return failure;
    const told = await this.#descriptions.answer(keyId, () => this.#describeIfPossible(keyId));
    if (told === undefined || told instanceof SealdropError) return told ?? failure;
    // Of a store outside AWS, only the connection shows in the state of its keys.
    const isOutside = told.Origin === 'EXTERNAL_KEY_STORE' && failure.code === 'KEY_UNAVAILABLE';
    return troubleWith(told) ?? (isOutside ? keyStoreFailure(told) : failure);
  }

  async #describeIfPossible(keyId: string): Promise<KeyMetadata | SealdropError | undefined> {
    try {
      return await this.#describe(keyId);
    } catch (error) {
      return isAboutKey(error) ? error : undefined;
    }
  }
}

/** What is wrong with a key, where something is. */
function troubleWith(key: KeyMetadata): SealdropError | undefined {
  try {
    assertUsableAsWrappingKey(key);
  } catch (error) {
    if (isAboutKey(error)) return error;
  }
  return undefined;
}

function isAboutKey(error: unknown): error is SealdropError {
  return error instanceof SealdropError && error.code.startsWith('KEY_');
}

/** An alias may have been moved since the data key was wrapped. */
function aliasElsewhere(alias: string, action: string, cause: unknown): SealdropError {
  return new SealdropError(
    'KEY_MISMATCH',
    `${action}: ${alias} points to another key than the one that wrapped`,
    {
      cause,
      hint: 'point the alias back, or name the key that the object records by its ARN',
    },
  );
}

/** Sends a request about a key, as the key is called in the client's Region. */
type Send<Output> = (keyId: string, region: string) => Promise<Output>;

/** The plaintext with the rest of an answer; zero-filled where the rest is not whole. */
function withPlaintext<Rest>(
  plaintext: Uint8Array | undefined,
  rest: () => Rest,
): Rest & { plaintext: Uint8Array } {
  try {
    return { plaintext: present(plaintext, 'Plaintext'), ...rest() };
  } catch (error) {
    plaintext?.fill(0);
    throw error;
  }
}

function record(keyArn: string | undefined, keyMaterialId: string | undefined): WrappingRecord {
  const known = { keyArn: present(keyArn, 'KeyId') };
  return keyMaterialId === undefined ? known : { ...known, keyMaterialId };
}
