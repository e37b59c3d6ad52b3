import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { GetObjectCommand, HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DecryptCommand, KMSClient } from '@aws-sdk/client-kms';
import { expect, test } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { bindContext, startSeal, type Keyring } from '../envelope/index.ts';

const root = join(import.meta.dirname, '..');
const content = Buffer.from('an invoice');

/** The library example of the README, with this package's sources in the place of the installed package. */
async function exampleOfReadme(): Promise<string> {
  const readme = await readFile(join(root, 'README.md'), 'utf8');
  const [, code = ''] = /This example runs in test\/readme.test.ts.*?```ts\n(.*?)```/s.exec(readme) ?? [];
  const source = pathToFileURL(join(root, 'aws', 'index.ts')).href;
  return `${code.replace("'sealdrop'", `'${source}'`)}\nexport { content, metadata };\n`;
}

/** A keyring whose data key is all sevens, and its encrypted data key a word. */
const keyring: Pick<Keyring, 'generateDataKey'> = {
  generateDataKey: () =>
    Promise.resolve({
      plaintext: Buffer.alloc(32, 7),
      encryptedDataKey: Buffer.from('encrypted data key'),
      keyArn: 'arn',
    }),
};

test('the library example of the README opens an object', async () => {
  const context = bindContext('object', { vaultId: 'prod', objectKey: 'invoices/2026-11.pdf' });
  const seal = await startSeal(keyring as Keyring, context);
  const sealed: Buffer[] = [];
  for await (const chunk of seal.encryptor.encrypt(inOneChunk(content))) sealed.push(chunk);
  const body = Buffer.concat(sealed);
  mockClient(S3Client)
    .on(HeadObjectCommand)
    .resolves({
      ETag: '"etag"',
      ContentLength: body.length,
      Metadata: { ...seal.metadata, author: 'someone' },
    })
    .on(GetObjectCommand)
    .resolves({ Body: inOneChunk(body) as never });
  mockClient(KMSClient)
    .on(DecryptCommand)
    .resolves({ KeyId: 'arn', Plaintext: Buffer.alloc(32, 7) });
  process.env['AWS_REGION'] ??= 'eu-central-1';

  const folder = await mkdtemp(join(root, 'test', 'readme-'));
  try {
    await writeFile(join(folder, 'example.ts'), await exampleOfReadme());
    const example = (await import(join(folder, 'example.ts'))) as { content: Buffer; metadata: object };
    expect(example.content.toString()).toBe('an invoice');
    expect(example.metadata).toEqual({ author: 'someone' });
  } finally {
    await rm(folder, { recursive: true });
  }
});

async function* inOneChunk(bytes: Buffer): AsyncGenerator<Buffer> {
  await Promise.resolve();
  yield bytes;
}
