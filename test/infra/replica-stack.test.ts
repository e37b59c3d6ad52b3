import { expect, test } from '@jest/globals';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { ReplicaStack } from '../../infra/replica-stack.ts';
import { environment } from './project-stacks.ts';
import { only } from './templates.ts';

test.each([
  [30, 30],
  ['none', undefined],
] as const)('replicas expire as the objects of the vault do: %p', (expireNoncurrentAfterDays, days) => {
  const stack = new ReplicaStack(new App(), 'Test', {
    environment: environment('dev', { expireNoncurrentAfterDays }),
  });
  const template = Template.fromStack(stack);
  const { Rules } = only(template, 'AWS::S3::Bucket').Properties['LifecycleConfiguration'] as {
    Rules: { NoncurrentVersionExpiration?: { NoncurrentDays: number } }[];
  };
  expect(Rules.at(-1)?.NoncurrentVersionExpiration?.NoncurrentDays).toBe(days);
  expect(Object.keys(template.findOutputs('*'))).toEqual(['ReplicaBucketName']);
});
