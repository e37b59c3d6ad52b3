import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DecryptCommand, ReEncryptCommand } from '@aws-sdk/client-kms';
import { DeleteObjectCommand, ListObjectVersionsCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { KmsKeyring, openToBuffer, RawRsaKeyring, S3ObjectStore } from '../../aws/index.ts';
import { parseEnvelope } from '../../envelope/index.ts';
import { administratorOf, createLocalClients, type LocalClients } from '../../local/local-clients.ts';
import { sealContent } from '../../operations/seal-content.ts';
import { shareObject } from '../../operations/share-object.ts';
import type { ShareRecipient } from '../../operations/share-recipient.ts';
import { unshareObject } from '../../operations/unshare-object.ts';
import { contentFrom } from '../operations/scene.ts';
import { clientsInRoleOf } from '../support/function-role.ts';
import { localStack, type LocalStack } from '../support/local-stack.ts';
import { createOwnKey } from '../support/own-key.ts';
import { deployOwnVault } from '../support/own-vault.ts';
import { VaultClient } from '../support/vault-client.ts';

// Shares, as the migrator makes them and takes them away under the policies that are deployed.

const projectFolder = join(import.meta.dirname, '..', '..');
const content = Buffer.from('shared without being read');
const key = 'share/object';
const vaultSettings = { vaultId: 'sharing', binding: 'object' } as const;

/** Deploys a vault of its own, whose migration says what may be shared with whom. */
async function deploySharing(migration: object): Promise<LocalStack> {
  const principalArns = [`arn:aws:iam::${emulator.accountId}:user/administrator`];
  return deployOwnVault(stack, {
    vaultId: 'sharing',
    migration: { principalArns, shareSuffixes: ['.partner'], ...migration },
  });
}

const stack = localStack();
const { emulator } = stack;
const administrator = createLocalClients(emulator, administratorOf(emulator));
const partnerKeyArn = await createOwnKey(administrator.kms);
const foreignKeyArn = await createOwnKey(administrator.kms, { isOpen: true });
administrator.close();
const own = await deploySharing({ toKeyArns: [partnerKeyArn] });
const vault = new VaultClient(own);
const { outputs } = own;
const Bucket = outputs.SealedBucketName;
const at = { bucket: Bucket, key };
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const folder = await mkdtemp(join(tmpdir(), 'sealdrop-sharing-'));

let migrator: LocalClients;
let store: S3ObjectStore;

beforeAll(async () => {
  migrator = await vault.inRole(outputs.MigratorRoleArn ?? '');
  store = new S3ObjectStore({ client: migrator.s3 });
  const sealer = await clientsInRoleOf(vault, outputs.SealFunctionName);
  await sealContent(
    contentFrom(content),
    at,
    { absent: true },
    {
      store: new S3ObjectStore({ client: sealer.s3 }),
      keyring: new KmsKeyring({ keyId: outputs.WrappingKeyArn, client: sealer.kms }),
      vault: vaultSettings,
      instructionFiles: true,
    },
  );
});

afterAll(() => rm(folder, { recursive: true }));

function kmsRecipient(keyId: string): ShareRecipient {
  const acceptedKeyIds = [outputs.WrappingKeyArn];
  const keyring = new KmsKeyring({ keyId, acceptedKeyIds, client: migrator.kms });
  return { kind: 'kms', keyring, current: { keyArn: keyId } };
}

function rsaRecipient(clients: LocalClients): ShareRecipient {
  const keyring = new KmsKeyring({ keyId: outputs.WrappingKeyArn, client: clients.kms });
  return { kind: 'public-key', keyring, wrapper: new RawRsaKeyring({ publicKey }), fingerprint: 'f' };
}

const share = (recipient: ShareRecipient, overwrite = false) =>
  shareObject(at, { store, vault: vaultSettings, suffix: '.partner', recipient, overwrite });

const denied = { code: 'ACCESS_DENIED' };

describe('the migrator', () => {
  test('shares with the KMS key that is named, whose owner opens the object by it alone', async () => {
    expect(await share(kmsRecipient(partnerKeyArn))).toMatchObject({ status: 'shared' });
    const opened = await openToBuffer(at, {
      store: vault.store,
      keyring: new KmsKeyring({ keyId: partnerKeyArn, client: vault.administrator.kms }),
      vault: vaultSettings,
      instructionFileSuffix: '.partner',
    });
    expect(opened.content.equals(content)).toBe(true);
    expect((await vault.open(key).catch((error: unknown) => error)) as object).toMatchObject({ content });
  });

  test('shares with no other KMS key, though that lets everybody', async () => {
    await expect(share(kmsRecipient(foreignKeyArn), true)).rejects.toMatchObject(denied);
  });

  test('shares with no RSA key, and opens no data key, where that was not asked for', async () => {
    await expect(share(rsaRecipient(migrator), true)).rejects.toMatchObject(denied);
    const file = await store.get({ ...at, key: `${key}.instruction` });
    const chunks: Uint8Array[] = [];
    for await (const chunk of file.content) chunks.push(chunk);
    const entries = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, string>;
    const { metadata } = await store.head(at);
    const { ciphertext, context } = parseEnvelope({ ...metadata, ...entries }).encryptedDataKey;
    await expect(
      migrator.kms.send(
        new DecryptCommand({
          KeyId: outputs.WrappingKeyArn,
          CiphertextBlob: ciphertext,
          EncryptionContext: context,
        }),
      ),
    ).rejects.toThrow(/not authorized|Access ?Denied/i);
    await expect(
      migrator.kms.send(
        new ReEncryptCommand({
          ...{ CiphertextBlob: ciphertext, SourceEncryptionContext: context },
          ...{ SourceKeyId: outputs.WrappingKeyArn, DestinationKeyId: partnerKeyArn },
          DestinationEncryptionContext: { partner: 'acme' },
        }),
      ),
    ).rejects.toThrow(/not authorized|Access ?Denied/i);
  });

  test.each([key, `${key}.instruction`, `${key}.other`])('deletes no %s', async (Key) => {
    await expect(migrator.s3.send(new DeleteObjectCommand({ Bucket, Key }))).rejects.toThrow(
      /not authorized|Access ?Denied/i,
    );
  });

  test('takes the share away, and destroys no version of it', async () => {
    const { Versions = [] } = await vault.administrator.s3.send(
      new ListObjectVersionsCommand({ Bucket, Prefix: `${key}.partner` }),
    );
    const [{ Key, VersionId } = {}] = Versions;
    await expect(migrator.s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId }))).rejects.toThrow(
      /not authorized|Access ?Denied/i,
    );
    expect(await unshareObject(at, { store, suffix: '.partner' })).toBe('unshared');
    expect(await unshareObject(at, { store, suffix: '.partner' })).toBe('not-shared');
    const after = await vault.administrator.s3.send(
      new ListObjectVersionsCommand({ Bucket, Prefix: `${key}.partner` }),
    );
    expect([after.Versions?.length, after.DeleteMarkers?.length]).toEqual([Versions.length, 1]);
  });
});

describe('where sharing with RSA keys is asked for', () => {
  let granted: LocalClients;

  beforeAll(async () => {
    await deploySharing({ sharesWithRsaKeys: true });
    granted = await vault.inRole(outputs.MigratorRoleArn ?? '');
  }, 120_000);

  test('the migrator does, and the partner opens the object with the command and no key of KMS', async () => {
    store = new S3ObjectStore({ client: granted.s3 });
    expect(await share(rsaRecipient(granted))).toMatchObject({ status: 'shared' });
    const pem = join(folder, 'private.pem');
    await writeFile(pem, privateKey.export({ type: 'pkcs8', format: 'pem' }));
    const opened = join(folder, 'opened');
    const main = join(projectFolder, 'cli', 'main.ts');
    const line = ['open', `s3://${Bucket}/${key}`, opened, '--rsa-private-key', pem];
    await new Promise<void>((resolve, reject) => {
      execFile(
        process.execPath,
        [main, ...line, '--instruction-file-suffix', '.partner'],
        { env: emulator.environment },
        (error, _stdout, stderr) => {
          if (error === null) resolve();
          else reject(new Error(stderr));
        },
      );
    });
    expect((await readFile(opened)).equals(content)).toBe(true);
  });

  test('the migrator makes no data key still, and opens none of another vault', async () => {
    const CiphertextBlob = Buffer.alloc(100, 1);
    const EncryptionContext = { 'sealdrop-vault': 'other' };
    await expect(
      granted.kms.send(
        new DecryptCommand({ KeyId: outputs.WrappingKeyArn, CiphertextBlob, EncryptionContext }),
      ),
    ).rejects.toThrow(/not authorized|Access ?Denied/i);
  });
});
