import { RemovalPolicy } from 'aws-cdk-lib';
import { BlockPublicAccess, ObjectOwnership, type BucketProps } from 'aws-cdk-lib/aws-s3';

/** What every bucket has: versions, TLS only, nothing public, no ACLs, and a life beyond its stack's. */
export const protectedBucket: BucketProps = {
  versioned: true,
  enforceSSL: true,
  minimumTLSVersion: 1.2,
  blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
  objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
  removalPolicy: RemovalPolicy.RETAIN,
};
