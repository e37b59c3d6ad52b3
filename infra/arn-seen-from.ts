import { Stack } from 'aws-cdk-lib';
import type { Bucket, CfnBucket } from 'aws-cdk-lib/aws-s3';
import type { IConstruct } from 'constructs';

/**
 * The ARN of a bucket as a stack of the same Region writes it into its template, at once: CDK itself makes a reference
 * to another stack only at the very end, when whoever gives a reason for a permission has long named it.
 */
export function arnSeenFrom(scope: IConstruct, bucket: Bucket): string {
  const owner = Stack.of(bucket);
  if (owner === Stack.of(scope)) return bucket.bucketArn;
  return owner.exportValue((bucket.node.defaultChild as CfnBucket).attrArn);
}
