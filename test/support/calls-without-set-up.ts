import { readAgeRules, readVersioning } from '../../aws/bucket-settings.ts';
import { createKmsClient, createS3Client } from '../../aws/clients.ts';
import { disableKey } from '../../aws/disable-key.ts';
import { listRotations, rotateOnDemand } from '../../aws/key-rotations.ts';
import { KmsKeyring } from '../../aws/kms-keyring.ts';
import { listKeys } from '../../aws/list-keys.ts';
import { listVersions } from '../../aws/list-versions.ts';
import { createSfnClient, executionsOf } from '../../aws/running-executions.ts';
import { S3ObjectStore } from '../../aws/s3-object-store.ts';
import { wrapsWith } from '../../aws/wraps-with.ts';
import { committingSuite, SealdropError } from '../../envelope/index.ts';

// Makes every call that reaches AWS, with the clients that the package makes, and prints what each of them came
// to, as JSON. Run as a process of its own: the SDK reads the environment and the home folder once.

const address = { bucket: 'bucket', key: 'key' };
const context = { 'aws:x-amz-cek-alg': '115' };
const keyring = new KmsKeyring({ keyId: 'alias/vault', acceptedKeyIds: ['alias/before'] });
const store = new S3ObjectStore();
const [s3, kms] = [createS3Client(), createKmsClient()];
const encryptedDataKey = {
  ...{ wrappingAlgorithm: 'kms+context' as const, ciphertext: Buffer.alloc(40) },
  ...{ context, suite: committingSuite },
};
const stored = { address, etag: '"abc"', lengthBytes: 25, metadata: {}, headers: {} };

async function* zeros(chunks: number): AsyncGenerator<Uint8Array> {
  for (let chunk = 0; chunk < chunks; chunk += 1) {
    await Promise.resolve();
    yield Buffer.alloc(1024 * 1024);
  }
}

const write = (chunks: number): Promise<unknown> =>
  store.write({
    ...{ ...address, body: zeros(chunks), crc32: () => '', metadata: {}, headers: {}, tags: {} },
    condition: { absent: true },
  });

async function all(items: AsyncIterable<unknown>): Promise<unknown[]> {
  const gathered: unknown[] = [];
  for await (const item of items) gathered.push(item);
  return gathered;
}

const calls: Record<string, () => Promise<unknown>> = {
  'kms:GenerateDataKey': () => keyring.generateDataKey(context, committingSuite),
  'kms:Decrypt': () => keyring.decryptDataKey(encryptedDataKey),
  'kms:ReEncrypt': () => keyring.rewrapDataKey(encryptedDataKey, context),
  'kms:DescribeKey': () => keyring.currentWrapping(),
  'kms:ListKeys': () => all(listKeys()),
  'kms:ReEncrypt (trial)': () => wrapsWith(kms, 'arn:1', encryptedDataKey),
  'kms:ListKeyRotations': () => listRotations(kms, 'arn:1'),
  'kms:RotateKeyOnDemand': () => rotateOnDemand(kms, 'arn:1'),
  'kms:DisableKey': () => disableKey(kms, 'arn:1'),
  'states:ListExecutions': () => executionsOf(createSfnClient(), 'arn:1'),
  's3:ListBucketVersions': () => all(listVersions(s3, 'bucket', '')),
  's3:GetBucketVersioning': () => readVersioning(s3, 'bucket'),
  's3:GetLifecycleConfiguration': () => readAgeRules(s3, 'bucket', ''),
  's3:GetObject (HEAD)': () => store.head(address),
  's3:GetObject': () => store.get(address),
  's3:GetObject (ranges)': () => all(store.read(stored)),
  's3:GetObjectTagging': () => store.tags(address),
  's3:PutObjectTagging': () => store.setTags(address, {}),
  's3:ListBucket': () => all(store.list('bucket', '')),
  's3:PutObject': () => write(1),
  's3:PutObject (parts)': () => write(9),
  's3:PutObject (copy)': () =>
    store.copy(stored, { address, metadata: {}, condition: { etag: stored.etag } }),
  's3:DeleteObject': () => store.hide(stored),
};

async function outcomeOf(call: () => Promise<unknown>): Promise<string> {
  try {
    await call();
    return 'done';
  } catch (error) {
    return error instanceof SealdropError ? error.code : String(error);
  }
}

const outcomes: Record<string, string> = {};
for (const [name, call] of Object.entries(calls)) outcomes[name] = await outcomeOf(call);
console.log(JSON.stringify(outcomes));
