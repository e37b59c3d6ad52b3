import { ArnFormat, Stack } from 'aws-cdk-lib';
import { Policy, PolicyStatement, Role, ServicePrincipal, type IRole } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { acknowledgeWildcard } from './acknowledge-wildcard.ts';
import { anyKeyOfTheAlias } from './existing-wrapping-key.ts';
import { inIdentityPolicy, type KeyResource } from './key-use.ts';

/** What a run reaches. */
export interface RewrapMachineRoleProps {
  readonly vaultId: string;
  /** How the role's policy names the wrapping key. */
  readonly wrappingKey: KeyResource;
  /** The bucket whose objects are listed; none of them is read. */
  readonly sealed: IBucket;
  readonly reports: IBucket;
  /** What the keys of the result files begin with, in the report bucket. */
  readonly resultPrefix: string;
  /** Where inventories are read. */
  readonly inventoryBuckets: readonly IBucket[];
  readonly functions: readonly IFunction[];
}

/**
 * The role that runs work in: it lists sealed objects, hands their keys to the functions and keeps what they answer.
 * It reaches no sealed object, and of the wrapping key it learns no more than its description. CDK would give it
 * more: every version of the functions, and all of the report bucket.
 */
export class RewrapMachineRole extends Construct {
  readonly #role: Role;

  constructor(scope: Construct, id: string, props: RewrapMachineRoleProps) {
    super(scope, id);
    this.#role = new Role(this, 'Role', {
      description: `Runs the rewrapping of the vault ${props.vaultId}; reaches neither sealed files nor data keys`,
      assumedBy: new ServicePrincipal('states.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    });
    this.#role.addToPolicy(inIdentityPolicy({ actions: ['kms:DescribeKey'] }, props.wrappingKey));
    this.#allow(['s3:ListBucket'], props.sealed.bucketArn);
    for (const { functionArn } of props.functions) this.#allow(['lambda:InvokeFunction'], functionArn);
    this.#allow(resultActions, props.reports.arnForObjects(`${props.resultPrefix}*`));
    for (const bucket of props.inventoryBuckets) this.#allow(['s3:GetObject'], bucket.arnForObjects('*'));
    this.#allow([...logDeliveryActions, ...tracingActions], '*');
    this.#acknowledge(props);
  }

  /** The role, which CDK adds nothing to. */
  get role(): IRole {
    return this.#role.withoutPolicyUpdates();
  }

  /** Lets the machine see its own runs, and start and end the parts of one. */
  grantOwnRuns(machine: StateMachine): void {
    const { stateMachineArn, stateMachineName } = machine;
    const parts = Stack.of(this).formatArn({
      service: 'states',
      resource: 'execution',
      resourceName: `${stateMachineName}:*`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    // By itself, since the machine waits for what else the role may do.
    new Policy(this, 'OwnRuns', {
      roles: [this.#role],
      statements: [
        new PolicyStatement({
          actions: ['states:StartExecution', 'states:ListExecutions'],
          resources: [stateMachineArn],
        }),
        new PolicyStatement({
          actions: ['states:DescribeExecution', 'states:StopExecution'],
          resources: [parts],
        }),
      ],
    });
    acknowledgeWildcard(
      this,
      parts,
      'the executions of this one machine, whose names Step Functions makes up while a run goes on',
    );
  }

  #allow(actions: readonly string[], resource: string): void {
    this.#role.addToPolicy(new PolicyStatement({ actions: [...actions], resources: [resource] }));
  }

  #acknowledge({ reports, resultPrefix, inventoryBuckets, wrappingKey }: RewrapMachineRoleProps): void {
    if (Object.keys(wrappingKey.conditions).length > 0) {
      acknowledgeWildcard(this, wrappingKey.arn, anyKeyOfTheAlias);
    }
    acknowledgeWildcard(this, '*', 'the actions that deliver logs and traces know no resources');
    acknowledgeWildcard(
      this,
      reports.arnForObjects(`${resultPrefix}*`),
      'the result files of every run, whose names Step Functions makes up, and nothing beside them',
    );
    for (const bucket of inventoryBuckets) {
      acknowledgeWildcard(
        this,
        bucket.arnForObjects('*'),
        'S3 Inventory makes up the names of the files that its manifests list',
      );
    }
  }
}

/** To write result files, in parts where they are large. */
const resultActions = [
  's3:PutObject',
  's3:GetObject',
  's3:ListMultipartUploadParts',
  's3:AbortMultipartUpload',
];

const logDeliveryActions = [
  'logs:CreateLogDelivery',
  'logs:GetLogDelivery',
  'logs:UpdateLogDelivery',
  'logs:DeleteLogDelivery',
  'logs:ListLogDeliveries',
  'logs:PutResourcePolicy',
  'logs:DescribeResourcePolicies',
  'logs:DescribeLogGroups',
];

const tracingActions = [
  'xray:PutTraceSegments',
  'xray:PutTelemetryRecords',
  'xray:GetSamplingRules',
  'xray:GetSamplingTargets',
];
