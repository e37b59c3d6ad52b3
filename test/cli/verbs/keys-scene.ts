import { KMSClient, type KeyMetadata } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { afterEach, beforeEach } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { run } from '../../../cli/program.ts';
import { fakeIo, type FakeIo } from '../../support/fake-terminal.ts';
import type { KmsTarget } from '../../support/mock-kms.ts';

type Mock = ReturnType<typeof mockClient>;

/** The command with services whose answers a test gives. */
export class KeysScene {
  kms!: Mock;
  s3!: Mock;
  sfn!: Mock;

  constructor() {
    beforeEach(() => {
      this.kms = mockClient(KMSClient as unknown as KmsTarget);
      this.s3 = mockClient(S3Client as unknown as KmsTarget);
      this.sfn = mockClient(SFNClient as unknown as KmsTarget);
    });
    afterEach(() => {
      for (const mock of [this.kms, this.s3, this.sfn]) mock.restore();
    });
  }

  /** Runs a command line. */
  async run(
    line: string,
    prepare: (io: FakeIo) => void = () => undefined,
  ): Promise<{ code: number; stdout: string[]; stderr: string[] }> {
    const io = fakeIo();
    prepare(io);
    const code = await run([...line.split(' '), '--region', 'eu-west-1'], io);
    const [stdout = [], stderr = []] = [io.stdout, io.stderr].map(({ text }) =>
      text.split('\n').slice(0, -1),
    );
    return { code, stdout, stderr };
  }
}

/** An exception as a service names it. */
export function refusal(name: string): Error {
  return Object.assign(new Error('no'), { name, $metadata: { httpStatusCode: 400 } });
}

/** A key as KMS describes it. */
export const keyMetadata: KeyMetadata & { readonly Arn: string } = {
  ...{ KeyId: '1', Arn: 'arn:aws:kms:eu-west-1:111122223333:key/1', KeyManager: 'CUSTOMER' },
  ...{ KeySpec: 'SYMMETRIC_DEFAULT', KeyUsage: 'ENCRYPT_DECRYPT', KeyState: 'Enabled' },
  ...{ Origin: 'AWS_KMS', CurrentKeyMaterialId: 'aaa' },
};
