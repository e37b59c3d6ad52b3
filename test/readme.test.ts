import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Readable } from 'node:stream';
import { DecryptCommand, GenerateDataKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { GetObjectCommand, PutObjectCommand, S3Client, type PutObjectCommandInput } from '@aws-sdk/client-s3';
import { expect, test } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { bindContext, startSeal, type Keyring } from '../envelope/index.ts';

const root = join(import.meta.dirname, '..');
const content = Buffer.from('an invoice');

/** Runs the README's example that has this word in it, and returns its variables of these names. */
async function runExample(word: string, ...names: string[]): Promise<Record<string, unknown>> {
  const readme = await readFile(join(root, 'README.md'), 'utf8');
  const examples = readme.matchAll(/This example runs in test\/readme.test.ts.*?```ts\n(.*?)```/gs);
  const code = [...examples].map(([, each = '']) => each).find((each) => each.includes(word)) ?? '';
  const source = pathToFileURL(join(root, 'aws', 'index.ts')).href;
  const folder = await mkdtemp(join(root, 'test', 'readme-'));
  try {
    const file = join(folder, 'example.ts');
    await writeFile(file, `${code.replace("'sealdrop'", `'${source}'`)}\nexport { ${names.join(', ')} };\n`);
    return (await import(file)) as Record<string, unknown>;
  } finally {
    await rm(folder, { recursive: true });
  }
}

process.env['AWS_REGION'] ??= 'eu-central-1';

test('the example of the encryption client puts an object sealed, and gets it', async () => {
  const stored: { Body?: unknown; Metadata?: Record<string, string> } = {};
  mockClient(S3Client)
    .on(PutObjectCommand)
    .callsFake(({ Body, Metadata }: PutObjectCommandInput) => {
      Object.assign(stored, { Body, Metadata });
      return {};
    })
    .on(GetObjectCommand)
    .callsFake(() => ({
      ContentLength: (stored.Body as Buffer).length,
      Metadata: stored.Metadata,
      Body: Readable.from([stored.Body]),
    }));
  mockClient(KMSClient)
    .on(GenerateDataKeyCommand)
    .callsFake(() => ({ KeyId: 'arn', Plaintext: Buffer.alloc(32, 7), CiphertextBlob: Buffer.of(1) }))
    .on(DecryptCommand)
    .callsFake(() => ({ KeyId: 'arn', Plaintext: Buffer.alloc(32, 7) }));
  const { report } = await runExample('S3EncryptionClient', 'report');
  expect(report).toBe('the report');
  expect(String(stored.Body)).not.toContain('report');
  expect(stored.Metadata).toMatchObject({ 'x-amz-c': '115' });
});

/** A keyring whose data key is all sevens, and its encrypted data key a word. */
const keyring: Pick<Keyring, 'generateDataKey'> = {
  generateDataKey: (context, suite) =>
    Promise.resolve({
      plaintext: Buffer.alloc(32, 7),
      encryptedDataKey: {
        wrappingAlgorithm: 'kms+context',
        ciphertext: Buffer.from('encrypted data key'),
        context,
        suite,
      },
    }),
};

test('the example of the library opens an object', async () => {
  const context = bindContext('object', { vaultId: 'prod', objectKey: 'invoices/2026-11.pdf' });
  const seal = await startSeal(keyring as Keyring, context);
  const sealed: Buffer[] = [];
  for await (const chunk of seal.encryptor.encrypt(inOneChunk(content))) sealed.push(chunk);
  const body = Buffer.concat(sealed);
  mockClient(S3Client)
    .on(GetObjectCommand)
    .resolves({
      ETag: '"etag"',
      ContentLength: body.length,
      ContentRange: `bytes 0-${body.length - 1}/${body.length}`,
      Metadata: { ...seal.metadata, author: 'someone' },
      Body: inOneChunk(body) as never,
    });
  mockClient(KMSClient)
    .on(DecryptCommand)
    .resolves({ KeyId: 'arn', Plaintext: Buffer.alloc(32, 7) });

  const example = await runExample('openToBuffer', 'content', 'metadata');
  expect(String(example['content'])).toBe('an invoice');
  expect(example['metadata']).toEqual({ author: 'someone' });
});

async function* inOneChunk(bytes: Buffer): AsyncGenerator<Buffer> {
  await Promise.resolve();
  yield bytes;
}
