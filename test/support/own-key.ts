import { constants, createPublicKey, publicEncrypt } from 'node:crypto';
import {
  CreateKeyCommand,
  GetParametersForImportCommand,
  ImportKeyMaterialCommand,
  PutKeyPolicyCommand,
  type ImportKeyMaterialCommandInput,
  type KMSClient,
} from '@aws-sdk/client-kms';

/** Makes a key that the account's IAM policies decide about, or one whose own policy lets everybody in. */
export async function createOwnKey(
  kms: KMSClient,
  { isOpen = false }: { readonly isOpen?: boolean } = {},
): Promise<string> {
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
  if (isOpen) {
    const Statement = [{ Effect: 'Allow', Principal: { AWS: '*' }, Action: 'kms:*', Resource: '*' }];
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
    await kms.send(new PutKeyPolicyCommand({ KeyId: KeyMetadata?.KeyId, Policy }));
  }
  return KeyMetadata?.Arn ?? '';
}

/** Imports material as it is done on AWS, and as docs/key-types.md says; returns its id. */
export async function importMaterial(
  kms: KMSClient,
  KeyId: string,
  material: Uint8Array,
  more: Partial<ImportKeyMaterialCommandInput> = {},
): Promise<string> {
  const { PublicKey = new Uint8Array(), ImportToken } = await kms.send(
    new GetParametersForImportCommand({
      ...{ KeyId, WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_4096' },
    }),
  );
  const key = createPublicKey({ key: Buffer.from(PublicKey), format: 'der', type: 'spki' });
  const padding = constants.RSA_PKCS1_OAEP_PADDING;
  const { KeyMaterialId = '' } = await kms.send(
    new ImportKeyMaterialCommand({
      ...{ KeyId, ImportToken, ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' },
      EncryptedKeyMaterial: publicEncrypt({ key, padding, oaepHash: 'sha256' }, material),
      ...more,
    }),
  );
  return KeyMaterialId;
}
