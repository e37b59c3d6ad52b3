import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { SealSettings } from '../lambda/settings.ts';
import { acknowledgeWildcard } from './acknowledge-wildcard.ts';
import { grantReading } from './grant-reading.ts';
import { grantRewrapping } from './grant-rewrapping.ts';
import { openerTrust } from './opener-trust.ts';

/** Who may take which role. */
export interface VaultRolesProps {
  /** The ARNs that may assume the opener role; by default the account's IAM policies say who may. */
  readonly openerArns: readonly string[];
}

/**
 * The roles that work on a vault, with what they may do in its buckets. What they may do with its
 * wrapping key stands in that key's policy.
 */
export class VaultRoles extends Construct {
  readonly sealer: Role;
  readonly rotator: Role;
  readonly opener: Role;
  readonly reporter: Role;

  constructor(scope: Construct, id: string, { openerArns }: VaultRolesProps) {
    super(scope, id);
    const lambda = new ServicePrincipal('lambda.amazonaws.com');
    this.sealer = new Role(this, 'Sealer', {
      assumedBy: lambda,
      description: 'Seals dropped files; can make data keys, and cannot open them',
    });
    this.rotator = new Role(this, 'Rotator', {
      assumedBy: lambda,
      description: 'Moves data keys to newer key material; can neither make nor open them',
    });
    this.reporter = new Role(this, 'Reporter', {
      assumedBy: lambda,
      description: 'Adds up what rewrap runs did; reaches neither sealed files nor the key',
    });
    this.opener = new Role(this, 'Opener', {
      assumedBy: openerTrust(openerArns),
      description: 'Opens sealed files; can neither write nor rewrap them',
    });
  }

  /** Lets the sealer read versions and hand them over; it can hide an object, never destroy a version. */
  grantIntake(intake: Bucket, handover: SealSettings['handover']): void {
    // Without permission to list them, S3 answers 403 instead of 404 for what is gone.
    allow(this.sealer, ['s3:ListBucket', 's3:ListBucketVersions'], intake.bucketArn);
    allow(
      this.sealer,
      [
        's3:GetObject',
        's3:GetObjectVersion',
        's3:GetObjectTagging',
        's3:GetObjectVersionTagging',
        ...(handover === 'tag' ? ['s3:PutObjectTagging', 's3:PutObjectVersionTagging'] : []),
        ...(handover === 'delete' ? ['s3:DeleteObject'] : []),
      ],
      intake.arnForObjects('*'),
    );
    acknowledgeEveryObject(this.sealer, intake);
  }

  /** Lets each role do its own in the sealed bucket. To look at an object's metadata takes `s3:GetObject`. */
  grantSealed(sealed: Bucket): void {
    const objects = sealed.arnForObjects('*');
    grantRewrapping(this.rotator, sealed);
    grantReading(this.sealer, sealed.bucketArn);
    grantReading(this.opener, sealed.bucketArn);
    allow(this.sealer, ['s3:PutObject', 's3:PutObjectTagging', 's3:AbortMultipartUpload'], objects);
    allow(this.opener, ['s3:GetObjectTagging', 's3:GetObjectVersionTagging'], objects);
  }

  /** Lets the reporter read what runs left, and write their summaries beside it. */
  grantReports(reports: Bucket): void {
    allow(this.reporter, ['s3:ListBucket'], reports.bucketArn);
    allow(this.reporter, ['s3:GetObject'], reports.arnForObjects('*'));
    allow(this.reporter, ['s3:PutObject'], reports.arnForObjects(summaries));
    acknowledgeEveryObject(this.reporter, reports);
    acknowledgeWildcard(
      this.reporter,
      reports.arnForObjects(summaries),
      'the summary of each run, whose name Step Functions makes up',
    );
  }
}

/** Where the summaries of runs are in the report bucket. */
const summaries = 'runs/*/summary.json';

function allow(role: Role, actions: string[], resource: string): void {
  role.addToPolicy(new PolicyStatement({ actions, resources: [resource] }));
}

function acknowledgeEveryObject(role: Role, bucket: Bucket): void {
  acknowledgeWildcard(
    role,
    bucket.arnForObjects('*'),
    'the role works on every object of this one bucket, with the actions that it needs and no others',
  );
}
