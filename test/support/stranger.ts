import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient } from '@aws-sdk/client-iam';
import { administratorOf } from '../../local/local-clients.ts';
import type { VaultClient } from './vault-client.ts';

/** The credentials of a new user who may do nothing, as `STRANGER_KEY_ID` and `STRANGER_SECRET`. */
export async function stranger(vault: VaultClient): Promise<Record<string, string>> {
  const { emulator } = vault.stack;
  const iam = new IAMClient({
    endpoint: emulator.endpointUrl,
    region: emulator.region,
    credentials: administratorOf(emulator),
    requestHandler: { httpsAgent: new Agent({ ca: readFileSync(emulator.caFile) }) },
  });
  await iam.send(new CreateUserCommand({ UserName: 'stranger' }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'stranger' }));
  iam.destroy();
  return {
    STRANGER_KEY_ID: AccessKey?.AccessKeyId ?? '',
    STRANGER_SECRET: AccessKey?.SecretAccessKey ?? '',
  };
}
