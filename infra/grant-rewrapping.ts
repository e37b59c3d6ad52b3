import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { acknowledgeWildcard } from './acknowledge-wildcard.ts';

/** To copy an object over itself with all that belongs to it, in one request or in parts. */
const rewrappingActions = [
  's3:GetObject',
  's3:GetObjectVersion',
  's3:PutObject',
  's3:AbortMultipartUpload',
  's3:GetObjectTagging',
  's3:GetObjectVersionTagging',
  's3:PutObjectTagging',
  's3:GetObjectRetention',
  's3:PutObjectRetention',
  's3:GetObjectLegalHold',
  's3:GetObjectAnnotation',
  's3:GetObjectVersionAnnotation',
  's3:PutObjectAnnotation',
];

/** Lets a role give the sealed objects of a bucket other metadata, and nothing else about them. */
export function grantRewrapping(role: Role, sealed: Bucket): void {
  const resources = [sealed.arnForObjects('*')];
  role.addToPolicy(new PolicyStatement({ actions: ['s3:ListBucket'], resources: [sealed.bucketArn] }));
  role.addToPolicy(new PolicyStatement({ actions: rewrappingActions, resources }));
  // A copy is held as its source is; no hold is ever released.
  role.addToPolicy(
    new PolicyStatement({
      actions: ['s3:PutObjectLegalHold'],
      resources,
      conditions: { StringEquals: { 's3:object-lock-legal-hold': 'ON' } },
    }),
  );
  acknowledgeWildcard(
    role,
    sealed.arnForObjects('*'),
    'the role works on every object of this one bucket, with the actions that it needs and no others',
  );
}
