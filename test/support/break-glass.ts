import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { administratorOf, type LocalClients } from '../../local/local-clients.ts';
import type { VaultClient } from './vault-client.ts';

const RoleName = 'break-glass';

/** Clients in the role that alone may end the wrapping key; its ARN stands in `cdk.json`. */
export async function breakGlass(vault: VaultClient): Promise<LocalClients> {
  const { endpointUrl, region, caFile, accountId } = vault.stack.emulator;
  const iam = new IAMClient({
    endpoint: endpointUrl,
    region,
    credentials: administratorOf(vault.stack.emulator),
    requestHandler: { httpsAgent: new Agent({ ca: readFileSync(caFile) }) },
  });
  const policy = (statement: object): string =>
    JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] });
  const { Role } = await iam.send(
    new CreateRoleCommand({
      RoleName,
      AssumeRolePolicyDocument: policy({
        Action: 'sts:AssumeRole',
        Principal: { AWS: `arn:aws:iam::${accountId}:root` },
      }),
    }),
  );
  await iam.send(
    new PutRolePolicyCommand({
      RoleName,
      PolicyName: 'manage-keys',
      PolicyDocument: policy({ Action: 'kms:*', Resource: '*' }),
    }),
  );
  iam.destroy();
  return vault.inRole(Role?.Arn ?? '');
}
