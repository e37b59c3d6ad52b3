import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { GetObjectCommand, paginateListObjectsV2, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import pMap from 'p-map';
import { bytesOf } from './body.ts';

// Copies a tree plainly, with the AWS SDK and nothing else:
//     node plain-tree.ts up|down FOLDER BUCKET PREFIX CONCURRENCY

const [direction, folder = '', Bucket = '', prefix = '', concurrency = '1'] = process.argv.slice(2);
const client = new S3Client({});

async function up(): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const put = async (path: string): Promise<void> => {
    const Key = prefix + relative(folder, path);
    await client.send(new PutObjectCommand({ Bucket, Key, Body: await readFile(path) }));
  };
  await pMap(paths, put, { concurrency: Number(concurrency) });
}

async function* keys(): AsyncGenerator<string> {
  for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket, Prefix: prefix })) {
    for (const { Key = '' } of Contents) yield Key;
  }
}

async function down(): Promise<void> {
  const get = async (Key: string): Promise<void> => {
    const path = join(folder, Key.slice(prefix.length));
    const content = await bytesOf(await client.send(new GetObjectCommand({ Bucket, Key })));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content, { flag: 'wx' });
  };
  await pMap(keys(), get, { concurrency: Number(concurrency) });
}

await (direction === 'up' ? up() : down());
