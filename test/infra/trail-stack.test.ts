import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Template } from 'aws-cdk-lib/assertions';
import { builtHandlers } from './built-handlers.ts';
import { decide, type Policy } from './policies.ts';
import { environment, synthesize } from './project-stacks.ts';
import { only } from './templates.ts';

let template: Template;
let developmentTemplate: Template;

beforeAll(async () => {
  await builtHandlers();
  template = synthesize(environment('prod')).trailTemplate;
  developmentTemplate = synthesize(environment('dev')).trailTemplate;
}, 120_000);

interface Selector {
  readonly FieldSelectors: readonly Readonly<Record<string, unknown>>[];
}

function selectors(): readonly Selector[] {
  return only(template, 'AWS::CloudTrail::Trail').Properties['AdvancedEventSelectors'] as Selector[];
}

describe('the trail', () => {
  test('records management events, those of KMS among them: nothing is selected away', () => {
    expect(selectors()[0]?.FieldSelectors).toEqual([{ Field: 'eventCategory', Equals: ['Management'] }]);
  });

  test('records the reads and writes of objects in the buckets of the vault, and in no other', () => {
    expect(selectors()).toHaveLength(2);
    expect(selectors()[1]?.FieldSelectors).toEqual([
      { Field: 'eventCategory', Equals: ['Data'] },
      { Field: 'resources.type', Equals: ['AWS::S3::Object'] },
      {
        Field: 'resources.ARN',
        StartsWith: [
          expect.stringMatching(/^\$\{Sealdrop-prod-Vault:.*VaultIntakeBucket.*Arn.*\}\/$/),
          expect.stringMatching(/^\$\{Sealdrop-prod-Vault:.*VaultSealedBucket.*Arn.*\}\/$/),
          expect.stringMatching(/^\$\{Sealdrop-prod-Vault:.*VaultReportsBucket.*Arn.*\}\/$/),
        ],
      },
    ]);
  });

  test('does not watch its own log bucket, where each delivery would cause the next', () => {
    expect(JSON.stringify(selectors())).not.toContain('Logs');
  });

  test('covers every Region and the global services, validates its files, and is on', () => {
    expect(only(template, 'AWS::CloudTrail::Trail').Properties).toMatchObject({
      IsLogging: true,
      IsMultiRegionTrail: true,
      IncludeGlobalServiceEvents: true,
      EnableLogFileValidation: true,
      S3BucketName: '${Logs}',
    });
  });

  test('waits for the policy that lets it write', () => {
    expect(only(template, 'AWS::CloudTrail::Trail').DependsOn).toEqual(
      expect.arrayContaining([expect.stringMatching(/^LogsPolicy/)]),
    );
  });

  test('has a name that CloudTrail takes, and that no other environment or Region has', () => {
    const nameOf = (environmentName: string, region: string): string =>
      only(
        synthesize(environment('dev', { name: environmentName, region, vaultId: 'shared--vault-' }))
          .trailTemplate,
        'AWS::CloudTrail::Trail',
      ).Properties['TrailName'] as string;

    // Source: "CloudTrail trail naming requirements", AWS CloudTrail User Guide
    const acceptable = /^[A-Za-z0-9]+([-._][A-Za-z0-9]+)*$/;
    expect(nameOf('dev', 'eu-west-1')).toBe('sealdrop-dev-eu-west-1');
    expect(nameOf('dev', 'eu-west-1')).toMatch(acceptable);
    expect(nameOf('dev', 'eu-west-1')).not.toBe(nameOf('dev', 'eu-west-2'));
    expect(nameOf('dev', 'eu-west-1')).not.toBe(nameOf('staging', 'eu-west-1'));
    expect(nameOf('a'.repeat(40), 'us-gov-west-1').length).toBeLessThanOrEqual(128);
  });
});

describe('the bucket of the trail', () => {
  test('cannot be rewritten for as long as the environment says: by nobody in production', () => {
    expect(only(template, 'AWS::S3::Bucket').Properties).toMatchObject({
      VersioningConfiguration: { Status: 'Enabled' },
      ObjectLockEnabled: true,
      ObjectLockConfiguration: {
        ObjectLockEnabled: 'Enabled',
        Rule: { DefaultRetention: { Mode: 'COMPLIANCE', Days: 400 } },
      },
    });
  });

  test('is locked in governance mode elsewhere, so that a trial can be cleaned up', () => {
    expect(only(developmentTemplate, 'AWS::S3::Bucket').Properties).toMatchObject({
      ObjectLockEnabled: true,
      ObjectLockConfiguration: { Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days: 7 } } },
    });
  });

  test('is encrypted, closed to the public, without access control lists, and outlives its stack', () => {
    expect(only(template, 'AWS::S3::Bucket')).toMatchObject({
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
  });
});

describe('the policy of the log bucket', () => {
  const thisTrail =
    'arn:${AWS::Partition}:cloudtrail:${AWS::Region}:${AWS::AccountId}:trail/sealdrop-prod-${AWS::Region}';
  const otherTrail = 'arn:aws:cloudtrail:eu-west-1:444455556666:trail/sealdrop-prod-eu-west-1';

  function ask(action: string, resource: string, keys: Record<string, string>, principal?: string): string {
    const policy = only(template, 'AWS::S3::BucketPolicy').Properties['PolicyDocument'] as Policy;
    return decide(policy, {
      principal: principal ?? 'cloudtrail.amazonaws.com',
      action,
      resource,
      keys: { 'aws:SecureTransport': 'true', ...keys },
    });
  }

  const logFile = '${Logs.Arn}/AWSLogs/${AWS::AccountId}/CloudTrail/eu-west-1/2030/01/01/log.json.gz';
  const delivery = { 'aws:SourceArn': thisTrail, 's3:x-amz-acl': 'bucket-owner-full-control' };

  test('lets this trail look at the bucket and write logs and digests', () => {
    expect(ask('s3:GetBucketAcl', '${Logs.Arn}', { 'aws:SourceArn': thisTrail })).toBe('allow');
    expect(ask('s3:PutObject', logFile, delivery)).toBe('allow');
    expect(ask('s3:PutObject', logFile.replace('CloudTrail', 'CloudTrail-Digest'), delivery)).toBe('allow');
  });

  test.each([
    ['another trail', logFile, { ...delivery, 'aws:SourceArn': otherTrail }, undefined],
    ['no trail at all', logFile, { 's3:x-amz-acl': 'bucket-owner-full-control' }, undefined],
    ['another account’s folder', '${Logs.Arn}/AWSLogs/444455556666/log', delivery, undefined],
    ['another service', logFile, delivery, 'config.amazonaws.com'],
    ['an administrator', logFile, delivery, 'arn:aws:iam::111122223333:role/administrator'],
  ])('lets nobody else: %s', (_who, resource, keys, principal) => {
    expect(ask('s3:PutObject', resource, keys, principal)).toBe('silent');
  });

  test.each([{ 'aws:SecureTransport': 'false' }, { 's3:TlsVersion': '1.1' }])('refuses %p', (keys) => {
    expect(ask('s3:PutObject', logFile, { ...delivery, ...keys })).toBe('deny');
  });

  test('agrees with the name of the trail', () => {
    const name = only(template, 'AWS::CloudTrail::Trail').Properties['TrailName'] as string;

    expect(thisTrail.endsWith(`:trail/${name}`)).toBe(true);
  });
});
