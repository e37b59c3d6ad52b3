import {
  CreateAliasCommand,
  CreateKeyCommand,
  DeleteAliasCommand,
  EnableKeyRotationCommand,
  ListAliasesCommand,
  ListKeysCommand,
  paginateListAliases,
  paginateListKeys,
  ScheduleKeyDeletionCommand,
  type CreateKeyCommandInput,
} from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { listKeys, type KeyListing } from '../../aws/index.ts';
import { thrownBy } from '../support/bytes.ts';
import { VaultClient } from '../support/vault-client.ts';

const vault = new VaultClient();
const { kms } = vault.administrator;
const keyIds: string[] = [];
const aliases: string[] = [];

async function createKey(name: string, input: CreateKeyCommandInput = {}): Promise<string> {
  const { KeyMetadata } = await kms.send(new CreateKeyCommand(input));
  const keyId = KeyMetadata?.KeyId ?? '';
  const AliasName = `alias/key-list/${name}`;
  await kms.send(new CreateAliasCommand({ AliasName, TargetKeyId: keyId }));
  keyIds.push(keyId);
  aliases.push(AliasName);
  return keyId;
}

/** Lets everybody do everything, but for one action. */
function policyWithout(action: string): string {
  const everything = { Effect: 'Allow', Principal: '*', Action: 'kms:*', Resource: '*' };
  const denied = { Effect: 'Deny', Principal: '*', Action: action, Resource: '*' };
  return JSON.stringify({ Version: '2012-10-17', Statement: [everything, denied] });
}

beforeAll(async () => {
  const rotated = await createKey('rotated', { MultiRegion: true });
  await kms.send(new EnableKeyRotationCommand({ KeyId: rotated, RotationPeriodInDays: 180 }));
  await createKey('imported', { Origin: 'EXTERNAL' });
  await createKey('signing', { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
  await createKey('undescribed', { Policy: policyWithout('kms:DescribeKey') });
  await createKey('unread-rotation', { Policy: policyWithout('kms:GetKeyRotationStatus') });
  const waiting = await createKey('waiting');
  await kms.send(new EnableKeyRotationCommand({ KeyId: waiting }));
  await kms.send(new ScheduleKeyDeletionCommand({ KeyId: waiting, PendingWindowInDays: 7 }));
});
afterAll(async () => {
  for (const AliasName of aliases) await kms.send(new DeleteAliasCommand({ AliasName }));
  for (const KeyId of keyIds.slice(0, -1)) {
    await kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
  }
});

async function listed(): Promise<KeyListing[]> {
  const listings: KeyListing[] = [];
  for await (const listing of listKeys(kms)) listings.push(listing);
  return listings;
}

test('the keys of the account are listed for what they are', async () => {
  const listings = await listed();
  const named = (name: string) => listings.find((key) => key.aliases.includes(`alias/${name}`));
  expect(named('key-list/rotated')).toMatchObject({
    type: 'customer-managed',
    origin: 'kms',
    state: 'Enabled',
    multiRegion: { role: 'primary', primaryRegion: 'us-east-1', replicaRegions: [] },
    rotation: { automatic: true, periodDays: 180, nextRotation: expect.any(Date) },
    currentKeyMaterialId: expect.any(String),
    wrapping: { can: true },
  });
  expect(named('key-list/imported')).toMatchObject({
    origin: 'imported',
    state: 'PendingImport',
    wrapping: { can: false, why: { code: 'KEY_UNAVAILABLE' } },
  });
  expect(named('key-list/signing')?.wrapping).toMatchObject({ why: { code: 'KEY_WRONG_TYPE' } });
  expect(named('key-list/undescribed')?.wrapping).toMatchObject({ why: { code: 'ACCESS_DENIED' } });
  expect(named('key-list/unread-rotation')).toMatchObject({ wrapping: { can: true } });
  expect(named('key-list/unread-rotation')).not.toHaveProperty('rotation');
  expect(named('key-list/waiting')).toMatchObject({
    deletionDate: expect.any(Date),
    rotation: { automatic: false },
    wrapping: { why: { code: 'KEY_PENDING_DELETION' } },
  });
  expect(named('aws/s3')).toMatchObject({
    type: 'aws-managed',
    wrapping: { why: { code: 'KEY_NOT_CUSTOMER_MANAGED' } },
  });
});

describe('the emulator answers in pages', () => {
  test('for keys', async () => {
    const ids: unknown[] = [];
    for await (const { Keys = [] } of paginateListKeys({ client: kms, pageSize: 2 }, {})) {
      expect(Keys.length).toBeLessThanOrEqual(2);
      ids.push(...Keys.map(({ KeyArn }) => KeyArn));
    }
    expect(new Set(ids)).toEqual(new Set((await listed()).map(({ keyArn }) => keyArn)));
  });

  test('for aliases', async () => {
    const names: unknown[] = [];
    for await (const { Aliases = [] } of paginateListAliases({ client: kms, pageSize: 2 }, {})) {
      expect(Aliases.length).toBeLessThanOrEqual(2);
      names.push(...Aliases.map(({ AliasName }) => AliasName));
    }
    expect(names).toEqual(expect.arrayContaining(aliases));
    expect(new Set(names).size).toBe(names.length);
  });

  test('of no more than so many, and none for a marker of its own making', async () => {
    expect(await thrownBy(() => kms.send(new ListKeysCommand({ Limit: 1001 })))).toMatchObject({
      name: 'ValidationException',
    });
    expect(await thrownBy(() => kms.send(new ListAliasesCommand({ Marker: 'x' })))).toMatchObject({
      name: 'InvalidMarkerException',
    });
  });
});
