import { beforeAll, describe, expect, test } from '@jest/globals';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { SealedBucket } from '../../infra/sealed-bucket.ts';
import { builtHandlers } from './built-handlers.ts';
import { decide, type Policy } from './policies.ts';
import { recoveryTemplates } from './recovery-scene.ts';
import { only } from './templates.ts';

let template: Template;
beforeAll(async () => {
  await builtHandlers();
  template = recoveryTemplates().replica;
}, 120_000);

describe('a replica bucket', () => {
  test('is protected as the sealed bucket is, and has a name that both Regions know', () => {
    const stack = new Stack(new App(), 'Test');
    new SealedBucket(stack, 'Sealed', { vaultId: 'a', writers: [], readers: [] });
    const sealed = only(Template.fromStack(stack), 'AWS::S3::Bucket');
    const { BucketName, ...rest } = only(template, 'AWS::S3::Bucket').Properties;
    expect(BucketName).toMatch(/^[a-z0-9-]{3,63}$/);
    expect(rest).toEqual(sealed.Properties);
    expect(only(template, 'AWS::S3::Bucket')).toMatchObject({
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: { VersioningConfiguration: { Status: 'Enabled' } },
    });
  });

  test.each(['s3:PutObject', 's3:ReplicateObject', 's3:ReplicateDelete', 's3:ReplicateTags'])(
    "leaves %s to the vault's replication role",
    (action) => {
      const policy = only(template, 'AWS::S3::BucketPolicy').Properties['PolicyDocument'] as Policy;
      const [replication = ''] = policy.Statement.flatMap(
        ({ Condition }) => (Condition?.['ArnNotEquals']?.['aws:PrincipalArn'] ?? []) as string[],
      );
      expect(replication).toMatch(/^arn:\$\{AWS::Partition\}:iam::111122223333:role\/vault[a-z0-9]+$/);
      const ask = (principal: string): string =>
        decide(policy, {
          ...{ principal, action, resource: '${ReplicaBucket.Arn}/key' },
          keys: { 'aws:SecureTransport': 'true', 's3:TlsVersion': '1.3' },
        });
      expect(ask(replication)).toBe('silent');
      for (const other of ['arn:aws:iam::111122223333:root', '${RecoveryRolesOpener.Arn}', 'anonymous']) {
        expect(ask(other)).toBe('deny');
      }
    },
  );
});
