import { describe, expect, test } from '@jest/globals';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { ReportBucket } from '../../infra/report-bucket.ts';
import { decide, type Policy } from './policies.ts';
import { named, only } from './templates.ts';

const stack = new Stack(new App(), 'Test');
new ReportBucket(stack, 'Reports');
const template = Template.fromStack(stack);

describe('the report bucket', () => {
  const bucket = only(template, 'AWS::S3::Bucket');

  test('is versioned and encrypted, nothing in it is public, and it outlives its stack', () => {
    expect(bucket).toMatchObject({
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        VersioningConfiguration: { Status: 'Enabled' },
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
        },
        OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
      },
    });
  });

  test('forgets reports after a year, and what was replaced or never finished much sooner', () => {
    expect(bucket.Properties['LifecycleConfiguration']).toEqual({
      Rules: [
        {
          Id: 'expire-reports',
          Status: 'Enabled',
          ExpirationInDays: 365,
          NoncurrentVersionExpiration: { NoncurrentDays: 30 },
          AbortIncompleteMultipartUpload: { DaysAfterInitiation: 2 },
        },
      ],
    });
  });

  test('refuses plain HTTP', () => {
    const policy = named(template, 'AWS::S3::BucketPolicy', 'ReportsBucketPolicy').Properties[
      'PolicyDocument'
    ] as Policy;
    const request = {
      principal: 'arn:aws:iam::111122223333:role/anyone',
      action: 's3:GetObject',
      resource: '${ReportsBucket.Arn}/key',
    };
    expect(decide(policy, { ...request, keys: { 'aws:SecureTransport': 'false' } })).toBe('deny');
  });
});
