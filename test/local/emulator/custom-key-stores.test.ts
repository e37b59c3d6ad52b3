import { beforeEach, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import {
  ConnectCustomKeyStoreCommand,
  CreateCustomKeyStoreCommand,
  CreateKeyCommand,
  DecryptCommand,
  DeleteCustomKeyStoreCommand,
  DescribeCustomKeyStoresCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  DisconnectCustomKeyStoreCommand,
  EnableKeyRotationCommand,
  GenerateDataKeyCommand,
  GetKeyRotationStatusCommand,
  RotateKeyOnDemandCommand,
  type CreateKeyCommandInput,
} from '@aws-sdk/client-kms';
import { StatesWorld } from './states-world.ts';

const { kms } = new StatesWorld().administrator;

describe.each([
  ['AWS_CLOUDHSM', { CloudHsmClusterId: 'cluster-1a23b4cdefg', KeyStorePassword: 'kmsPswd1' }, {}],
  [
    'EXTERNAL_KEY_STORE',
    {
      XksProxyUriEndpoint: 'https://xks.example.com',
      XksProxyUriPath: '/kms/xks/v1',
      XksProxyConnectivity: 'PUBLIC_ENDPOINT',
    },
    { XksKeyId: 'bb8562717f809024' },
  ],
] as const)('a custom key store of the kind %s', (CustomKeyStoreType, store, inStore) => {
  let CustomKeyStoreId: string | undefined;
  const CustomKeyStoreName = (): string => `store-${randomUUID()}`;
  beforeEach(async () => {
    ({ CustomKeyStoreId } = await kms.send(
      new CreateCustomKeyStoreCommand({
        CustomKeyStoreName: CustomKeyStoreName(),
        CustomKeyStoreType,
        ...store,
      }),
    ));
  });

  const connect = (): Promise<unknown> => kms.send(new ConnectCustomKeyStoreCommand({ CustomKeyStoreId }));
  const disconnect = (): Promise<unknown> =>
    kms.send(new DisconnectCustomKeyStoreCommand({ CustomKeyStoreId }));

  async function createKey(more: CreateKeyCommandInput = {}): Promise<string> {
    const { KeyMetadata } = await kms.send(
      new CreateKeyCommand({ Origin: CustomKeyStoreType, CustomKeyStoreId, ...inStore, ...more }),
    );
    return KeyMetadata?.KeyId ?? '';
  }

  test('is connected and disconnected, and goes once it holds no keys', async () => {
    const state = async (): Promise<string | undefined> => {
      const { CustomKeyStores } = await kms.send(new DescribeCustomKeyStoresCommand({ CustomKeyStoreId }));
      expect(JSON.stringify(CustomKeyStores)).not.toContain('kmsPswd1');
      return CustomKeyStores?.[0]?.ConnectionState;
    };
    expect(await state()).toBe('DISCONNECTED');
    await expect(disconnect()).rejects.toMatchObject({ name: 'CustomKeyStoreInvalidStateException' });
    await connect();
    expect(await state()).toBe('CONNECTED');
    await expect(connect()).rejects.toMatchObject({ name: 'CustomKeyStoreInvalidStateException' });
    await disconnect();
    await kms.send(new DeleteCustomKeyStoreCommand({ CustomKeyStoreId }));
    await expect(state()).rejects.toMatchObject({ name: 'CustomKeyStoreNotFoundException' });
  });

  test('makes keys while it is connected', async () => {
    await expect(createKey()).rejects.toMatchObject({ name: 'CustomKeyStoreInvalidStateException' });
    await connect();
    const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: await createKey() }));
    expect(KeyMetadata).toMatchObject({
      Origin: CustomKeyStoreType,
      CustomKeyStoreId,
      MultiRegion: false,
      KeyState: 'Enabled',
    });
    expect(KeyMetadata?.CloudHsmClusterId).toBe(
      'CloudHsmClusterId' in store ? store.CloudHsmClusterId : undefined,
    );
    expect(KeyMetadata?.XksKeyConfiguration?.Id).toBe('XksKeyId' in inStore ? inStore.XksKeyId : undefined);
    expect(KeyMetadata?.CurrentKeyMaterialId).toBeUndefined();
    await disconnect();
    await expect(kms.send(new DeleteCustomKeyStoreCommand({ CustomKeyStoreId }))).rejects.toMatchObject({
      name: 'CustomKeyStoreHasCMKsException',
    });
  });

  test('makes no multi-Region and no asymmetric keys, and rotates none', async () => {
    await connect();
    for (const more of [{ MultiRegion: true }, { KeySpec: 'RSA_2048' }] as const) {
      await expect(createKey(more)).rejects.toMatchObject({ name: 'UnsupportedOperationException' });
    }
    const KeyId = await createKey();
    const refused = { name: 'UnsupportedOperationException' };
    await expect(kms.send(new EnableKeyRotationCommand({ KeyId }))).rejects.toMatchObject(refused);
    await expect(kms.send(new RotateKeyOnDemandCommand({ KeyId }))).rejects.toMatchObject(refused);
    const { KeyRotationEnabled } = await kms.send(new GetKeyRotationStatusCommand({ KeyId }));
    expect(KeyRotationEnabled).toBe(false);
  });

  test('takes its keys along when it is disconnected', async () => {
    await connect();
    const KeyId = await createKey();
    const { CiphertextBlob, Plaintext } = await kms.send(
      new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' }),
    );
    const open = async (): Promise<Uint8Array | undefined> =>
      (await kms.send(new DecryptCommand({ CiphertextBlob }))).Plaintext;
    expect(await open()).toEqual(Plaintext);
    await disconnect();
    const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId }));
    expect(KeyMetadata).toMatchObject({ KeyState: 'Unavailable', Enabled: false });
    await expect(open()).rejects.toMatchObject({ name: 'KMSInvalidStateException' });
    await connect();
    expect(await open()).toEqual(Plaintext);
    await kms.send(new DisableKeyCommand({ KeyId }));
    await disconnect();
    await connect();
    await expect(open()).rejects.toMatchObject({ name: 'DisabledException' });
  });
});

test('a key of an external key store uses an external key that no other uses', async () => {
  const { CustomKeyStoreId } = await kms.send(
    new CreateCustomKeyStoreCommand({
      CustomKeyStoreName: `store-${randomUUID()}`,
      CustomKeyStoreType: 'EXTERNAL_KEY_STORE',
    }),
  );
  await kms.send(new ConnectCustomKeyStoreCommand({ CustomKeyStoreId }));
  const make = (XksKeyId?: string): Promise<unknown> =>
    kms.send(new CreateKeyCommand({ Origin: 'EXTERNAL_KEY_STORE', CustomKeyStoreId, XksKeyId }));
  await make('a');
  await expect(make('a')).rejects.toMatchObject({ name: 'XksKeyAlreadyInUseException' });
  await expect(make()).rejects.toMatchObject({ name: 'ValidationException' });
});
