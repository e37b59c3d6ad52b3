import { GetKeyRotationStatusCommand, type KeyState } from '@aws-sdk/client-kms';
import { describe, expect, test } from '@jest/globals';
import { arnOf, createAccount, kmsException, type KeyFacts } from '../support/kms-account.ts';

/** What is listed of the only key of an account. */
async function listingOf(facts: KeyFacts, aliases?: string[]) {
  const account = createAccount();
  account.key(1, facts, aliases);
  const [listing] = await account.listed();
  return { ...listing, asked: account.countOf(GetKeyRotationStatusCommand) };
}

describe('a key of the account', () => {
  test('is listed with all that KMS tells', async () => {
    const account = createAccount();
    account.key(1, {}, ['alias/vault', 'alias/archive']);
    const nextRotation = new Date('2027-01-02T03:04:05Z');
    account.rotation = {
      KeyRotationEnabled: true,
      RotationPeriodInDays: 180,
      NextRotationDate: nextRotation,
    };
    expect(await account.listed()).toEqual([
      {
        keyArn: arnOf(1),
        aliases: ['alias/archive', 'alias/vault'],
        type: 'customer-managed',
        origin: 'kms',
        keySpec: 'SYMMETRIC_DEFAULT',
        keyUsage: 'ENCRYPT_DECRYPT',
        state: 'Enabled',
        rotation: { automatic: true, periodDays: 180, nextRotation },
        currentKeyMaterialId: 'material-1',
        wrapping: { can: true },
      },
    ]);
  });

  test('that AWS manages is of that type, cannot wrap, and is rotated without a schedule of ours', async () => {
    expect(await listingOf({ KeyManager: 'AWS' }, ['alias/aws/s3'])).toMatchObject({
      type: 'aws-managed',
      aliases: ['alias/aws/s3'],
      asked: 0,
      wrapping: { can: false, why: { code: 'KEY_NOT_CUSTOMER_MANAGED' } },
    });
  });

  test.each([
    ['AWS_KMS', 'kms', 1],
    ['EXTERNAL', 'imported', 0],
    ['AWS_CLOUDHSM', 'cloudhsm-key-store', 0],
    ['EXTERNAL_KEY_STORE', 'external-key-store', 0],
  ] as const)('with the origin %s is of the origin %s', async (Origin, origin, asked) => {
    const listing = await listingOf({ Origin });
    expect(listing).toMatchObject({ origin, asked, wrapping: { can: true } });
    expect('rotation' in listing).toBe(asked === 1);
  });

  test.each([
    ['RSA_2048', 'ENCRYPT_DECRYPT'],
    ['RSA_4096', 'SIGN_VERIFY'],
    ['ECC_NIST_P256', 'KEY_AGREEMENT'],
    ['HMAC_256', 'GENERATE_VERIFY_MAC'],
  ] as const)('with the spec %s and the usage %s cannot wrap, nor be rotated', async (KeySpec, KeyUsage) => {
    const listing = await listingOf({ KeySpec, KeyUsage, CurrentKeyMaterialId: undefined });
    expect(listing).toMatchObject({ keySpec: KeySpec, keyUsage: KeyUsage, asked: 0 });
    expect(listing.wrapping).toMatchObject({ can: false, why: { code: 'KEY_WRONG_TYPE' } });
    expect(listing).not.toHaveProperty('rotation');
    expect(listing).not.toHaveProperty('currentKeyMaterialId');
  });

  test.each([
    ['Enabled', undefined],
    ['Disabled', 'KEY_DISABLED'],
    ['PendingDeletion', 'KEY_PENDING_DELETION'],
    ['PendingReplicaDeletion', 'KEY_PENDING_DELETION'],
    ['PendingImport', 'KEY_UNAVAILABLE'],
    ['Unavailable', 'KEY_UNAVAILABLE'],
    ['Creating', 'KEY_UNAVAILABLE'],
    ['Updating', 'KEY_UNAVAILABLE'],
  ] as [KeyState, string | undefined][])('in the state %s is listed: %s', async (KeyState, code) => {
    const { state, wrapping } = await listingOf({ KeyState });
    expect(state).toBe(KeyState);
    const why = wrapping?.can === false ? wrapping.why : undefined;
    expect(why?.code).toBe(code);
    expect(why === undefined || why.message.includes(arnOf(1))).toBe(true);
  });

  test('that waits to be deleted tells until when', async () => {
    const DeletionDate = new Date('2026-12-24T00:00:00Z');
    const listing = await listingOf({ KeyState: 'PendingDeletion', DeletionDate });
    expect(listing.deletionDate).toEqual(DeletionDate);
  });

  test.each([
    ['PRIMARY', 'primary'],
    ['REPLICA', 'replica'],
  ] as const)('that is a %s of several Regions tells which', async (MultiRegionKeyType, role) => {
    const regionOf = (Region: string) => ({ Region, Arn: `arn:aws:kms:${Region}:111122223333:key/mrk-1` });
    const listing = await listingOf({
      MultiRegion: true,
      MultiRegionConfiguration: {
        MultiRegionKeyType,
        PrimaryKey: regionOf('us-east-1'),
        ReplicaKeys: [regionOf('eu-west-1'), regionOf('ap-south-1')],
      },
    });
    expect(listing.multiRegion).toEqual({
      role,
      primaryRegion: 'us-east-1',
      replicaRegions: ['ap-south-1', 'eu-west-1'],
    });
  });
});

describe('the rotation of a key', () => {
  test.each([
    [{ KeyRotationEnabled: false }, { automatic: false }],
    [{}, { automatic: false }],
    [
      { KeyRotationEnabled: true, RotationPeriodInDays: 90 },
      { automatic: true, periodDays: 90 },
    ],
    [
      { KeyRotationEnabled: false, OnDemandRotationStartDate: new Date(7) },
      { automatic: false, onDemandSince: new Date(7) },
    ],
  ])('that is %j is listed as %j', async (status, expected) => {
    const account = createAccount();
    account.key(1);
    account.rotation = status;
    expect((await account.listed())[0]?.rotation).toEqual(expected);
  });

  test.each([
    'AccessDeniedException',
    'KMSInvalidStateException',
    'NotFoundException',
    'UnsupportedOperationException',
  ])('is left out where KMS answers %s, and the key is listed', async (name) => {
    const account = createAccount();
    account.key(1, {}, ['alias/vault']);
    account.key(2);
    account.mock.on(GetKeyRotationStatusCommand, { KeyId: arnOf(1) }).rejects(kmsException(name));
    const [first, second] = await account.listed();
    expect(first).toMatchObject({ keyArn: arnOf(1), state: 'Enabled', wrapping: { can: true } });
    expect(first).not.toHaveProperty('rotation');
    expect(second?.rotation).toEqual({ automatic: false });
  });
});
