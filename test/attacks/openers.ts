import { createHash } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { S3EncryptionClient } from '../../aws/encryption/s3-encryption-client.ts';
import type { S3EncryptionClientOptions } from '../../aws/encryption/settings.ts';
import { encodeInstructionFile, type Metadata } from '../../envelope/index.ts';
import { openToBuffer, openToFile, type OpenOptions } from '../../operations/open-object.ts';
import { FakeS3 } from '../support/fake-s3.ts';
import { MemoryObjectStore } from '../support/memory-object-store.ts';
import { myKey, watched } from './forms.ts';
import { CURRENT_VERSION, EARLIER_VERSION, type Forgery, type Reader, type Scene } from './scene.ts';

/** What the attacker left behind, and who opens it. */
export interface Forged {
  readonly sealed: Buffer;
  readonly metadata: Metadata;
  readonly file: Metadata | Buffer | null | undefined;
  readonly earlierFile?: Metadata;
  readonly reader: Reader;
}

/** What an attempt to open came to. */
export interface Outcome {
  /** What was thrown; nothing where the object opened. */
  readonly error?: unknown;
  /** Every byte of plaintext that the caller got hold of, before the error too. */
  readonly released: Buffer;
  /** What the file holds that came to be. */
  readonly opened?: Buffer;
  /** How many bodies of the store nobody closed. */
  readonly leftOpen?: number;
}

/** Opens the object; a file goes into the folder. */
export type Opener = (forged: Forged, folder: string) => Promise<Outcome>;

const bucket = 'sealed';
const address = { bucket, key: myKey };
const fileKey = `${myKey}.instruction`;

/** A scene as the attacker left it. */
export function forge({ mine, reader }: Scene, forgery: Forgery): Forged {
  const { keyring, ...rest } = { ...reader, ...forgery.reader };
  return {
    file: undefined,
    ...mine,
    ...forgery,
    reader: { ...rest, keyring: watched(keyring) },
  };
}

/** Every way to open a whole object, by its name. */
export const wholeOpeners: Readonly<Record<string, Opener>> = {
  openToBuffer: (forged) =>
    outcomeOf(async (release) => {
      release((await openToBuffer(address, storeOptions(forged))).content);
    }),
  openToFile: (forged, folder) => toFile(folder, (path) => openToFile(address, path, storeOptions(forged))),
  GetObject: (forged) => get(forged, {}),
  'GetObject with delayed authentication': (forged) => get(forged, { delayedAuthentication: true }),
  downloadToFile: (forged, folder) =>
    toFile(folder, (path) =>
      clientOver(placeInS3(forged), forged.reader).downloadToFile({ Bucket: bucket, Key: myKey }, path),
    ),
};

/** Opens a range, from the middle of one block to the middle of another. */
export const rangeOpener: Opener = (forged) => get(forged, { unauthenticatedRanges: true }, 'bytes=5-40');

/** The encryption client of a reader. */
export function clientOver(
  s3: FakeS3,
  { keyring, vault, policy }: Reader,
  options: Partial<S3EncryptionClientOptions> = {},
): S3EncryptionClient {
  return new S3EncryptionClient({ keyring, vault, ...policy, s3Client: s3.client(), ...options });
}

/** Reads a body to its end, and tells of each chunk. */
export async function readBody(body: unknown, release: (chunk: Buffer) => void): Promise<void> {
  for await (const chunk of body as AsyncIterable<Uint8Array>) release(Buffer.from(chunk));
}

/** Runs an attempt; what it released until it threw is kept. */
export async function outcomeOf(
  attempt: (release: (chunk: Buffer) => void) => Promise<void>,
): Promise<Outcome> {
  const chunks: Buffer[] = [];
  try {
    await attempt((chunk) => chunks.push(chunk));
    return { released: Buffer.concat(chunks) };
  } catch (error) {
    return { error, released: Buffer.concat(chunks) };
  }
}

/** A store that holds what the attacker left behind. */
export function placeInStore(forged: Forged): MemoryObjectStore {
  const store = new MemoryObjectStore();
  place(forged, (key, content, metadata) => store.put(bucket, key, content, { metadata }).versionId);
  return store;
}

/** An S3 that holds it. */
export function placeInS3(forged: Forged): FakeS3 {
  const s3 = new FakeS3();
  s3.chunkBytes = 1000;
  const versions = s3.createBucket(bucket, 'Enabled');
  place(forged, (key, content, metadata) => {
    const etag = `"${createHash('md5').update(content).digest('hex')}"`;
    const facts = { system: {}, checksums: {}, checksumType: 'FULL_OBJECT' as const };
    return versions.write(key, { content, metadata, etag, ...facts }).versionId;
  });
  return s3;
}

function place(
  { sealed, metadata, file, earlierFile }: Forged,
  put: (key: string, content: Buffer, metadata: Metadata) => string | undefined,
): void {
  const putFile = (content: Metadata | Buffer): string | undefined =>
    put(fileKey, Buffer.isBuffer(content) ? content : encodeInstructionFile(content), {});
  const earlier = earlierFile === undefined ? undefined : putFile(earlierFile);
  const current = file === undefined || file === null ? undefined : putFile(file);
  const versions = new Map([
    [CURRENT_VERSION, current ?? 'gone'],
    [EARLIER_VERSION, earlier ?? 'gone'],
  ]);
  const stored = Object.entries(metadata).map(([name, value]) => [name, versions.get(value) ?? value]);
  put(myKey, sealed, Object.fromEntries(stored) as Metadata);
}

function storeOptions(forged: Forged): OpenOptions {
  const { keyring, vault, policy } = forged.reader;
  return { store: placeInStore(forged), keyring, vault, ...policy };
}

async function toFile(folder: string, open: (path: string) => Promise<unknown>): Promise<Outcome> {
  const path = join(folder, 'opened');
  const outcome = await outcomeOf(async () => {
    await open(path);
  });
  if (outcome.error !== undefined) return outcome;
  const opened = readFileSync(path);
  rmSync(path);
  return { ...outcome, opened };
}

async function get(
  forged: Forged,
  options: Partial<S3EncryptionClientOptions>,
  range?: string,
): Promise<Outcome> {
  const s3 = placeInS3(forged);
  const outcome = await outcomeOf(async (release) => {
    const request = new GetObjectCommand({ Bucket: bucket, Key: myKey, Range: range });
    const { Body } = await clientOver(s3, forged.reader, options).send(request);
    await readBody(Body, release);
  });
  return { ...outcome, leftOpen: await countOpenBodies(s3) };
}

/** A body is closed a moment after its reader has gone. */
async function countOpenBodies({ bodies }: FakeS3): Promise<number> {
  const open = (): number => bodies.filter(({ destroyed }) => !destroyed).length;
  for (let turn = 0; turn < 10 && open() > 0; turn += 1) await new Promise(setImmediate);
  return open();
}
