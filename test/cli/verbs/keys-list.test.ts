import {
  DescribeKeyCommand,
  GetKeyRotationStatusCommand,
  ListAliasesCommand,
  ListKeysCommand,
  type KeyMetadata,
} from '@aws-sdk/client-kms';
import { expect, test } from '@jest/globals';
import { KeysScene, keyMetadata } from './keys-scene.ts';

const scene = new KeysScene();

/** The only row that is told of a key. */
async function rowOf(facts: Partial<KeyMetadata>): Promise<string> {
  scene.kms.on(ListAliasesCommand).resolves({ Aliases: [] });
  scene.kms.on(ListKeysCommand).resolves({ Keys: [{ KeyId: '1', KeyArn: keyMetadata.Arn }] });
  scene.kms.on(DescribeKeyCommand).resolves({ KeyMetadata: { ...keyMetadata, ...facts } });
  scene.kms.on(GetKeyRotationStatusCommand).resolves({ KeyRotationEnabled: true, RotationPeriodInDays: 180 });
  const { stdout } = await scene.run('keys list');
  return (stdout[1] ?? '').split(/ {2,}/).join(' | ');
}

const regions = (MultiRegionKeyType: 'PRIMARY' | 'REPLICA'): Partial<KeyMetadata> => ({
  MultiRegion: true,
  MultiRegionConfiguration: {
    MultiRegionKeyType,
    PrimaryKey: { Region: 'us-east-1' },
    ReplicaKeys: [{ Region: 'eu-west-1' }],
  },
});

test.each<[string, Partial<KeyMetadata>, string]>([
  ['customer managed', {}, 'customer managed | Enabled | every 180 days | one | yes'],
  [
    'AWS managed',
    { KeyManager: 'AWS' },
    'AWS managed | Enabled | every year | one | no: is an AWS managed key and cannot wrap data keys',
  ],
  ['imported', { Origin: 'EXTERNAL' }, 'customer managed, imported | Enabled | - | one | yes'],
  [
    'imported, without material',
    { Origin: 'EXTERNAL', KeyState: 'PendingImport' },
    'customer managed, imported | PendingImport | - | one | no: has no key material: none yet, or it expired or was deleted',
  ],
  ['of CloudHSM', { Origin: 'AWS_CLOUDHSM' }, 'customer managed, CloudHSM | Enabled | - | one | yes'],
  [
    'of an external store that is away',
    { Origin: 'EXTERNAL_KEY_STORE', KeyState: 'Unavailable' },
    'customer managed, external | Unavailable | - | one | no: cannot be reached: its custom key store is not connected',
  ],
  [
    'a primary',
    regions('PRIMARY'),
    'customer managed | Enabled | every 180 days | us-east-1 (primary) eu-west-1 | yes',
  ],
  [
    'a replica',
    regions('REPLICA'),
    'customer managed | Enabled | every 180 days | replica of us-east-1 | yes',
  ],
  [
    'asymmetric',
    { KeySpec: 'RSA_2048' },
    'customer managed, RSA_2048 | Enabled | - | one | no: is an asymmetric key and cannot wrap data keys',
  ],
  [
    'for HMAC',
    { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' },
    'customer managed, HMAC_256 | Enabled | - | one | no: is an HMAC key and cannot wrap data keys',
  ],
  [
    'disabled',
    { KeyState: 'Disabled' },
    'customer managed | Disabled | every 180 days | one | no: is disabled',
  ],
])('a key that is %s', async (_, facts, expected) => {
  expect(await rowOf(facts)).toBe(`1 | ${expected}`);
});
