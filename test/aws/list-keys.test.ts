import {
  DescribeKeyCommand,
  GetKeyRotationStatusCommand,
  ListAliasesCommand,
  ListKeysCommand,
  type KeyState,
} from '@aws-sdk/client-kms';
import { describe, expect, test } from '@jest/globals';
import { listKeys } from '../../aws/list-keys.ts';
import { failureOf } from '../support/bytes.ts';
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
    if (code === undefined) expect(wrapping).toEqual({ can: true });
    else {
      const why = { code, message: expect.stringContaining(arnOf(1)) as string };
      expect(wrapping).toEqual({ can: false, why });
    }
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

describe('a key that may not be described', () => {
  const refused = (name: string, aliases?: string[]) => {
    const account = createAccount();
    account.key(1, {}, aliases);
    account.key(2);
    account.mock.on(DescribeKeyCommand, { KeyId: arnOf(1) }).rejects(kmsException(name));
    return account;
  };

  test('is listed with what is known of it, and why no more is; the others follow', async () => {
    const account = refused('AccessDeniedException', ['alias/vault']);
    const [first, second] = await account.listed();
    expect(first).toEqual({
      keyArn: arnOf(1),
      aliases: ['alias/vault'],
      wrapping: {
        can: false,
        why: {
          code: 'ACCESS_DENIED',
          message: `kms:DescribeKey on ${arnOf(1)} failed: AccessDeniedException`,
        },
      },
    });
    expect(second).toMatchObject({ keyArn: arnOf(2), wrapping: { can: true } });
    expect(account.countOf(GetKeyRotationStatusCommand)).toBe(1);
  });

  test('is one that AWS manages where its name says so', async () => {
    const [, second] = await refused('AccessDeniedException', []).listed();
    expect(second).not.toHaveProperty('keyState');
    const [first] = await refused('AccessDeniedException', ['alias/aws/ebs']).listed();
    expect(first).toMatchObject({ type: 'aws-managed', wrapping: { can: false } });
  });

  test('since it was deleted meanwhile is listed too', async () => {
    const [first] = await refused('NotFoundException', ['alias/vault']).listed();
    expect(first?.wrapping).toMatchObject({ can: false, why: { code: 'KEY_NOT_FOUND' } });
  });
});

describe('the list', () => {
  test('is empty where there is no key', async () => {
    expect(await createAccount().listed()).toEqual([]);
  });

  test('goes through all pages, of the aliases once for all keys', async () => {
    const account = createAccount(3);
    for (let number = 1; number <= 7; number += 1) {
      account.key(number, {}, [`alias/a${number}`, `alias/b${number}`]);
    }
    const listed = await account.listed();
    expect(listed.map(({ keyArn }) => keyArn)).toEqual([1, 2, 3, 4, 5, 6, 7].map(arnOf));
    expect(listed.map(({ aliases }) => aliases)).toEqual(
      [1, 2, 3, 4, 5, 6, 7].map((number) => [`alias/a${number}`, `alias/b${number}`]),
    );
    const asked = account.mock.commandCalls(ListAliasesCommand).map((call) => call.args[0].input);
    expect(asked.map(({ Marker }) => Marker)).toEqual([undefined, '3', '6', '9', '12']);
    expect(asked.filter((input) => 'KeyId' in input)).toEqual([]);
    expect(account.countOf(ListKeysCommand)).toBe(3);
  });

  test('is in the order of first aliases, then of ARNs, however KMS orders it', async () => {
    const account = createAccount();
    account.key(4);
    account.key(2, {}, ['alias/vault', 'alias/before']);
    account.key(3);
    account.key(1, {}, ['alias/Zebra']);
    account.key(5, {}, ['alias/middle']);
    const numbers = [1, 2, 5, 3, 4];
    expect((await account.listed()).map(({ keyArn }) => keyArn)).toEqual(numbers.map(arnOf));
  });

  test('keeps its order where later keys answer first, with 8 calls at once', async () => {
    const account = createAccount();
    const numbers = Array.from({ length: 30 }, (_, index) => index + 1);
    for (const number of numbers) account.key(number);
    let [underWay, most] = [0, 0];
    const slowly = (answer: object) => async () => {
      most = Math.max(most, (underWay += 1));
      await new Promise((resolve) => setTimeout(resolve, 10 - (most % 10)));
      underWay -= 1;
      return answer;
    };
    const KeyMetadata = { KeyId: '1', KeyManager: 'CUSTOMER', Origin: 'AWS_KMS' } as const;
    const symmetric = { KeySpec: 'SYMMETRIC_DEFAULT', KeyUsage: 'ENCRYPT_DECRYPT' } as const;
    account.mock.on(DescribeKeyCommand).callsFake(slowly({ KeyMetadata: { ...KeyMetadata, ...symmetric } }));
    account.mock.on(GetKeyRotationStatusCommand).callsFake(slowly({}));
    expect((await account.listed()).map(({ keyArn }) => keyArn)).toEqual(numbers.map(arnOf));
    expect(most).toBe(8);
    expect(account.countOf(GetKeyRotationStatusCommand)).toBe(30);
  });

  test.each([
    ['kms:ListKeys', ListKeysCommand],
    ['kms:ListAliases', ListAliasesCommand],
  ] as const)('that may not be made names %s', async (action, command) => {
    const account = createAccount();
    account.key(1);
    account.mock.on(command as typeof ListKeysCommand).rejects(kmsException('AccessDeniedException'));
    const failure = await failureOf(() => account.listed());
    expect(failure.code).toBe('ACCESS_DENIED');
    expect(failure.fields).toMatchObject({ action, resource: '*' });
  });

  test.each([
    ['ThrottlingException', 'THROTTLED'],
    ['ExpiredTokenException', 'CREDENTIALS_MISSING'],
    ['KMSInternalException', 'SERVICE_UNAVAILABLE'],
    ['ValidationException', 'SERVICE_FAILED'],
    ['AbortError', 'ABORTED'],
  ])('ends with %s, which would befall every key, as %s', async (name, code) => {
    for (const command of [ListKeysCommand, DescribeKeyCommand, GetKeyRotationStatusCommand]) {
      const account = createAccount();
      account.key(1);
      account.mock
        .on(command as typeof ListKeysCommand)
        .rejects(kmsException(name, code === 'SERVICE_UNAVAILABLE' ? 500 : 400));
      expect((await failureOf(() => account.listed())).code).toBe(code);
    }
  });

  test('ends where KMS describes a key without a word', async () => {
    const account = createAccount();
    account.key(1);
    account.mock.on(DescribeKeyCommand).resolves({});
    expect((await failureOf(() => account.listed())).code).toBe('SERVICE_FAILED');
  });
});

describe('a list that is stopped', () => {
  const signalsOf = ({ mock }: ReturnType<typeof createAccount>) =>
    mock.calls().map((call) => (call.args[1] as { abortSignal?: AbortSignal }).abortSignal);

  test('by its caller stops every call, and is ABORTED', async () => {
    const account = createAccount();
    for (let number = 1; number <= 20; number += 1) account.key(number);
    const controller = new AbortController();
    account.mock.on(DescribeKeyCommand).callsFake(async () => {
      await new Promise(setImmediate);
      controller.abort();
      throw Object.assign(new Error('stopped'), { name: 'AbortError' });
    });
    expect((await failureOf(() => account.listed(controller.signal))).code).toBe('ABORTED');
    expect(signalsOf(account).every((signal) => signal?.aborted === true)).toBe(true);
    expect(account.countOf(DescribeKeyCommand)).toBeLessThanOrEqual(8);
  });

  test('by a reader who has seen enough stops what is under way', async () => {
    const account = createAccount();
    for (let number = 1; number <= 20; number += 1) account.key(number);
    for await (const { keyArn } of listKeys(account.client)) {
      expect(keyArn).toBe(arnOf(1));
      expect(signalsOf(account).some((signal) => signal?.aborted !== false)).toBe(false);
      break;
    }
    expect(signalsOf(account).every((signal) => signal?.aborted === true)).toBe(true);
    expect(account.countOf(DescribeKeyCommand)).toBeLessThan(20);
  });
});
