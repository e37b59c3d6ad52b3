import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { GetRoleCommand, IAMClient, UpdateAssumeRolePolicyCommand } from '@aws-sdk/client-iam';
import { GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { administratorOf, type LocalClients } from '../../local/local-clients.ts';
import { eventually } from './eventually.ts';
import type { VaultClient } from './vault-client.ts';

/**
 * Clients in the role of a function, to try what it may do. Only Lambda may assume that role, so the role's
 * trust is widened for it, on the local stack alone.
 */
export async function clientsInRoleOf(vault: VaultClient, functionName: string): Promise<LocalClients> {
  const { Role: roleArn = '' } = await vault.administrator.lambda.send(
    new GetFunctionConfigurationCommand({ FunctionName: functionName }),
  );
  return clientsInServiceRole(vault, roleArn);
}

/** Clients in a role that only a service may assume; its trust is widened for it in the same way. */
export async function clientsInServiceRole(vault: VaultClient, roleArn: string): Promise<LocalClients> {
  const { emulator } = vault.stack;
  const iam = new IAMClient({
    endpoint: emulator.endpointUrl,
    region: emulator.region,
    credentials: administratorOf(emulator),
    requestHandler: { httpsAgent: new Agent({ ca: readFileSync(emulator.caFile) }) },
  });
  const RoleName = roleArn.split('/').at(-1) ?? '';
  const { Role: role } = await iam.send(new GetRoleCommand({ RoleName }));
  const trust = JSON.parse(decodeURIComponent(role?.AssumeRolePolicyDocument ?? '')) as {
    Statement: object[];
  };
  trust.Statement.push({
    Effect: 'Allow',
    Action: 'sts:AssumeRole',
    Principal: { AWS: `arn:aws:iam::${emulator.accountId}:root` },
  });
  await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: JSON.stringify(trust) }));
  return eventually(`the role ${RoleName}`, () => vault.inRole(roleArn).catch(() => undefined));
}
