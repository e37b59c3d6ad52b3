import {
  DecryptCommand,
  DescribeKeyCommand,
  GenerateDataKeyCommand,
  ReEncryptCommand,
  KMSClient,
} from '@aws-sdk/client-kms';
import { mockClient } from 'aws-sdk-client-mock';
import { KmsKeyring } from '../../aws/kms-keyring.ts';
import type { FakeKms } from './fake-kms.ts';

/** Where commands are stubbed: one client, or the prototype of all of them. */
export type KmsTarget = Parameters<typeof mockClient>[0];

/** Answers the commands of a KMS client, or of all of them, from a {@link FakeKms}. */
export function mockKms(target: KMSClient | typeof KMSClient, kms: FakeKms): ReturnType<typeof mockClient> {
  const mock = mockClient(target as KmsTarget);
  mock.on(GenerateDataKeyCommand).callsFake((input: object) => kms.generateDataKey(input));
  mock.on(DecryptCommand).callsFake((input: object) => kms.decrypt(input));
  mock.on(ReEncryptCommand).callsFake((input: object) => kms.reEncrypt(input));
  mock.on(DescribeKeyCommand).callsFake((input: object) => kms.describeKey(input));
  return mock;
}

/** A keyring over keys of a {@link FakeKms}, its stubbed client, and what was sent to that. */
export function keyringOver(
  kms: FakeKms,
  keyId: string,
  acceptedKeyIds?: string[],
  region = 'eu-west-1',
): { keyring: KmsKeyring; mock: ReturnType<typeof mockClient>; inputs: () => Record<string, unknown>[] } {
  const client = new KMSClient({ region });
  const mock = mockKms(client, kms);
  const inputs = () => mock.calls().map((call) => call.args[0].input as Record<string, unknown>);
  const accepted = acceptedKeyIds === undefined ? {} : { acceptedKeyIds };
  return { keyring: new KmsKeyring({ keyId, client, ...accepted }), mock, inputs };
}
