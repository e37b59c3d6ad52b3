import { expect, test } from '@jest/globals';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { grantReading } from '../../infra/grant-reading.ts';
import { permissionsOf } from './policies.ts';

test('a reader lists, and reads every version', () => {
  const stack = new Stack(new App(), 'Test');
  const role = new Role(stack, 'Reader', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  grantReading(role, new Bucket(stack, 'Bucket').bucketArn);
  expect(permissionsOf(Template.fromStack(stack), 'Reader')).toEqual({
    '${Bucket.Arn}': ['s3:ListBucket'],
    '${Bucket.Arn}/*': ['s3:GetObject', 's3:GetObjectVersion'],
  });
});
