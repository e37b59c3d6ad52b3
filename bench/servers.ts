import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { BenchBucket } from './bucket.ts';
import { clientEnvironment, credentials, region } from './environment.ts';
import { startKmsServer, type KmsServer } from './kms-process.ts';
import { startS3Server } from './s3-server.ts';

/** An S3 server and a KMS on this machine, with a bucket to work in. */
export interface Servers {
  readonly bucket: BenchBucket;
  readonly kms: KmsServer;
  /** What a process needs to reach both. */
  readonly environment: Record<string, string>;
  readonly stop: () => Promise<void>;
}

/** Where servers keep what. */
export interface ServerPlaces {
  /** The S3 server's program. */
  readonly program: string;
  readonly cacheFolder: string;
  /** Takes the objects. */
  readonly temporaryFolder: string;
}

/** Starts both servers, and makes the bucket. What was started is ended again where anything fails. */
export async function startServers({
  program,
  cacheFolder,
  temporaryFolder,
}: ServerPlaces): Promise<Servers> {
  const logFolder = join(cacheFolder, 'bench');
  await mkdir(logFolder, { recursive: true });
  const s3 = await startS3Server({
    ...{ program, credentials, region },
    dataFolder: join(temporaryFolder, 's3'),
    logFile: join(logFolder, 's3-server.log'),
  });
  let kms: KmsServer | undefined;
  const stop = async (): Promise<void> => {
    await kms?.stop();
    await s3.stop();
  };
  try {
    kms = await startKmsServer();
    const bucket = new BenchBucket({ endpoint: s3.endpointUrl, region, credentials });
    await bucket.create();
    return { bucket, kms, environment: clientEnvironment(s3.endpointUrl, kms.endpointUrl), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
