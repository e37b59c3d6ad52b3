import {
  DescribeKeyCommand,
  GetKeyRotationStatusCommand,
  KMSClient,
  ListAliasesCommand,
  ListKeysCommand,
  type GetKeyRotationStatusResponse,
  type KeyMetadata,
} from '@aws-sdk/client-kms';
import { mockClient } from 'aws-sdk-client-mock';
import type { KeyListing } from '../../aws/key-listing.ts';
import { listKeys } from '../../aws/list-keys.ts';
import type { KmsTarget } from './mock-kms.ts';

/** What a test changes about a key of an account. */
export type KeyFacts = Partial<KeyMetadata>;

/** A KMS in the place of a client's, with keys and aliases that a test makes. */
export interface KmsAccount {
  readonly mock: ReturnType<typeof mockClient>;
  readonly client: KMSClient;
  /** Makes a key with a number for its id, and returns its ARN. */
  readonly key: (number: number, facts?: KeyFacts, aliases?: string[]) => string;
  /** What the status of rotation is, of every key. */
  rotation: GetKeyRotationStatusResponse;
  readonly listed: (signal?: AbortSignal) => Promise<KeyListing[]>;
  /** The markers of the pages that were asked for. */
  readonly askedForPages: { readonly keys: (string | undefined)[]; readonly aliases: (string | undefined)[] };
  /** How often a command was sent. */
  readonly countOf: (command: Parameters<ReturnType<typeof mockClient>['commandCalls']>[0]) => number;
}

/** The ARN of a key with a number for its id. */
export function arnOf(number: number): string {
  return `arn:aws:kms:eu-west-1:111122223333:key/${idOf(number)}`;
}

/** The error that KMS answers with. */
export function kmsException(name: string, status = 400): Error {
  return Object.assign(new Error('refused'), { name, $metadata: { httpStatusCode: status } });
}

/**
 * An account without a key. It answers in pages.
 *
 * @param pageLength - how many keys or aliases a page holds
 */
export function createAccount(pageLength = 100): KmsAccount {
  const keys: KeyMetadata[] = [];
  const aliases: { AliasName: string; TargetKeyId?: string }[] = [
    { AliasName: 'alias/aws/reserved-and-not-used' },
  ];
  const client = new KMSClient({ region: 'eu-west-1' });
  const mock = mockClient(client as unknown as KmsTarget);
  const page = <Item>(items: Item[], marker = '0'): { items: Item[]; NextMarker?: string } => {
    const [from, to] = [Number(marker), Number(marker) + pageLength];
    return { items: items.slice(from, to), ...(to < items.length && { NextMarker: String(to) }) };
  };
  const account: KmsAccount = {
    ...{ mock, client, rotation: { KeyRotationEnabled: false }, askedForPages: { keys: [], aliases: [] } },
    key: (number, facts = {}, names = []) => {
      keys.push({
        ...{ KeyId: idOf(number), Arn: arnOf(number), KeyManager: 'CUSTOMER', Origin: 'AWS_KMS' },
        ...{ KeySpec: 'SYMMETRIC_DEFAULT', KeyUsage: 'ENCRYPT_DECRYPT', KeyState: 'Enabled' },
        ...{ MultiRegion: false, CurrentKeyMaterialId: `material-${number}` },
        ...facts,
      });
      aliases.push(...names.map((AliasName) => ({ AliasName, TargetKeyId: idOf(number) })));
      return arnOf(number);
    },
    listed: async (signal) => {
      const listings: KeyListing[] = [];
      for await (const listing of listKeys(client, signal)) listings.push(listing);
      return listings;
    },
    countOf: (command) => mock.commandCalls(command).length,
  };
  mock.on(ListKeysCommand).callsFake(({ Marker }: { Marker?: string }) => {
    account.askedForPages.keys.push(Marker);
    const { items, ...next } = page(keys, Marker);
    const Keys = items.map(({ KeyId, Arn }) => ({ KeyId, KeyArn: Arn }));
    return { Keys, Truncated: 'NextMarker' in next, ...next };
  });
  mock.on(ListAliasesCommand).callsFake(({ Marker }: { Marker?: string }) => {
    account.askedForPages.aliases.push(Marker);
    const { items: Aliases, ...next } = page(aliases, Marker);
    return { Aliases, Truncated: 'NextMarker' in next, ...next };
  });
  mock.on(DescribeKeyCommand).callsFake(({ KeyId }: { KeyId: string }) => ({
    KeyMetadata: keys.find(({ Arn }) => Arn === KeyId),
  }));
  mock.on(GetKeyRotationStatusCommand).callsFake(() => account.rotation);
  return account;
}

function idOf(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
}
