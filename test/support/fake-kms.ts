import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

/** The pairs of one request, as the service gets them. */
type Context = Record<string, string>;

/** What one key of the service is. */
interface FakeKey {
  readonly arn: string;
  readonly manager: 'AWS' | 'CUSTOMER';
  readonly keySpec: string;
  /** Where its material is from. */
  readonly origin: string;
  state: string;
  /** Key material by its id; the last is the current one. */
  readonly materials: Map<string, Buffer>;
}

/** An exception as KMS names it. */
export class FakeKmsException extends Error {
  readonly $metadata: { httpStatusCode: number };

  constructor(name: string, message = 'the fake service refused', status = 400) {
    super(message);
    this.name = name;
    this.$metadata = { httpStatusCode: status };
  }
}

/** One call that reached the service. */
export interface KmsCall {
  readonly action: string;
  readonly keyId: string;
  readonly context: Context;
}

/** The part of AWS KMS that wraps data keys, with real cryptography: a wrapping opens under its context only. */
export class FakeKms {
  /** Every call that arrived, refused ones too. */
  readonly calls: KmsCall[] = [];
  /** Every plaintext that was handed out, so that a test can see whether it was zero-filled. */
  readonly plaintexts: Buffer[] = [];
  /** The length of new data keys, in bytes. */
  dataKeyBytes = 32;
  readonly #keys = new Map<string, FakeKey>();
  readonly #aliases = new Map<string, string>();
  readonly #faults: Error[] = [];

  /** Makes a key with material of its own, and returns its ARN. */
  createKey(options: { manager?: 'AWS' | 'CUSTOMER'; keySpec?: string; origin?: string } = {}): string {
    const { manager = 'CUSTOMER', keySpec = 'SYMMETRIC_DEFAULT', origin = 'AWS_KMS' } = options;
    const id = `00000000-0000-4000-8000-${String(this.#keys.size + 1).padStart(12, '0')}`;
    const arn = `arn:aws:kms:eu-west-1:111122223333:key/${id}`;
    this.#keys.set(arn, { arn, manager, keySpec, origin, state: 'Enabled', materials: new Map() });
    this.rotate(arn);
    return arn;
  }

  setAlias(alias: string, arn: string): void {
    this.#aliases.set(alias, arn);
  }

  setState(arn: string, state: string): void {
    this.#find(arn).state = state;
  }

  /** Gives a key new material, and returns the material's id; wrappings under the old stay readable. */
  rotate(arn: string): string {
    const { materials } = this.#find(arn);
    const id = createHash('sha256').update(`${arn}#${materials.size}`).digest('hex');
    materials.set(id, randomBytes(32));
    return id;
  }

  /** Makes the next calls fail, one for each error. */
  failNext(...errors: Error[]): void {
    this.#faults.push(...errors);
  }

  /** Forgets the errors that no call has met. */
  forgetFaults(): void {
    this.#faults.length = 0;
  }

  generateDataKey(input: { KeyId?: string | undefined; EncryptionContext?: Context | undefined }): {
    Plaintext: Buffer;
    CiphertextBlob: Buffer;
    KeyId: string;
    KeyMaterialId: string;
  } {
    const { key, context } = this.#receive('GenerateDataKey', input.KeyId, input.EncryptionContext);
    assertUsable(key);
    const plaintext = this.#handOut(randomBytes(this.dataKeyBytes));
    const materialId = currentMaterialId(key);
    return {
      Plaintext: plaintext,
      CiphertextBlob: wrap(key, materialId, plaintext, context),
      KeyId: key.arn,
      KeyMaterialId: materialId,
    };
  }

  decrypt(input: {
    KeyId?: string | undefined;
    CiphertextBlob?: Uint8Array | undefined;
    EncryptionContext?: Context | undefined;
  }): { Plaintext: Buffer; KeyId: string; KeyMaterialId: string } {
    const { key, context } = this.#receive('Decrypt', input.KeyId, input.EncryptionContext);
    const { plaintext, materialId } = unwrap(key, input.CiphertextBlob, context);
    return { Plaintext: this.#handOut(plaintext), KeyId: key.arn, KeyMaterialId: materialId };
  }

  reEncrypt(input: {
    SourceKeyId?: string | undefined;
    DestinationKeyId?: string | undefined;
    CiphertextBlob?: Uint8Array | undefined;
    SourceEncryptionContext?: Context | undefined;
    DestinationEncryptionContext?: Context | undefined;
  }): { CiphertextBlob: Buffer; KeyId: string; DestinationKeyMaterialId: string } {
    const from = this.#receive('ReEncrypt', input.SourceKeyId, input.SourceEncryptionContext);
    const { plaintext } = unwrap(from.key, input.CiphertextBlob, from.context);
    const to = this.#find(input.DestinationKeyId);
    assertUsable(to);
    const materialId = currentMaterialId(to);
    const blob = wrap(to, materialId, plaintext, input.DestinationEncryptionContext ?? {});
    return { CiphertextBlob: blob, KeyId: to.arn, DestinationKeyMaterialId: materialId };
  }

  describeKey(input: { KeyId?: string | undefined }): {
    KeyMetadata: Record<'KeyId' | 'Arn' | 'KeyManager' | 'KeySpec' | 'KeyUsage' | 'KeyState', string> & {
      Origin: string;
      /** Not there for a key in a key store. */
      CurrentKeyMaterialId: string;
    };
  } {
    const { key } = this.#receive('DescribeKey', input.KeyId, {});
    return {
      KeyMetadata: {
        KeyId: key.arn.slice(key.arn.lastIndexOf('/') + 1),
        Arn: key.arn,
        KeyManager: key.manager,
        KeySpec: key.keySpec,
        KeyUsage: 'ENCRYPT_DECRYPT',
        KeyState: key.state,
        Origin: key.origin,
        ...((hasMaterials(key) ? { CurrentKeyMaterialId: currentMaterialId(key) } : {}) as {
          CurrentKeyMaterialId: string;
        }),
      },
    };
  }

  #receive(action: string, keyId = '', context: Context = {}): { key: FakeKey; context: Context } {
    this.calls.push({ action, keyId, context: { ...context } });
    const fault = this.#faults.shift();
    if (fault !== undefined) throw fault;
    return { key: this.#find(keyId), context };
  }

  #find(keyId = ''): FakeKey {
    const arn = this.#aliases.get(keyId) ?? keyId;
    const key = [...this.#keys.values()].find((each) => each.arn === arn || each.arn.endsWith(`/${arn}`));
    if (key === undefined) throw new FakeKmsException('NotFoundException');
    return key;
  }

  #handOut(plaintext: Buffer): Buffer {
    this.plaintexts.push(plaintext);
    return plaintext;
  }
}

/**
 * Of a key in a key store KMS names no current material, though it names the material in its other answers.
 *
 * Source: AWS KMS API Reference, "KeyMetadata" (CurrentKeyMaterialId), "GenerateDataKey" (KeyMaterialId)
 */
function hasMaterials({ origin }: FakeKey): boolean {
  return origin === 'AWS_KMS' || origin === 'EXTERNAL';
}

function assertUsable({ manager, state }: FakeKey): void {
  if (manager === 'AWS') throw new FakeKmsException('AccessDeniedException');
  if (state === 'Disabled') throw new FakeKmsException('DisabledException');
  if (state !== 'Enabled') throw new FakeKmsException('KMSInvalidStateException');
}

function currentMaterialId({ materials }: FakeKey): string {
  return [...materials.keys()].at(-1) ?? '';
}

/** Two bytes of the header's length, the header, the IV, the wrapped bytes, the tag. */
function wrap({ arn, materials }: FakeKey, materialId: string, plaintext: Buffer, context: Context): Buffer {
  const header = Buffer.from(JSON.stringify({ arn, materialId }));
  const length = Buffer.alloc(2);
  length.writeUInt16BE(header.length);
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', materials.get(materialId) ?? '', iv);
  cipher.setAAD(authenticated(header, context));
  return Buffer.concat([length, header, iv, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

function unwrap(
  key: FakeKey,
  blob: Uint8Array = Buffer.alloc(0),
  context: Context,
): { plaintext: Buffer; materialId: string } {
  const { header, iv, wrapped, tag, arn, materialId } = parseBlob(Buffer.from(blob));
  if (arn !== key.arn) throw new FakeKmsException('IncorrectKeyException');
  assertUsable(key);
  const material = key.materials.get(materialId);
  if (material === undefined) throw new FakeKmsException('InvalidCiphertextException');
  const decipher = createDecipheriv('aes-256-gcm', material, iv);
  decipher.setAAD(authenticated(header, context));
  decipher.setAuthTag(tag);
  try {
    return { plaintext: Buffer.concat([decipher.update(wrapped), decipher.final()]), materialId };
  } catch {
    throw new FakeKmsException('InvalidCiphertextException');
  }
}

function parseBlob(blob: Buffer): Record<'header' | 'iv' | 'wrapped' | 'tag', Buffer> & {
  arn: string;
  materialId: string;
} {
  try {
    const end = 2 + blob.readUInt16BE(0);
    const header = blob.subarray(2, end);
    return {
      header,
      iv: blob.subarray(end, end + 12),
      wrapped: blob.subarray(end + 12, -16),
      tag: blob.subarray(-16),
      ...(JSON.parse(header.toString()) as { arn: string; materialId: string }),
    };
  } catch {
    throw new FakeKmsException('InvalidCiphertextException');
  }
}

function authenticated(header: Buffer, context: Context): Buffer {
  const pairs = Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1));
  return Buffer.concat([header, Buffer.from(JSON.stringify(pairs))]);
}
