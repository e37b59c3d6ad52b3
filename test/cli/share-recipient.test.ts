import { createHash, generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KMSClient } from '@aws-sdk/client-kms';
import { afterAll, describe, expect, test } from '@jest/globals';
import { isKmsKey, openRecipient, type RecipientFlags } from '../../cli/share-recipient.ts';
import { UsageError } from '../../cli/usage-error.ts';
import { failureOf } from '../support/bytes.ts';
import { FakeKms } from '../support/fake-kms.ts';
import { mockKms } from '../support/mock-kms.ts';

const { signal } = new AbortController();
const vault = { vaultId: 'prod', binding: 'object', extraContext: { team: 'blue' } } as const;
const folder = await mkdtemp(join(tmpdir(), 'sealdrop-recipient-'));
afterAll(() => rm(folder, { recursive: true }));
const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = join(folder, 'partner.pem');
await writeFile(pem, publicKey.export({ type: 'spki', format: 'pem' }));

function opened(kms: FakeKms, flags: Partial<RecipientFlags>): ReturnType<typeof openRecipient> {
  const client = new KMSClient({ region: 'eu-west-1' });
  mockKms(client, kms);
  return openRecipient({ key: 'alias/vault', requestsPerSecond: 1000, ...flags }, vault, client, signal);
}

function world(): { kms: FakeKms; own: string; theirs: string } {
  const kms = new FakeKms();
  const [own, theirs] = [kms.createKey(), kms.createKey()];
  kms.setAlias('alias/vault', own);
  kms.setAlias('alias/theirs', theirs);
  return { kms, own, theirs };
}

describe('a KMS key', () => {
  test('is what the share is wrapped with, bound as its object is', async () => {
    const { kms, theirs } = world();
    const recipient = await opened(kms, { to: 'alias/theirs' });
    expect(recipient).toMatchObject({ kind: 'kms', current: { keyArn: theirs } });
    expect(recipient).not.toHaveProperty('vault');
    expect(kms.calls.every(({ action }) => action === 'DescribeKey')).toBe(true);
  });

  test.each([
    [{ toContext: { partner: 'acme' } }, { ...vault, extraContext: { partner: 'acme' } }],
    [{ toBind: 'none' as const }, { ...vault, binding: 'none' }],
    [
      { toBind: 'vault' as const, toContext: {} },
      { ...vault, binding: 'vault', extraContext: {} },
    ],
  ])('is bound as is said: %j', async (flags, expected) => {
    const recipient = await opened(world().kms, { to: 'alias/theirs', ...flags });
    expect(recipient).toMatchObject({ vault: expected });
  });

  test('that cannot wrap is refused', async () => {
    const { kms, theirs } = world();
    kms.setState(theirs, 'Disabled');
    expect((await failureOf(() => opened(kms, { to: theirs }))).code).toBe('KEY_DISABLED');
    expect((await failureOf(() => opened(kms, { to: 'alias/nobodys' }))).code).toBe('KEY_NOT_FOUND');
  });

  test.each([
    ['arn:aws:kms:eu-west-1:111122223333:key/1', true],
    ['alias/theirs', true],
    ['mrk-0123456789abcdef0123456789abcdef', true],
    ['00000000-0000-4000-8000-000000000001', true],
    ['partner.pem', false],
    ['./alias/theirs', false],
    ['mrk-partner.pem', false],
  ])('is told from a path by its name: %s', (to, expected) => {
    expect(isKmsKey(to)).toBe(expected);
  });
});

describe('an RSA key', () => {
  test('is told by the SHA-256 of its SPKI; the own key alone is described', async () => {
    const { kms, own } = world();
    const recipient = await opened(kms, { to: pem });
    const der = publicKey.export({ type: 'spki', format: 'der' });
    const fingerprint = createHash('sha256').update(der).digest('hex');
    expect(recipient).toMatchObject({ kind: 'public-key', fingerprint });
    expect(kms.calls.map(({ action, keyId }) => [action, keyId])).toEqual([['DescribeKey', 'alias/vault']]);
    expect(own).not.toBe('');
  });

  test.each([{ toBind: 'none' as const }, { toContext: { a: 'b' } }])(
    'is bound to nothing: %j',
    async (flags) => {
      await expect(opened(world().kms, { to: pem, ...flags })).rejects.toThrow(UsageError);
    },
  );
});

test('somebody must be named', async () => {
  await expect(opened(world().kms, {})).rejects.toThrow(UsageError);
  await expect(opened(world().kms, { to: '' })).rejects.toThrow(UsageError);
});
