import { Lazy } from 'aws-cdk-lib';
import { AnyPrincipal, Effect, PolicyStatement, type IRole } from 'aws-cdk-lib/aws-iam';
import type { Bucket } from 'aws-cdk-lib/aws-s3';

/**
 * Denies writing to a bucket to everyone but some roles, whatever other policies say.
 *
 * @param writers - may still grow until synthesis
 */
export function onlyWritersPut(bucket: Bucket, writers: readonly IRole[]): void {
  bucket.addToResourcePolicy(
    new PolicyStatement({
      sid: 'OnlyWritersPut',
      effect: Effect.DENY,
      principals: [new AnyPrincipal()],
      // A replication rule of somebody's own bucket writes without s3:PutObject, and so does who encrypts
      // what stands there anew under a key of his own.
      actions: [
        's3:PutObject',
        's3:PutObjectTagging',
        's3:PutObjectVersionTagging',
        's3:ReplicateDelete',
        's3:ReplicateObject',
        's3:ReplicateTags',
        's3:UpdateObjectEncryption',
      ],
      resources: [bucket.arnForObjects('*')],
      conditions: {
        ArnNotEquals: {
          'aws:PrincipalArn': Lazy.list({ produce: () => writers.map(({ roleArn }) => roleArn) }),
        },
      },
    }),
  );
}
