import { CreateKeyCommand } from '@aws-sdk/client-kms';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { KmsKeyring, openToBuffer, RequestCounts, S3ObjectStore, type Vault } from '../../aws/index.ts';
import { openOfflineKeyring } from '../../operations/offline-keyring.ts';
import { sealContent } from '../../operations/seal-content.ts';
import { warmObject } from '../../operations/warm-object.ts';
import { failureOf } from '../support/bytes.ts';
import { madeAtMilliseconds, newFile, passphrase } from '../support/data-key-files.ts';
import { VaultClient } from '../support/vault-client.ts';
import { contentFrom } from '../operations/scene.ts';

// Data keys that KMS opened once, and S3 alone afterwards.

const { s3, kms } = new VaultClient().administrator;
const bucket = 'offline';
const store = new S3ObjectStore({ client: s3 });
const counts = new RequestCounts(kms);
let keyId = '';

beforeAll(async () => {
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  keyId = (await kms.send(new CreateKeyCommand({}))).KeyMetadata?.Arn ?? '';
});

describe.each<[Vault['binding'], boolean]>([
  ['object', false],
  ['object', true],
  ['vault', false],
  ['vault', true],
])('bound to %s, with an instruction file: %s', (binding, instructionFiles) => {
  test('an object opens without KMS for the stated time, and then no more', async () => {
    const keyring = new KmsKeyring({ keyId, client: kms });
    const vault: Vault = { vaultId: 'prod', binding };
    const address = { bucket, key: `${binding}-${instructionFiles}` };
    const sealing = { store, keyring, vault, instructionFiles };
    await sealContent(contentFrom(Buffer.from('runbook')), address, { absent: true }, sealing);
    const file = await newFile();
    counts.take();
    await warmObject(address, { store, keyring, vault, file });
    expect(counts.take()).toEqual({ Decrypt: 1 });

    const clock = { now: madeAtMilliseconds };
    const offline = await openOfflineKeyring(file.toBytes(), passphrase(), () => clock.now);
    const open = () => openToBuffer(address, { store, keyring: offline, vault });
    expect((await open()).content.toString()).toBe('runbook');
    expect(counts.take()).toEqual({});
    clock.now += 3_600_000;
    expect((await failureOf(open)).code).toBe('DATA_KEY_CACHE_EXPIRED');
  });
});
