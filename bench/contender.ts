import type { Concurrency } from './workloads.ts';

/** What a contender that runs in Node is made of. Endpoints, Region and credentials are in the environment. */
export interface ContenderSettings extends Concurrency {
  readonly bucket: string;
  /** The wrapping key. */
  readonly keyArn: string;
}

/** A client under measurement: whatever moves objects to and from S3, sealed or not. */
export interface Contender {
  /** Writes the file at `path` as one object. */
  sealFile(key: string, path: string): Promise<void>;
  /** Reads an object into a new file at `path`, which is there only once its content is verified. */
  openFile(key: string, path: string): Promise<void>;
  /** Reads an object as a stream whose bytes come before they are verified. */
  openStream(key: string): Promise<AsyncIterable<Uint8Array>>;
  /** Writes a small object. */
  seal(key: string, content: Uint8Array): Promise<void>;
  /** Reads a small object. */
  open(key: string): Promise<Uint8Array>;
}
