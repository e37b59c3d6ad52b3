import { expect, test } from '@jest/globals';
import { App, Aws, Stack, Validations } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { acknowledgeWildcard } from '../../infra/acknowledge-wildcard.ts';

const stack = new Stack(new App(), 'Test');
const bucket = new Bucket(stack, 'Bucket');

test.each([
  ['everything', '*', '*'],
  ['the objects of a bucket', bucket.arnForObjects('*'), /^<Bucket[0-9A-F]{8}\.Arn>\/\*$/],
  ['an ARN in this account', `arn:${Aws.PARTITION}:s3:::b/*`, 'arn:<AWS::Partition>:s3:::b/*'],
])('the reason for %s is found by cdk-nag, under this one resource', (name, resource, written) => {
  const role = new Role(stack, `Role of ${name}`, {
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
  });
  acknowledgeWildcard(role, resource, 'a reason');
  const [acknowledged] = role.node.metadata
    .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
    .flatMap(({ data }) => Object.entries(data as Record<string, string>));
  const [, id] = /AwsSolutions-IAM5\[Resource::(.*)\]$/.exec(acknowledged?.[0] ?? '') ?? [];
  expect(id).toEqual(typeof written === 'string' ? written : expect.stringMatching(written));
  expect(acknowledged?.[1]).toBe('a reason');
});
