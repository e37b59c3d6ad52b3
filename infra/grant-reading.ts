import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import { acknowledgeWildcard } from './acknowledge-wildcard.ts';

/**
 * Lets a role list sealed objects, and read every version of them as it is: sealed.
 *
 * @param bucketArn - of the bucket that holds them
 */
export function grantReading(role: Role, bucketArn: string): void {
  const objects = `${bucketArn}/*`;
  role.addToPolicy(new PolicyStatement({ actions: ['s3:ListBucket'], resources: [bucketArn] }));
  role.addToPolicy(
    new PolicyStatement({ actions: ['s3:GetObject', 's3:GetObjectVersion'], resources: [objects] }),
  );
  acknowledgeWildcard(
    role,
    objects,
    'the role works on every object of this one bucket, with the actions that it needs and no others',
  );
}
