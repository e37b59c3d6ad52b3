import { CfnOutput, Stack, type App } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Bucket, ReplicationTimeValue, StorageClass } from 'aws-cdk-lib/aws-s3';

/**
 * A bucket with Object Lock that is replicated to one in another Region: keys below `kept/` with their delete
 * markers, keys below `tagged/` where their tag says so.
 */
export function replicatedStack(app: App, destinationName: string): Stack {
  const stack = new Stack(app, 'EmulatorReplication');
  const destination = Bucket.fromBucketName(stack, 'Destination', destinationName);
  const role = new Role(stack, 'Replicator', { assumedBy: new ServicePrincipal('s3.amazonaws.com') });
  const source = new Bucket(stack, 'Source', {
    versioned: true,
    objectLockEnabled: true,
    replicationRole: role,
    replicationRules: [
      {
        destination,
        priority: 2,
        filter: { prefix: 'kept/' },
        deleteMarkerReplication: true,
        storageClass: StorageClass.INFREQUENT_ACCESS,
        replicationTimeControl: ReplicationTimeValue.FIFTEEN_MINUTES,
        metrics: ReplicationTimeValue.FIFTEEN_MINUTES,
      },
      {
        destination,
        priority: 1,
        filter: { prefix: 'tagged/', tags: [{ key: 'replicate', value: 'yes' }] },
      },
    ],
  });
  const grant = (actions: string[], ...resources: string[]): void => {
    role.addToPolicy(new PolicyStatement({ actions: actions.map((action) => `s3:${action}`), resources }));
  };
  grant(['GetReplicationConfiguration', 'ListBucket'], source.bucketArn);
  grant(
    [
      'GetObjectVersionForReplication',
      'GetObjectVersionAcl',
      'GetObjectVersionTagging',
      'GetObjectRetention',
      'GetObjectLegalHold',
    ],
    source.arnForObjects('*'),
  );
  grant(['ReplicateObject', 'ReplicateDelete', 'ReplicateTags'], destination.arnForObjects('*'));
  const outputs = { Source: source.bucketName, RoleName: role.roleName, RoleArn: role.roleArn };
  for (const [name, value] of Object.entries(outputs)) new CfnOutput(stack, `${name}Output`, { value });
  return stack;
}
