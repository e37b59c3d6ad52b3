import {
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  randomBytes,
  type KeyObject,
} from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateKeyCommand } from '@aws-sdk/client-kms';
import {
  CreateBucketCommand,
  GetObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import {
  KmsKeyring,
  RawAesKeyring,
  RawRsaKeyring,
  S3EncryptionClient,
  type EncryptionContext,
  type Keyring,
  type S3EncryptionClientOptions,
} from '../../aws/index.ts';
import { VaultClient } from '../support/vault-client.ts';
import type { PeerClient, PeerKeyring, PeerRequest } from './peer-client.ts';

/** The keys that both sides hold: one of each kind, and the RSA key of a partner. */
export type KeyringName = 'kms' | 'aes' | 'rsa' | 'partner';

/** How one object is stored. */
export interface Way {
  readonly format: 'V3' | 'V2';
  readonly keyring: KeyringName;
  readonly strategy: 'object-metadata' | 'instruction-file';
  readonly context: EncryptionContext;
  readonly lengthBytes: number;
}

/** What a way is called in the title of a test. */
export function titleOf({ format, keyring, strategy, context, lengthBytes }: Way): string {
  const pairs = `${Object.keys(context).length} pairs`;
  return `${format}, ${keyring}, ${strategy}, ${pairs}, ${lengthBytes} bytes`;
}

/** The two sides of a conformance test: our client and an official one, the same keys, one bucket. */
export class ConformanceScene {
  readonly bucket: string;
  readonly local: VaultClient = new VaultClient();
  readonly #folder = mkdtemp(join(tmpdir(), 'sealdrop-conformance-'));
  readonly #aesKey = randomBytes(32);
  readonly #rsaKey: KeyObject = newRsaKey();
  readonly #partnerKey: KeyObject = newRsaKey();
  #keyId = '';
  #files = 0;

  constructor(bucket: string) {
    this.bucket = bucket;
  }

  /** Makes the bucket and the key. */
  async create(): Promise<void> {
    const { s3, kms } = this.local.administrator;
    await s3.send(new CreateBucketCommand({ Bucket: this.bucket }));
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await s3.send(new PutBucketVersioningCommand({ Bucket: this.bucket, VersioningConfiguration }));
    this.#keyId = (await kms.send(new CreateKeyCommand({}))).KeyMetadata?.Arn ?? '';
  }

  async remove(): Promise<void> {
    await rm(await this.#folder, { recursive: true });
  }

  /** Our client for a way of storing. */
  ours(way: Way, options: Partial<S3EncryptionClientOptions> = {}): S3EncryptionClient {
    return new S3EncryptionClient({
      keyring: this.ourKeyring(way.keyring),
      s3Client: this.local.administrator.s3,
      encryptionContext: way.context,
      metadataStrategy: way.strategy,
      ...(way.format === 'V2' ? { commitmentPolicy: 'FORBID_ENCRYPT_ALLOW_DECRYPT' } : {}),
      ...options,
    });
  }

  ourKeyring(name: KeyringName): Keyring {
    switch (name) {
      case 'kms':
        return new KmsKeyring({ keyId: this.#keyId, client: this.local.administrator.kms });
      case 'aes':
        return new RawAesKeyring({ wrappingKey: createSecretKey(this.#aesKey) });
      case 'rsa':
        return new RawRsaKeyring({ privateKey: this.#rsaKey });
      case 'partner':
        return new RawRsaKeyring({ privateKey: this.#partnerKey });
    }
  }

  /** @param description - tells raw keys apart where a client holds several */
  theirKeyring(name: KeyringName, description?: Readonly<Record<string, string>>): PeerKeyring {
    const described = description === undefined ? {} : { materialsDescription: description };
    switch (name) {
      case 'kms':
        return { type: 'kms', keyId: this.#keyId };
      case 'aes':
        return { type: 'aes', keyBase64: this.#aesKey.toString('base64'), ...described };
      case 'rsa':
        return { ...rsaKeyring(this.#rsaKey), ...described };
      case 'partner':
        return { ...rsaKeyring(this.#partnerKey), ...described };
    }
  }

  async putByUs(key: string, way: Way, content: Buffer): Promise<void> {
    await this.ours(way).send(new PutObjectCommand({ Bucket: this.bucket, Key: key, Body: content }));
  }

  async getByUs(key: string, way: Way, options: Partial<S3EncryptionClientOptions> = {}): Promise<Buffer> {
    const { Body } = await this.ours(way, options).send(
      new GetObjectCommand({ Bucket: this.bucket, Key: key }),
    );
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  }

  async putByThem(
    peer: PeerClient,
    key: string,
    way: Way,
    content: Buffer,
    more: Partial<PeerRequest> = {},
  ): Promise<void> {
    const path = await this.newFile();
    await writeFile(path, content);
    await this.asked(peer, { ...this.#request('put', key, way), path, ...more });
  }

  async getByThem(peer: PeerClient, key: string, way: Way, more: Partial<PeerRequest> = {}): Promise<Buffer> {
    const path = await this.newFile();
    await this.asked(peer, { ...this.#request('get', key, way), path, ...more });
    return readFile(path);
  }

  /** Has a request done that must succeed. */
  async asked(peer: PeerClient, request: PeerRequest): Promise<void> {
    const answer = await peer.call(request);
    if (!answer.ok) throw new Error([answer.error, ...(answer.causes ?? [])].join('\n'));
  }

  async newFile(): Promise<string> {
    this.#files += 1;
    return join(await this.#folder, `content-${this.#files}`);
  }

  #request(verb: PeerRequest['verb'], key: string, way: Way): PeerRequest {
    return {
      verb,
      bucket: this.bucket,
      key,
      keyring: this.theirKeyring(way.keyring),
      context: way.context,
      ...(verb === 'put' && way.strategy === 'instruction-file' ? { instructionFile: true } : {}),
      ...(way.format === 'V3'
        ? {}
        : {
            commitmentPolicy: 'FORBID_ENCRYPT_ALLOW_DECRYPT',
            algorithm: 'ALG_AES_256_GCM_IV12_TAG16_NO_KDF',
          }),
    };
  }
}

function newRsaKey(): KeyObject {
  return generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
}

function rsaKeyring(privateKey: KeyObject): PeerKeyring & { readonly type: 'rsa' } {
  const publicKey = createPublicKey(privateKey);
  return {
    type: 'rsa',
    privateKeyBase64: privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64'),
    publicKeyBase64: publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
  };
}
