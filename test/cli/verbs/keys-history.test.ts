import { DescribeKeyCommand, ListKeyRotationsCommand } from '@aws-sdk/client-kms';
import { beforeEach, expect, test } from '@jest/globals';
import { KeysScene, keyMetadata, refusal } from './keys-scene.ts';

const scene = new KeysScene();
const { Arn: keyArn } = keyMetadata;

beforeEach(() => {
  scene.kms.on(DescribeKeyCommand).resolves({ KeyMetadata: keyMetadata });
  scene.kms.on(ListKeyRotationsCommand, { KeyId: keyArn }).resolves({
    Rotations: [
      { KeyMaterialId: 'aaa', KeyMaterialState: 'NON_CURRENT' },
      {
        ...{ KeyMaterialId: 'bbb', KeyMaterialState: 'CURRENT' },
        ...{ RotationDate: new Date('2026-01-02T03:04:05Z'), RotationType: 'AUTOMATIC' },
      },
      { KeyMaterialId: 'ccc', KeyMaterialState: 'PENDING_ROTATION' },
      { RotationDate: new Date('2027-01-01T00:00:00Z') },
    ],
  });
});

test('the materials of a key are a table', async () => {
  expect((await scene.run('keys history alias/vault')).stdout).toEqual([
    'ROTATED                   HOW              STATE             KEY MATERIAL',
    '-                         first            non current       aaa',
    '2026-01-02T03:04:05.000Z  automatic        current           bbb',
    '2027-01-01T00:00:00.000Z  first            ?                 ?',
    '-                         imported, waits  pending rotation  ccc',
  ]);
});

test('as JSON they are one line each', async () => {
  const { stdout } = await scene.run('keys history alias/vault --json');
  expect(stdout.slice(0, 2).map((line) => JSON.parse(line) as object)).toEqual([
    { keyArn, keyMaterialId: 'aaa', state: 'NON_CURRENT' },
    {
      keyArn,
      keyMaterialId: 'bbb',
      rotatedAt: '2026-01-02T03:04:05.000Z',
      kind: 'automatic',
      state: 'CURRENT',
    },
  ]);
});

test('who may not is told which action on what', async () => {
  scene.kms.on(ListKeyRotationsCommand, { KeyId: keyArn }).rejects(refusal('AccessDeniedException'));
  const { code, stderr } = await scene.run('keys history alias/vault');
  expect([code, stderr[0]]).toEqual([
    1,
    `sealdrop: error: kms:ListKeyRotations on ${keyArn} failed: AccessDeniedException`,
  ]);
});

test.each(['AWS_CLOUDHSM', 'EXTERNAL_KEY_STORE'] as const)('a key of %s has no history', async (Origin) => {
  scene.kms.on(DescribeKeyCommand).resolves({ KeyMetadata: { ...keyMetadata, Origin } });
  scene.kms.on(ListKeyRotationsCommand, { KeyId: keyArn }).rejects(refusal('UnsupportedOperationException'));
  const { code, stderr } = await scene.run('keys history alias/vault');
  expect([code, stderr]).toEqual([
    1,
    [
      `sealdrop: error: kms:ListKeyRotations on ${keyArn} failed: UnsupportedOperationException`,
      'sealdrop: hint: it has one material for good: keys in custom key stores, asymmetric and HMAC keys are not rotated',
    ],
  ]);
});
