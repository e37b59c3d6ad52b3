import { expect, test } from '@jest/globals';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal, type IRole } from 'aws-cdk-lib/aws-iam';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { onlyWritersPut } from '../../infra/only-writers-put.ts';
import { decide, type Policy } from './policies.ts';
import { only } from './templates.ts';

test('writers that come later write as well, and nobody else ever', () => {
  // GIVEN
  const stack = new Stack(new App(), 'Test');
  const writers: IRole[] = [];
  onlyWritersPut(new Bucket(stack, 'Bucket'), writers);

  // WHEN
  for (const id of ['One', 'Two']) {
    writers.push(new Role(stack, id, { assumedBy: new ServicePrincipal('s3.amazonaws.com') }));
  }

  // THEN
  const policy = only(Template.fromStack(stack), 'AWS::S3::BucketPolicy').Properties[
    'PolicyDocument'
  ] as Policy;
  const ask = (principal: string, action: string): string =>
    decide(policy, { principal, action, resource: '${Bucket.Arn}/key' });
  for (const action of ['s3:PutObject', 's3:ReplicateObject', 's3:ReplicateDelete', 's3:ReplicateTags']) {
    expect(['${One.Arn}', '${Two.Arn}', '${Three.Arn}'].map((role) => ask(role, action))).toEqual([
      'silent',
      'silent',
      'deny',
    ]);
  }
  expect(ask('${Three.Arn}', 's3:GetObject')).toBe('silent');
});
