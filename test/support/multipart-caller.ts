import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
  type CompletedPart,
  type CompleteMultipartUploadCommandInput,
  type CreateMultipartUploadCommandInput,
  type S3Client,
  type UploadPartCommandInput,
  type UploadPartCommandOutput,
} from '@aws-sdk/client-s3';
import { patternBytes } from './bytes.ts';
import { bucketName } from './encryption-scene.ts';

/** S3's limit for a part that is not the last. */
export const minPartBytes: number = 5 * 1024 * 1024;

/** Bytes that differ from one seed to another, and take no time to make. */
export function longPart(lengthBytes: number, seed = 'part'): Buffer {
  return Buffer.alloc(lengthBytes, patternBytes(64, seed));
}

/** One upload to the key `k` of a scene's bucket, as its caller handles it. */
export class MultipartCaller {
  readonly #client: S3Client;
  readonly #named: { Bucket: string; Key: string; UploadId: string };
  readonly parts: CompletedPart[] = [];

  private constructor(client: S3Client, UploadId: string) {
    this.#client = client;
    this.#named = { Bucket: bucketName, Key: 'k', UploadId };
  }

  static async create(
    client: S3Client,
    more: Partial<CreateMultipartUploadCommandInput> = {},
  ): Promise<MultipartCaller> {
    const command = new CreateMultipartUploadCommand({ Bucket: bucketName, Key: 'k', ...more });
    return new MultipartCaller(client, (await client.send(command)).UploadId ?? '');
  }

  get id(): string {
    return this.#named.UploadId;
  }

  async send(
    PartNumber: number,
    Body: NonNullable<UploadPartCommandInput['Body']>,
    more: Partial<UploadPartCommandInput> = {},
  ): Promise<UploadPartCommandOutput> {
    const command = new UploadPartCommand({ ...this.#named, PartNumber, Body, ...more });
    const answer = await this.#client.send(command);
    this.parts[PartNumber - 1] = { PartNumber, ETag: answer.ETag };
    return answer;
  }

  complete(
    Parts: CompletedPart[] = this.parts,
    more: Partial<CompleteMultipartUploadCommandInput> = {},
  ): Promise<object> {
    const command = { ...this.#named, MultipartUpload: { Parts }, ...more };
    return this.#client.send(new CompleteMultipartUploadCommand(command));
  }

  abort(): Promise<object> {
    return this.#client.send(new AbortMultipartUploadCommand(this.#named));
  }
}
