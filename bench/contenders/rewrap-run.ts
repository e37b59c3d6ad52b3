import {
  createKmsClient,
  createS3Client,
  KmsKeyring,
  PacedKeyring,
  RequestCounts,
  RequestPace,
  rewrapMany,
  S3ObjectStore,
  type ObjectAddress,
} from '../../aws/index.ts';

// Rewraps all that is below a prefix, in batches as a run hands them out, and prints what came of it as JSON:
//     node rewrap-run.ts BUCKET PREFIX KEY

const [bucket = '', prefix = '', keyId = ''] = process.argv.slice(2);
const batchObjects = 100;
const [s3, kms] = [createS3Client(), createKmsClient()];
const store = new S3ObjectStore({ client: s3 });
const requests = new RequestCounts(s3, kms);
// No pace to keep: what is measured is how fast it can go.
const keyring = new PacedKeyring(
  new KmsKeyring({ keyId, client: kms }),
  new RequestPace({ perSecond: 1_000_000 }),
);
const current = await keyring.currentWrapping();
let rewrapped = 0;

async function rewrapBatch(batch: readonly ObjectAddress[]): Promise<void> {
  const { counts, failures } = await rewrapMany(batch, {
    ...{ store, keyring, current, concurrency: 16 },
    vault: { vaultId: 'bench', binding: 'vault' },
  });
  if (failures.length > 0) throw new Error(JSON.stringify(failures[0]));
  rewrapped += counts.rewrapped;
}

let batch: ObjectAddress[] = [];
for await (const { key } of store.list(bucket, prefix)) {
  batch.push({ bucket, key });
  if (batch.length < batchObjects) continue;
  await rewrapBatch(batch);
  batch = [];
}
await rewrapBatch(batch);
console.log(JSON.stringify({ rewrapped, requests: requests.take() }));
