import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { CloudTrailClient } from '@aws-sdk/client-cloudtrail';
import type { KMSClient } from '@aws-sdk/client-kms';
import { LambdaClient } from '@aws-sdk/client-lambda';
import type { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { createKmsClient, createS3Client, createSqsClient } from '../aws/clients.ts';
import type { Emulator } from './emulator.ts';

/** Clients of one principal, for the services of the local stack. */
export interface LocalClients {
  readonly s3: S3Client;
  readonly kms: KMSClient;
  readonly sqs: SQSClient;
  readonly cloudTrail: CloudTrailClient;
  readonly sts: STSClient;
  readonly lambda: LambdaClient;
  readonly stepFunctions: SFNClient;
  /** Ends every connection. */
  close(): void;
}

/** What a principal signs its requests with. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Clients that reach the emulator, trust its certificate, and sign as the given principal. */
export function createLocalClients(emulator: Emulator, credentials: Credentials): LocalClients {
  const config = {
    endpoint: emulator.endpointUrl,
    region: emulator.region,
    credentials,
    requestHandler: {
      requestTimeout: 120_000,
      httpsAgent: new Agent({ ca: readFileSync(emulator.caFile), keepAlive: true, maxSockets: 64 }),
    },
  };
  const clients = {
    s3: createS3Client({ ...config, forcePathStyle: true }),
    kms: createKmsClient(config),
    sqs: createSqsClient(config),
    cloudTrail: new CloudTrailClient(config),
    sts: new STSClient(config),
    lambda: new LambdaClient(config),
    stepFunctions: new SFNClient(config),
  };
  return {
    ...clients,
    close: () => {
      Object.values(clients).forEach((client) => {
        client.destroy();
      });
    },
  };
}

/** The administrator that the emulator knows from its start. */
export function administratorOf(emulator: Emulator): Credentials {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = emulator.environment;
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    throw new Error('the emulator names no administrator');
  }
  return { accessKeyId, secretAccessKey };
}

/** Clients that sign as a role, which `as` assumes. */
export async function assumeRole(
  emulator: Emulator,
  as: LocalClients,
  roleArn: string,
  sessionName: string,
): Promise<LocalClients> {
  const { Credentials: session } = await as.sts.send(
    new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: sessionName }),
  );
  if (session?.AccessKeyId === undefined || session.SecretAccessKey === undefined) {
    throw new Error(`no credentials for ${roleArn}`);
  }
  return createLocalClients(emulator, {
    accessKeyId: session.AccessKeyId,
    secretAccessKey: session.SecretAccessKey,
    ...(session.SessionToken === undefined ? {} : { sessionToken: session.SessionToken }),
  });
}
