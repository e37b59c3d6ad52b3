import { DescribeKeyCommand, ListKeyRotationsCommand, RotateKeyOnDemandCommand } from '@aws-sdk/client-kms';
import { describe, expect, test } from '@jest/globals';
import { KeysScene, keyMetadata, refusal } from './keys-scene.ts';

const scene = new KeysScene();
const { Arn: arn } = keyMetadata;

/** A key with so many rotations on demand, whose next descriptions name these materials. */
function key(onDemand: number, materials: readonly string[] = ['aaa'], metadata: object = {}): void {
  const rest = [...materials];
  scene.kms.on(DescribeKeyCommand).callsFake(() => {
    const CurrentKeyMaterialId = rest.length > 1 ? rest.shift() : rest[0];
    return { KeyMetadata: { ...keyMetadata, ...metadata, CurrentKeyMaterialId } };
  });
  const RotationDate = new Date('2026-01-02T03:04:05Z');
  scene.kms.on(ListKeyRotationsCommand).resolves({
    Rotations: [
      { KeyMaterialId: 'first', KeyMaterialState: 'NON_CURRENT' },
      ...Array.from({ length: onDemand }, () => ({ RotationDate, RotationType: 'ON_DEMAND' as const })),
    ],
  });
  scene.kms.on(RotateKeyOnDemandCommand).resolves({});
}

const rotations = () => scene.kms.commandCalls(RotateKeyOnDemandCommand).map(({ args }) => args[0].input);

describe('a rotation', () => {
  test('is asked for by ARN, waited for, and told of', async () => {
    key(1, ['aaa', 'aaa', 'bbb']);
    const { code, stdout, stderr } = await scene.run('keys rotate alias/vault');
    expect([code, stdout]).toEqual([0, [`${arn} has new key material: bbb`]]);
    expect(stderr).toEqual([
      `sealdrop: ${arn} was rotated 0 times by schedule and 1 of 25 times on demand, the last time at 2026-01-02T03:04:05.000Z`,
      'sealdrop: rewrap now: sealdrop rewrap s3://bucket/ --key alias/vault --vault …',
    ]);
    expect(rotations()).toEqual([{ KeyId: arn }]);
  });

  test('is told as JSON', async () => {
    key(0, ['aaa', 'bbb']);
    const { stdout } = await scene.run('keys rotate alias/vault --json');
    expect(stdout.map((line) => JSON.parse(line) as object)).toEqual([
      { keyArn: arn, status: 'rotated', keyMaterialId: 'bbb', onDemandRotations: 1 },
    ]);
  });

  test('is only planned', async () => {
    key(24);
    expect((await scene.run('keys rotate alias/vault --dry-run')).stdout).toEqual([`would rotate ${arn}`]);
    const { stdout } = await scene.run('keys rotate alias/vault --dry-run --json');
    expect(JSON.parse(stdout[0] ?? '')).toEqual({ keyArn: arn, status: 'planned', onDemandRotations: 24 });
    expect(rotations()).toEqual([]);
  });

  test('that does not end in time goes on by itself', async () => {
    key(0);
    const { code, stdout, stderr } = await scene.run('keys rotate alias/vault --wait 0');
    expect([code, stdout, stderr.slice(1)]).toEqual([
      ...[1, []],
      [
        `sealdrop: error: the rotation of ${arn} has begun, and has not ended after 0 s`,
        `sealdrop: hint: it goes on by itself: look with "sealdrop keys history ${arn}", then rewrap`,
      ],
    ]);
  });

  test('that nobody waits for goes on by itself', async () => {
    key(0);
    const { code, stderr } = await scene.run('keys rotate alias/vault', ({ stop }) => {
      setTimeout(stop, 50);
    });
    expect([code, stderr[1]]).toEqual([1, 'sealdrop: error: interrupted while the key is rotated']);
  });
});

describe('no rotation is asked for', () => {
  test.each<[string, number, object, RegExp, RegExp]>([
    ['after the last one', 25, {}, /as often as can be/, /all rotations on demand of its life/],
    ['of a key in a store', 0, { Origin: 'AWS_CLOUDHSM' }, /custom key store has no rotation/, /--to-key/],
    ['of an external key store', 0, { Origin: 'EXTERNAL_KEY_STORE' }, /has no rotation/, /--to-key/],
    ['of an AWS managed key', 0, { KeyManager: 'AWS' }, /is an AWS managed key/, /customer managed key/],
    [
      'of an HMAC key',
      ...([0, { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' }] as const),
      ...([/is an HMAC key/, /symmetric/] as const),
    ],
    ['of imported material', 0, { Origin: 'EXTERNAL' }, /no new material waits/, /import new material first/],
    ['of a disabled key', 0, { KeyState: 'Disabled' }, /is disabled/, /enable/],
    [
      'of a replica',
      0,
      { MultiRegionConfiguration: { MultiRegionKeyType: 'REPLICA', PrimaryKey: { Region: 'us-west-2' } } },
      /follows its primary in us-west-2/,
      /add --region us-west-2/,
    ],
  ])('%s', async (_, onDemand, metadata, error, hint) => {
    key(onDemand, ['aaa'], metadata);
    const { code, stdout, stderr } = await scene.run('keys rotate alias/vault');
    expect([code, stdout, rotations()]).toEqual([1, [], []]);
    expect(stderr.at(-2)).toMatch(error);
    expect(stderr.at(-1)).toMatch(hint);
  });
});

test.each([
  ['LimitExceededException', 'the key has had all rotations on demand of its life'],
  ['ConflictException', 'a rotation of this key is under way'],
  ['AccessDeniedException', 'grant the named action'],
])('KMS refuses with %s', async (name, hint) => {
  key(3);
  scene.kms.on(RotateKeyOnDemandCommand).rejects(refusal(name));
  const { code, stderr } = await scene.run('keys rotate alias/vault');
  expect([code, stderr[1]]).toEqual([1, `sealdrop: error: kms:RotateKeyOnDemand on ${arn} failed: ${name}`]);
  expect(stderr[2]).toContain(hint);
});
