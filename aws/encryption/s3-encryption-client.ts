import {
  S3Client,
  type GetObjectCommandInput,
  type GetObjectCommandOutput,
  type S3ClientResolvedConfig,
  type ServiceInputTypes,
  type ServiceOutputTypes,
} from '@aws-sdk/client-s3';
import type { SmithyResolvedConfiguration } from '@smithy/core/client';
import type { Command, HttpHandlerOptions } from '@smithy/types';
import { SealdropError } from '../../envelope/index.ts';
import { copyObject, renameObject } from './copy-object.ts';
import { deleteObject, deleteObjects } from './delete-objects.ts';
import { getObject, getObjectToFile } from './get-object.ts';
import { headObject } from './head-object.ts';
import {
  abortMultipartUpload,
  completeMultipartUpload,
  createMultipartUpload,
  uploadPart,
  type Uploads,
} from './multipart-operations.ts';
import { operationName } from './operation-name.ts';
import { putObject } from './put-object.ts';
import {
  reEncryptInstructionFile,
  type ReEncryptInstructionFileInput,
} from './reencrypt-instruction-file.ts';
import {
  resolveSettings,
  type EncryptionRequestOptions,
  type EncryptionSettings,
  type S3EncryptionClientOptions,
} from './settings.ts';

/** One operation of ours, in the place of the SDK's. */
type Operation = (
  settings: EncryptionSettings,
  uploads: Uploads,
  input: never,
  signal: AbortSignal | undefined,
) => Promise<unknown>;

/** The operations that seal and open. Every other goes to S3 as it is. */
const operations: Readonly<Record<string, Operation>> = {
  PutObject: (settings, _uploads, input, signal) => putObject(settings, input, signal),
  GetObject: (settings, _uploads, input, signal) => getObject(settings, input, signal),
  HeadObject: (settings, _uploads, input, signal) => headObject(settings, input, signal),
  CopyObject: (settings, _uploads, input, signal) => copyObject(settings, input, signal),
  DeleteObject: (settings, _uploads, input, signal) => deleteObject(settings, input, signal),
  DeleteObjects: (settings, _uploads, input, signal) => deleteObjects(settings, input, signal),
  CreateMultipartUpload: createMultipartUpload,
  UploadPart: uploadPart,
  UploadPartCopy: () => Promise.reject(partCopyUnsupported()),
  RenameObject: (settings, _uploads, input, signal) => renameObject(settings, input, signal),
  CompleteMultipartUpload: completeMultipartUpload,
  AbortMultipartUpload: abortMultipartUpload,
};

/** What `send` gives to its callback. */
type Callback = (error: unknown, output?: unknown) => void;

/** The type of a command of the S3 client. */
type S3Command<Input extends ServiceInputTypes, Output extends ServiceOutputTypes> = Command<
  ServiceInputTypes,
  Input,
  ServiceOutputTypes,
  Output,
  SmithyResolvedConfiguration<HttpHandlerOptions>
>;

/**
 * The Amazon S3 Encryption Client for JavaScript. It takes the place of an `S3Client`: what is put is sealed
 * before it leaves, what is got is opened and verified before it is handed out, in the format that the
 * official clients of other languages read and write.
 *
 * What S3 itself refuses is thrown as the SDK throws it; everything else is a {@link SealdropError}.
 *
 * Spec: client.md
 */
export class S3EncryptionClient extends S3Client {
  readonly #options: S3EncryptionClientOptions;
  readonly #settings: EncryptionSettings;
  #uploads: Uploads = new Map();

  /** @throws {@link SealdropError} CONFIGURATION_INVALID for options that contradict each other. */
  constructor(options: S3EncryptionClientOptions) {
    const settings = resolveSettings(options, (client) => client instanceof S3EncryptionClient);
    // The wrapped client sends everything: its configuration and its middleware are this one's, too.
    super({ region: settings.s3.config.region });
    this.config = settings.s3.config;
    this.middlewareStack = settings.s3.middlewareStack;
    this.#options = { ...options, s3Client: settings.s3 };
    this.#settings = settings;
  }

  // The wrapped client's; `S3Client` declares it so that a subclass can set it.
  declare readonly config: S3ClientResolvedConfig;

  /**
   * The same client for requests that are sealed and opened differently: under another context, say. It
   * shares everything, uploads under way too.
   *
   * @throws {@link SealdropError} CONFIGURATION_INVALID
   */
  with(overrides: EncryptionRequestOptions): S3EncryptionClient {
    const { encryptionContext, vault, ...options } = this.#options;
    const binding =
      overrides.vault === undefined && overrides.encryptionContext === undefined
        ? { ...(encryptionContext && { encryptionContext }), ...(vault && { vault }) }
        : {};
    const other = new S3EncryptionClient({ ...options, ...overrides, ...binding });
    other.#uploads = this.#uploads;
    return other;
  }

  /**
   * Opens an object of any size to a file, which comes to be when all of it has been verified.
   *
   * @param options - `overwrite`: whether a file of that name may be replaced
   * @returns the answer to GetObject, without its body
   * @throws {@link SealdropError} as GetObject, and the file system's own errors (`EEXIST`). No file is left
   *   then.
   */
  downloadToFile(
    input: GetObjectCommandInput,
    path: string,
    options: { readonly overwrite?: boolean; readonly abortSignal?: AbortSignal } = {},
  ): Promise<Omit<GetObjectCommandOutput, 'Body'>> {
    return getObjectToFile(this.#settings, input, path, options.overwrite ?? false, options.abortSignal);
  }

  /**
   * Wraps the data key of an object with an instruction file for another keyring, in the place of the object's own
   * file or, under another suffix, beside it: then both open the object. Nothing of the content is read.
   *
   * @throws {@link SealdropError} ENVELOPE_IN_METADATA, OUTPUT_EXISTS, NOT_AN_INSTRUCTION_FILE, …; the object opens
   *   as before then.
   */
  reEncryptInstructionFile(
    input: ReEncryptInstructionFileInput,
    options: { readonly abortSignal?: AbortSignal } = {},
  ): Promise<void> {
    return reEncryptInstructionFile(this.#settings, input, options.abortSignal);
  }

  override send<Input extends ServiceInputTypes, Output extends ServiceOutputTypes>(
    command: S3Command<Input, Output>,
    options?: HttpHandlerOptions,
  ): Promise<Output>;
  override send<Input extends ServiceInputTypes, Output extends ServiceOutputTypes>(
    command: S3Command<Input, Output>,
    callback: (error: unknown, output?: Output) => void,
  ): void;
  override send<Input extends ServiceInputTypes, Output extends ServiceOutputTypes>(
    command: S3Command<Input, Output>,
    options: HttpHandlerOptions,
    callback: (error: unknown, output?: Output) => void,
  ): void;
  override send(
    command: S3Command<ServiceInputTypes, ServiceOutputTypes>,
    optionsOrCallback?: HttpHandlerOptions | Callback,
    callback?: Callback,
  ): Promise<unknown> | undefined {
    const [options, done] =
      typeof optionsOrCallback === 'function'
        ? [undefined, optionsOrCallback]
        : [optionsOrCallback, callback];
    const answer = this.#answer(command, options);
    if (done === undefined) return answer;
    answer
      .then(
        (output) => {
          done(null, output);
        },
        (error: unknown) => {
          done(error);
        },
      )
      // What a callback throws is nobody's answer, as with the SDK.
      .catch(() => undefined);
    return undefined;
  }

  override destroy(): void {
    this.#settings.s3.destroy();
  }

  async #answer(
    command: S3Command<ServiceInputTypes, ServiceOutputTypes>,
    options: HttpHandlerOptions | undefined,
  ): Promise<unknown> {
    const operation = operations[operationName(command)];
    if (operation === undefined) return this.#settings.s3.send(command as never, options as never);
    return operation(
      { ...this.#settings, s3: sendingWith(this.#settings.s3, options) },
      this.#uploads,
      command.input as never,
      options?.abortSignal as AbortSignal,
    );
  }
}

/**
 * The client with a request's own options, such as a timeout, for every request that it comes to. The signal is
 * up to the operations: what clears up behind an aborted one must still be sent.
 */
function sendingWith(s3: S3Client, options: HttpHandlerOptions | undefined): S3Client {
  if (options === undefined) return s3;
  const { abortSignal, ...shared } = options;
  const send = (command: never, more: object): unknown => s3.send(command, { ...shared, ...more } as never);
  return Object.create(s3, { send: { value: send } }) as S3Client;
}

function partCopyUnsupported(): SealdropError {
  return new SealdropError('COPY_UNSUPPORTED', 'a part cannot be copied into a sealed object');
}
