import {
  DescribeKeyCommand,
  GetKeyRotationStatusCommand,
  ListKeyRotationsCommand,
} from '@aws-sdk/client-kms';
import { beforeEach, expect, test } from '@jest/globals';
import { KeysScene, keyMetadata, refusal } from './keys-scene.ts';

const scene = new KeysScene();
const { Arn: keyArn } = keyMetadata;

beforeEach(() => {
  scene.kms.on(DescribeKeyCommand).resolves({ KeyMetadata: keyMetadata });
  scene.kms.on(GetKeyRotationStatusCommand, { KeyId: keyArn }).resolves({
    ...{ KeyRotationEnabled: true, RotationPeriodInDays: 180 },
    NextRotationDate: new Date('2027-01-02T03:04:05Z'),
  });
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

const policyOf = async (): Promise<string | undefined> =>
  (await scene.run('keys history alias/vault')).stderr[0];

test('how often the key is rotated is told beside the table', async () => {
  expect(await policyOf()).toBe(
    `sealdrop: ${keyArn} is rotated every 180 days, the next time at 2027-01-02T03:04:05.000Z`,
  );
});

test('a key that nothing rotates by itself is told of, and one with imported material never asked about', async () => {
  scene.kms.on(GetKeyRotationStatusCommand).resolves({ KeyRotationEnabled: false });
  expect(await policyOf()).toBe(`sealdrop: ${keyArn} is rotated on demand alone: automatic rotation is off`);
  scene.kms.on(DescribeKeyCommand).resolves({ KeyMetadata: { ...keyMetadata, Origin: 'EXTERNAL' } });
  scene.kms.on(GetKeyRotationStatusCommand).rejects(refusal('UnsupportedOperationException'));
  expect(await policyOf()).toBe(`sealdrop: ${keyArn} has imported material: it is rotated on demand alone`);
});

test('who may not see how often is told of the materials all the same', async () => {
  scene.kms.on(GetKeyRotationStatusCommand).rejects(refusal('AccessDeniedException'));
  const { code, stdout, stderr } = await scene.run('keys history alias/vault');
  expect([code, stdout.length]).toEqual([0, 5]);
  expect(stderr[0]).toContain(`kms:GetKeyRotationStatus on ${keyArn} failed: AccessDeniedException`);
});

test('what else goes wrong is told as an error', async () => {
  scene.kms.on(GetKeyRotationStatusCommand).rejects(refusal('NotFoundException'));
  expect((await scene.run('keys history alias/vault')).code).toBe(1);
});

test.each(['AWS_CLOUDHSM', 'EXTERNAL_KEY_STORE'] as const)(
  'a key of the origin %s has no history, and never will',
  async (Origin) => {
    scene.kms.on(DescribeKeyCommand).resolves({ KeyMetadata: { ...keyMetadata, Origin } });
    const { code, stdout, stderr } = await scene.run('keys history alias/vault');
    expect([code, stdout]).toEqual([1, []]);
    expect(stderr[0]).toMatch(/cannot be rotated on demand: a key in a custom key store has no rotation/);
    expect(stderr[1]).toMatch(/make a new key, and move the data keys to it/);
  },
);
