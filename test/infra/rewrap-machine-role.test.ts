import { expect, test } from '@jest/globals';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Bucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import { DefinitionBody, Pass, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { RewrapMachineRole } from '../../infra/rewrap-machine-role.ts';
import { permissionsOf } from './policies.ts';
import { named, only } from './templates.ts';

const wrappingKeyArn = 'arn:aws:kms:eu-west-1:111122223333:key/1';
const stack = new Stack(new App(), 'Test');
const rewrap = new LambdaFunction(stack, 'Rewrap', {
  runtime: Runtime.NODEJS_24_X,
  handler: 'index.handler',
  code: Code.fromInline('exports.handler = () => undefined'),
});
const role = new RewrapMachineRole(stack, 'Runs', {
  vaultId: 'payroll',
  wrappingKey: { arn: wrappingKeyArn, conditions: {} },
  sealed: new Bucket(stack, 'Sealed') as IBucket,
  reports: new Bucket(stack, 'Reports') as IBucket,
  resultPrefix: 'runs/',
  inventoryBuckets: [
    new Bucket(stack, 'Inventories') as IBucket,
    Bucket.fromBucketName(stack, 'Others', 'others'),
  ],
  functions: [rewrap],
});
const machine = new StateMachine(stack, 'Machine', {
  role: role.role,
  definitionBody: DefinitionBody.fromChainable(new Pass(stack, 'Pass')),
  tracingEnabled: true,
});
rewrap.grantInvoke(role.role);
role.grantOwnRuns(machine);
const template = Template.fromStack(stack);

test('may do this and nothing else, whatever CDK would add', () => {
  expect(permissionsOf(template, 'RunsRole')).toEqual({
    [wrappingKeyArn]: ['kms:DescribeKey'],
    '${Sealed.Arn}': ['s3:ListBucket'],
    '${Rewrap.Arn}': ['lambda:InvokeFunction'],
    '${Reports.Arn}/runs/*': [
      's3:AbortMultipartUpload',
      's3:GetObject',
      's3:ListMultipartUploadParts',
      's3:PutObject',
    ],
    '${Inventories.Arn}/*': ['s3:GetObject'],
    'arn:${AWS::Partition}:s3:::others/*': ['s3:GetObject'],
    '${Machine}': ['states:ListExecutions', 'states:StartExecution'],
    'arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:execution:${Machine.Name}:*': [
      'states:DescribeExecution',
      'states:StopExecution',
    ],
    '*': [
      'logs:CreateLogDelivery',
      'logs:DeleteLogDelivery',
      'logs:DescribeLogGroups',
      'logs:DescribeResourcePolicies',
      'logs:GetLogDelivery',
      'logs:ListLogDeliveries',
      'logs:PutResourcePolicy',
      'logs:UpdateLogDelivery',
      'xray:GetSamplingRules',
      'xray:GetSamplingTargets',
      'xray:PutTelemetryRecords',
      'xray:PutTraceSegments',
    ],
  });
});

test('is taken by Step Functions for this account, and by nobody else', () => {
  const { Properties } = named(template, 'AWS::IAM::Role', 'RunsRole');
  expect(Properties['AssumeRolePolicyDocument']).toMatchObject({
    Statement: [
      {
        Principal: { Service: 'states.amazonaws.com' },
        Condition: { StringEquals: { 'aws:SourceAccount': '${AWS::AccountId}' } },
      },
    ],
  });
  expect(Properties).not.toHaveProperty('ManagedPolicyArns');
});

test('is whole before the machine is made, but for the machine’s own runs', () => {
  const { DependsOn } = only(template, 'AWS::StepFunctions::StateMachine');
  expect(DependsOn).toEqual(expect.arrayContaining([expect.stringMatching(/^RunsRoleDefaultPolicy/)]));
  expect(DependsOn).not.toEqual(expect.arrayContaining([expect.stringMatching(/OwnRuns/)]));
});
