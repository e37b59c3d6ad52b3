import { beforeAll, describe, expect, test } from '@jest/globals';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { VaultFunction, type VaultFunctionProps } from '../../infra/vault-function.ts';
import { readReportSettings, readRewrapSettings, readSealSettings } from '../../lambda/settings.ts';
import { builtHandlers } from './built-handlers.ts';
import { permissionsOf } from './policies.ts';
import { only } from './templates.ts';

const vault = {
  vaultId: 'payroll',
  binding: 'object',
  keyArn: 'arn:aws:kms:eu-west-1:111122223333:key/1',
  sealedBucket: 'sealed',
  sealedPrefix: '',
} as const;
const sealSettings = {
  ...vault,
  handover: 'delete',
  queueUrl: 'https://sqs.eu-west-1.amazonaws.com/111122223333/drops',
  deadLetterQueueUrl: 'https://sqs.eu-west-1.amazonaws.com/111122223333/dead-letters',
  maxReceives: 5,
  keepTryingSeconds: 345_600,
  dataKeyCache: 'none',
} as const;
const rewrapSettings = { ...vault, concurrency: 16, workers: 20, requestsPerSecond: 12.5 };
const reportSettings = { vaultId: 'payroll', reportBucket: 'reports', toleratedFailurePercentage: 0 };

function templateWith(props: Pick<VaultFunctionProps, 'handler' | 'settings'>): Template {
  const stack = new Stack(new App({ context: { 'aws:cdk:disable-asset-staging': true } }), 'Test');
  new VaultFunction(stack, 'Work', {
    description: 'Works',
    role: new Role(stack, 'Worker', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') }),
    memorySizeMebibytes: 1769,
    ...props,
  });
  return Template.fromStack(stack);
}

beforeAll(builtHandlers, 120_000);

describe.each([
  { handler: 'seal', settings: sealSettings },
  { handler: 'rewrap', settings: rewrapSettings },
  { handler: 'rewrap-report', settings: reportSettings },
] as const)('the function $handler', (props) => {
  test('runs the prebuilt handler on Node 24 and arm64, for as long as Lambda lets it', () => {
    expect(only(templateWith(props), 'AWS::Lambda::Function').Properties).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      Timeout: 900,
      MemorySize: 1769,
      Role: '${Worker.Arn}',
      Code: { S3Key: expect.stringMatching(/^[0-9a-f]{64}\.zip$/) },
    });
  });

  test('writes JSON into a log of its own, which is kept for half a year and outlives the stack', () => {
    const template = templateWith(props);

    expect(only(template, 'AWS::Lambda::Function').Properties['LoggingConfig']).toEqual({
      LogFormat: 'JSON',
      LogGroup: '${WorkLog}',
    });
    expect(only(template, 'AWS::Logs::LogGroup')).toMatchObject({
      Properties: { RetentionInDays: 180 },
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
    });
  });

  test('lets its role write that log, and nothing else', () => {
    expect(permissionsOf(templateWith(props), 'Worker')).toEqual({
      '${WorkLog.Arn}': ['logs:CreateLogStream', 'logs:PutLogEvents'],
    });
  });

  test('has neither a name of its own nor a reserved share of the account', () => {
    const { Properties } = only(templateWith(props), 'AWS::Lambda::Function');

    expect(Properties).not.toHaveProperty('FunctionName');
    expect(Properties).not.toHaveProperty('ReservedConcurrentExecutions');
  });
});

test.each([
  { handler: 'seal', settings: sealSettings, read: readSealSettings },
  { handler: 'rewrap', settings: rewrapSettings, read: readRewrapSettings },
  { handler: 'rewrap-report', settings: reportSettings, read: readReportSettings },
] as const)(
  'the function $handler reads back the settings that it was deployed with',
  ({ read, ...props }) => {
    const { Properties } = only(templateWith(props), 'AWS::Lambda::Function');
    const { Variables } = Properties['Environment'] as { Variables: Record<string, string> };

    expect(read(Variables)).toEqual(props.settings);
  },
);
