import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { S3ObjectStore } from '../../aws/s3-object-store.ts';
import { FakeS3, type Versioning } from './fake-s3.ts';

/** The length of a range of every {@link StoreScene}. */
export const rangeBytes = 100;

/** The object of every {@link StoreScene}. */
export const address = { bucket: 'bucket', key: 'folder/a b.txt' };

/** A store over a service that holds one object. */
export interface StoreScene {
  readonly service: FakeS3;
  readonly plain: S3Client;
  readonly store: S3ObjectStore;
  /** Puts the object, forgets that it was asked for, and returns the id of the version. */
  readonly put: (content: Uint8Array) => Promise<string | undefined>;
  /** The ranges that GETs asked for, in order. */
  readonly ranges: () => (string | undefined)[];
}

/** A new scene: an empty bucket; bodies come in chunks of 7 bytes. */
export function createStoreScene(versioning: Versioning = 'Off'): StoreScene {
  const service = new FakeS3();
  service.createBucket(address.bucket, versioning);
  service.chunkBytes = 7;
  const plain = service.client();
  const put = async (Body: Uint8Array): Promise<string | undefined> => {
    const named = { Bucket: address.bucket, Key: address.key };
    const facts = { Metadata: { title: 'x' }, ContentType: 'text/csv' };
    const { VersionId } = await plain.send(new PutObjectCommand({ ...named, ...facts, Body }));
    service.requests.length = 0;
    return VersionId;
  };
  const ranges = (): (string | undefined)[] =>
    service.requestsOf('GetObject').map(({ headers }) => headers['range']);
  const store = new S3ObjectStore({ client: plain, partSizeBytes: rangeBytes, partsAtOnce: 2 });
  return { service, plain, store, put, ranges };
}
