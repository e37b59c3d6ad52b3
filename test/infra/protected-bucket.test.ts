import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { expect, test } from '@jest/globals';
import { protectedBucket } from '../../infra/protected-bucket.ts';

test('a protected bucket keeps versions, talks TLS 1.2 only, is closed to the public and outlives its stack', () => {
  const stack = new Stack(new App(), 'Stack');
  new Bucket(stack, 'Bucket', protectedBucket);
  const template = Template.fromStack(stack);
  template.hasResource('AWS::S3::Bucket', {
    DeletionPolicy: 'Retain',
    UpdateReplacePolicy: 'Retain',
    Properties: {
      VersioningConfiguration: { Status: 'Enabled' },
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
    },
  });
  const denials = ['aws:SecureTransport', 's3:TlsVersion'];
  const [policy] = Object.values(template.findResources('AWS::S3::BucketPolicy'));
  for (const condition of denials) expect(JSON.stringify(policy)).toContain(condition);
  template.hasResourceProperties('AWS::S3::BucketPolicy', {
    PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Effect: 'Deny', Action: 's3:*' })]) },
  });
});
