import {
  DecryptCommand,
  DescribeKeyCommand,
  GenerateDataKeyCommand,
  ReEncryptCommand,
  type KeyMetadata,
  type KMSClient,
} from '@aws-sdk/client-kms';
import {
  authenticationFailure,
  SealdropError,
  type EncryptionContext,
  type GeneratedDataKey,
  type Keyring,
  type PlaintextDataKey,
  type RewrappedDataKey,
  type WrappingRecord,
} from '../envelope/index.ts';
import { createKmsClient } from './clients.ts';
import { interceptPlaintext } from './plaintext-interceptor.ts';
import { toSealdropError, type ServiceErrorCodes } from './service-errors.ts';
import { assertUsableAsWrappingKey, assertWrappingKeyId } from './wrapping-key.ts';

/** What a {@link KmsKeyring} is made of. */
export interface KmsKeyringOptions {
  /** The wrapping key: an ARN, a key id, or an alias (`alias/name` or its ARN). */
  readonly keyId: string;
  /**
   * A client of the caller's own, which then hands data keys out as bytes that were never parsed.
   * @defaultValue one that backs off when KMS throttles
   */
  readonly client?: KMSClient;
}

const kmsErrorCodes: ServiceErrorCodes = {
  DisabledException: 'KEY_DISABLED',
  IncorrectKeyException: 'KEY_MISMATCH',
  InvalidArnException: 'KEY_NOT_FOUND',
  InvalidCiphertextException: 'AUTHENTICATION_FAILED',
  InvalidKeyUsageException: 'KEY_WRONG_TYPE',
  KeyUnavailableException: 'KEY_UNAVAILABLE',
  KMSInvalidStateException: 'KEY_UNAVAILABLE',
  NotFoundException: 'KEY_NOT_FOUND',
};

/** A keyring over one AWS KMS key. Spec: materials/s3-kms-keyring.md */
export class KmsKeyring implements Keyring {
  readonly #client: KMSClient;
  readonly #keyId: string;

  /** @throws {@link SealdropError} KEY_NOT_CUSTOMER_MANAGED, KEY_NOT_FOUND for an id that cannot be one. */
  constructor({ keyId, client = createKmsClient() }: KmsKeyringOptions) {
    assertWrappingKeyId(keyId);
    this.#keyId = keyId;
    this.#client = client;
    interceptPlaintext(client);
  }

  /** @throws {@link SealdropError} KEY_NOT_FOUND, KEY_DISABLED, KEY_PENDING_DELETION, ACCESS_DENIED, … */
  async generateDataKey(context: EncryptionContext, signal?: AbortSignal): Promise<GeneratedDataKey> {
    const response = await this.#call('kms:GenerateDataKey', () =>
      this.#client.send(
        new GenerateDataKeyCommand({ KeyId: this.#keyId, KeySpec: 'AES_256', EncryptionContext: context }),
        options(signal),
      ),
    );
    return withPlaintext(response.Plaintext, () => ({
      encryptedDataKey: present(response.CiphertextBlob, 'CiphertextBlob'),
      ...record(response.KeyId, response.KeyMaterialId),
    }));
  }

  /** @throws {@link SealdropError} AUTHENTICATION_FAILED, KEY_MISMATCH, KEY_DISABLED, ACCESS_DENIED, … */
  async decryptDataKey(
    encryptedDataKey: Uint8Array,
    context: EncryptionContext,
    signal?: AbortSignal,
  ): Promise<PlaintextDataKey> {
    const response = await this.#call('kms:Decrypt', () =>
      this.#client.send(
        new DecryptCommand({
          KeyId: this.#keyId,
          CiphertextBlob: encryptedDataKey,
          EncryptionContext: context,
        }),
        options(signal),
      ),
    );
    return withPlaintext(response.Plaintext, () => record(response.KeyId, response.KeyMaterialId));
  }

  /** @throws {@link SealdropError} AUTHENTICATION_FAILED, KEY_MISMATCH, KEY_DISABLED, ACCESS_DENIED, … */
  async rewrapDataKey(
    encryptedDataKey: Uint8Array,
    from: EncryptionContext,
    to: EncryptionContext,
    signal?: AbortSignal,
  ): Promise<RewrappedDataKey> {
    const response = await this.#call('kms:ReEncrypt', () =>
      this.#client.send(
        new ReEncryptCommand({
          CiphertextBlob: encryptedDataKey,
          SourceKeyId: this.#keyId,
          SourceEncryptionContext: from,
          DestinationKeyId: this.#keyId,
          DestinationEncryptionContext: to,
        }),
        options(signal),
      ),
    );
    return {
      encryptedDataKey: present(response.CiphertextBlob, 'CiphertextBlob'),
      ...record(response.KeyId, response.DestinationKeyMaterialId),
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
    const response = await this.#call('kms:DescribeKey', () =>
      this.#client.send(new DescribeKeyCommand({ KeyId: this.#keyId }), options(signal)),
    );
    return present(response.KeyMetadata, 'KeyMetadata');
  }

  async #call<Output>(action: string, send: () => Promise<Output>): Promise<Output> {
    try {
      return await send();
    } catch (error) {
      const failure = toSealdropError(error, { action, resource: this.#keyId }, kmsErrorCodes);
      if (failure.code === 'AUTHENTICATION_FAILED') throw authenticationFailure();
      throw await this.#explain(failure, action);
    }
  }

  /**
   * KMS answers a key in the wrong state, and an AWS managed key, with general errors; the key itself tells
   * which it is. Where it may not be described, the general error stands.
   */
  async #explain(failure: SealdropError, action: string): Promise<SealdropError> {
    const ambiguous = failure.code === 'KEY_UNAVAILABLE' || failure.code === 'ACCESS_DENIED';
    if (!ambiguous || action === 'kms:DescribeKey') return failure;
    try {
      assertUsableAsWrappingKey(await this.describeKey());
    } catch (error) {
      if (error instanceof SealdropError && error.code.startsWith('KEY_')) return error;
    }
    return failure;
  }
}

function options(signal: AbortSignal | undefined): { abortSignal?: AbortSignal } {
  return signal === undefined ? {} : { abortSignal: signal };
}

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

function present<Value>(value: Value | undefined, field: string): Value {
  if (value !== undefined) return value;
  throw new SealdropError('SERVICE_FAILED', `KMS answered without ${field}`);
}
