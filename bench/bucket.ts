import {
  CreateBucketCommand,
  DeleteObjectsCommand,
  HeadObjectCommand,
  paginateListObjectsV2,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';

/** The bucket that every contender writes to, as the benchmark itself sees it. */
export class BenchBucket {
  readonly name = 'bench';
  readonly #client: S3Client;

  constructor(config: S3ClientConfig) {
    this.#client = new S3Client(config);
  }

  async create(): Promise<void> {
    await this.#client.send(new CreateBucketCommand({ Bucket: this.name }));
  }

  /**
   * Makes sure that an object is what it should be: the content and a tag, marked as sealed in the V3 format; or
   * the content alone.
   *
   * @throws Error where it is anything else.
   */
  async check(key: string, contentBytes: number, sealed: boolean): Promise<void> {
    const { ContentLength, Metadata = {} } = await this.#client.send(
      new HeadObjectCommand({ Bucket: this.name, Key: key }),
    );
    const asItShould =
      ContentLength === contentBytes + (sealed ? 16 : 0) &&
      Metadata['x-amz-c'] === (sealed ? '115' : undefined);
    if (!asItShould)
      throw new Error(`${key} is ${sealed ? 'not sealed as it should be' : 'not a plain copy'}`);
  }

  /** Deletes every object under a prefix. */
  async clear(prefix: string): Promise<void> {
    const pages = paginateListObjectsV2({ client: this.#client }, { Bucket: this.name, Prefix: prefix });
    for await (const { Contents = [] } of pages) {
      if (Contents.length === 0) continue;
      const Objects = Contents.map(({ Key }) => ({ Key }));
      await this.#client.send(new DeleteObjectsCommand({ Bucket: this.name, Delete: { Objects } }));
    }
  }
}
