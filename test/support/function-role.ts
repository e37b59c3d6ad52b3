import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { GetRoleCommand, IAMClient, UpdateAssumeRolePolicyCommand } from '@aws-sdk/client-iam';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { administratorOf, type LocalClients } from '../../local/local-clients.ts';
import { eventually } from './eventually.ts';
import type { VaultClient } from './vault-client.ts';

/**
 * Clients in the role of a function, to try what it may do. Only Lambda may assume that role, so the role's
 * trust is widened for it, on the local stack alone.
 */
export async function clientsInRoleOf(vault: VaultClient, functionName: string): Promise<LocalClients> {
  const { emulator } = vault.stack;
  const config = {
    endpoint: emulator.endpointUrl,
    region: emulator.region,
    credentials: administratorOf(emulator),
    requestHandler: { httpsAgent: new Agent({ ca: readFileSync(emulator.caFile) }) },
  };
  const { Role: roleArn = '' } = await new LambdaClient(config).send(
    new GetFunctionConfigurationCommand({ FunctionName: functionName }),
  );
  const iam = new IAMClient(config);
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
