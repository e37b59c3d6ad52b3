import { randomBytes } from 'node:crypto';
import pMap from 'p-map';
import { CachingKeyring, KmsKeyring, S3ObjectStore } from '../../aws/index.ts';
import { sealContent } from '../../operations/seal-content.ts';

// Seals a number of objects of one length each:
//     node populate.ts BUCKET PREFIX KEY FROM TO BYTES

const [bucket = '', prefix = '', keyId = '', from = '0', to = '0', bytes = '4096'] = process.argv.slice(2);
const inner = new KmsKeyring({ keyId });
const keyring = new CachingKeyring({ keyring: inner, keyId, sealing: { maxMessages: 1000 } });
const store = new S3ObjectStore();
const content = randomBytes(Number(bytes));

async function* once(): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(content);
}

function* indexes(): Generator<number> {
  for (let index = Number(from); index < Number(to); index += 1) yield index;
}

await pMap(
  indexes(),
  (index) =>
    sealContent(
      { body: once(), lengthBytes: content.length, metadata: {}, headers: {}, tags: {}, records: {} },
      { bucket, key: `${prefix}${Math.floor(index / 1000)}/${index}` },
      { absent: true },
      { store, keyring, vault: { vaultId: 'bench', binding: 'vault' } },
    ),
  { concurrency: 16 },
);
keyring.close();
