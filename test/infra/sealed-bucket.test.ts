import { describe, expect, test } from '@jest/globals';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { SealedBucket, type SealedBucketProps } from '../../infra/sealed-bucket.ts';
import { decide, type Policy } from './policies.ts';
import { only } from './templates.ts';

const stack = new Stack(new App(), 'Test');
const writers = ['Sealer', 'Rotator'].map(
  (id) => new Role(stack, id, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') }),
);
new SealedBucket(stack, 'Sealed', { vaultId: 'payroll', writers, readers: [] });
const template = Template.fromStack(stack);
const bucket = only(template, 'AWS::S3::Bucket');
const policy = only(template, 'AWS::S3::BucketPolicy').Properties['PolicyDocument'] as Policy;

const root = 'arn:aws:iam::111122223333:root';
const administrator = 'arn:aws:iam::111122223333:role/administrator';
const replication = 'arn:aws:iam::111122223333:role/s3-replication';

const writes = [
  's3:PutObject',
  's3:PutObjectTagging',
  's3:PutObjectVersionTagging',
  's3:ReplicateDelete',
  's3:ReplicateObject',
  's3:ReplicateTags',
  's3:UpdateObjectEncryption',
];

function ask(principal: string, action: string, keys: Record<string, string> = {}): string {
  const resource = '${SealedBucket.Arn}/a/key';
  return decide(policy, {
    principal,
    action,
    resource,
    keys: { 'aws:SecureTransport': 'true', 's3:TlsVersion': '1.3', ...keys },
  });
}

describe('the put guard of a sealed bucket', () => {
  test.each(writes)('leaves %s to the writers', (action) => {
    // THEN the writers' own policies decide for them
    expect(ask('${Sealer.Arn}', action)).toBe('silent');
    expect(ask('${Rotator.Arn}', action)).toBe('silent');

    // and nobody's policies decide for others
    for (const principal of [root, administrator, replication, 'anonymous']) {
      expect(ask(principal, action)).toBe('deny');
    }
  });

  test('lets readers read', () => {
    expect(ask(administrator, 's3:GetObject')).toBe('silent');
  });

  test('names the roles, which is what their sessions are known by', () => {
    expect(policy.Statement.filter(({ Sid }) => Sid === 'OnlyWritersPut')).toEqual([
      {
        Sid: 'OnlyWritersPut',
        Effect: 'Deny',
        Principal: { AWS: '*' },
        Action: writes,
        Resource: '${SealedBucket.Arn}/*',
        Condition: { ArnNotEquals: { 'aws:PrincipalArn': ['${Sealer.Arn}', '${Rotator.Arn}'] } },
      },
    ]);
  });
});

describe('a sealed bucket', () => {
  /** The lifecycle rules of a bucket with these props. */
  const rulesWith = (props: Partial<SealedBucketProps>): unknown => {
    const own = new Stack(new App(), 'Test');
    new SealedBucket(own, 'Sealed', { vaultId: 'payroll', writers: [], readers: [], ...props });
    const { Properties } = only(Template.fromStack(own), 'AWS::S3::Bucket');
    return (Properties['LifecycleConfiguration'] as { Rules: unknown }).Rules;
  };
  const abort = {
    Id: 'abort-unfinished-uploads',
    Status: 'Enabled',
    AbortIncompleteMultipartUpload: { DaysAfterInitiation: 2 },
  };

  test('keeps versions, and expires no current one', () => {
    expect(bucket.Properties['VersioningConfiguration']).toEqual({ Status: 'Enabled' });
    expect(JSON.stringify(bucket.Properties['LifecycleConfiguration'])).not.toMatch(
      /"Expiration(InDays|Date)/,
    );
  });

  test.each([
    [{}, 90],
    [{ expireNoncurrentAfter: Duration.days(7) }, 7],
  ])('expires each version some time after another one took its place: %j', (props, NoncurrentDays) => {
    expect(rulesWith(props)).toEqual([
      abort,
      {
        Id: 'expire-noncurrent-versions',
        Status: 'Enabled',
        // No newest one is kept beyond that: a rewrap would leave one in the old wrapping for ever.
        NoncurrentVersionExpiration: { NoncurrentDays },
        ExpiredObjectDeleteMarker: true,
      },
    ]);
  });

  test('keeps every version where it is told to', () => {
    expect(rulesWith({ expireNoncurrentAfter: 'none' })).toEqual([abort]);
  });

  test('is encrypted by S3, closed to the public, without access control lists, and outlives its stack', () => {
    expect(bucket).toMatchObject({
      Properties: {
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
        },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
      },
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
    });
    expect(bucket.Properties).not.toHaveProperty('BucketName');
  });

  test('tells nobody of what is written, so that sealing never starts itself', () => {
    expect(bucket.Properties).not.toHaveProperty('NotificationConfiguration');
    template.resourceCountIs('Custom::S3BucketNotifications', 0);
  });

  test.each([
    ['plain HTTP', { 'aws:SecureTransport': 'false' }],
    ['TLS 1.1', { 's3:TlsVersion': '1.1' }],
  ])('refuses %s, to the writers too', (_transport, keys) => {
    expect(ask('${Sealer.Arn}', 's3:PutObject', keys)).toBe('deny');
    expect(ask(administrator, 's3:GetObject', keys)).toBe('deny');
  });
});
