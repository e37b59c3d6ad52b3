import { afterAll, describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import {
  DeleteRolePolicyCommand,
  IAMClient,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { DeleteObjectCommand, GetObjectTaggingCommand, PutBucketPolicyCommand } from '@aws-sdk/client-s3';
import { administratorOf } from '../../../local/local-clients.ts';
import { ReplicationWorld } from './replication-world.ts';

const world = new ReplicationWorld();

test("the destination's policy holds for the role", async () => {
  const key = world.key();
  const Statement = {
    Effect: 'Deny',
    Principal: '*',
    Action: 's3:ReplicateObject',
    Resource: `arn:aws:s3:::${world.destination}/${key}`,
    Condition: {
      ArnEquals: { 'aws:PrincipalArn': world.role.arn },
      StringEquals: { 'aws:RequestedRegion': 'us-west-2' },
    },
  };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
  await world.away.send(new PutBucketPolicyCommand({ Bucket: world.destination, Policy }));
  expect(await world.replicated(key)).toBe('FAILED');
  const other = world.key();
  expect(await world.replicated(other)).toBe('COMPLETED');
});

describe('the role', () => {
  const iam = new IAMClient({
    region: world.emulator.region,
    endpoint: world.emulator.endpointUrl,
    credentials: administratorOf(world.emulator),
    requestHandler: { httpsAgent: new Agent({ ca: readFileSync(world.emulator.caFile) }) },
  });
  afterAll(() => {
    iam.destroy();
  });

  async function denied<Result>(action: string, work: () => Promise<Result>): Promise<Result> {
    const name = { RoleName: world.role.name, PolicyName: 'denied' };
    const Statement = [{ Effect: 'Deny', Action: `s3:${action}`, Resource: '*' }];
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
    await iam.send(new PutRolePolicyCommand({ ...name, PolicyDocument }));
    try {
      return await work();
    } finally {
      await iam.send(new DeleteRolePolicyCommand(name));
    }
  }

  /** How the replication of a version ends while the role is denied an action. */
  const withoutAction = (action: string, key: string): Promise<string> =>
    denied(action, async () => world.replicated(key, { Tagging: 'a=1' }));

  test.each([
    'GetReplicationConfiguration',
    'ListBucket',
    'GetObjectVersionForReplication',
    'GetObjectVersionAcl',
    'GetObjectRetention',
    'GetObjectLegalHold',
    'ReplicateObject',
  ])('needs s3:%s', async (action) => {
    const key = world.key();
    expect(await withoutAction(action, key)).toBe('FAILED');
    expect(await world.versionsAway(key)).toEqual([]);
  });

  test('must trust S3', async () => {
    const RoleName = world.role.name;
    const trust = (service: string): string =>
      JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }],
      });
    const trusting = (service: string): UpdateAssumeRolePolicyCommand =>
      new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: trust(service) });
    await iam.send(trusting('sns.amazonaws.com'));
    try {
      expect(await world.replicated(world.key())).toBe('FAILED');
    } finally {
      await iam.send(trusting('s3.amazonaws.com'));
    }
  });

  test('needs s3:ReplicateDelete for a delete marker', async () => {
    const key = world.key();
    const versionId = await world.put(key);
    await denied('ReplicateDelete', async () => {
      await world.here.send(new DeleteObjectCommand({ Bucket: world.source, Key: key }));
      const later = world.key();
      expect(await world.replicated(later)).toBe('COMPLETED');
    });
    expect(await world.versionsAway(key)).toEqual([versionId]);
  });

  test.each(['GetObjectVersionTagging', 'ReplicateTags'])(
    'leaves tags behind without s3:%s',
    async (action) => {
      const key = world.key();
      expect(await withoutAction(action, key)).toBe('COMPLETED');
      const { TagSet } = await world.away.send(
        new GetObjectTaggingCommand({ Bucket: world.destination, Key: key }),
      );
      expect(TagSet).toEqual([]);
    },
  );
});
