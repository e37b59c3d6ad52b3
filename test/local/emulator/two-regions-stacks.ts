import { CfnOutput, Duration, Stack, type App } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { CfnAlias, CfnReplicaKey, Key } from 'aws-cdk-lib/aws-kms';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Schedule, ScheduleExpression, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';

/** Opens a ciphertext, and says so in a parameter of another Region, with a client that is made for that Region. */
const handler = `const { KMSClient, DecryptCommand } = require('@aws-sdk/client-kms');
const { SSM } = require('@aws-sdk/client-ssm');
exports.handler = async ({ ciphertext, parameter, region }) => {
  const CiphertextBlob = Buffer.from(ciphertext, 'base64');
  const { KeyId } = await new KMSClient({}).send(new DecryptCommand({ CiphertextBlob }));
  const Value = JSON.stringify({ key: KeyId, region: process.env.AWS_REGION });
  await new SSM({ region }).putParameter({ Name: parameter, Value, Type: 'String' });
  return Value;
};`;

/** A multi-Region key. */
export function primaryStack(app: App): Stack {
  const stack = new Stack(app, 'EmulatorPrimary');
  const key = new Key(stack, 'Key', { multiRegion: true });
  new CfnOutput(stack, 'KeyArnOutput', { value: key.keyArn });
  return stack;
}

/** Its replica, and a function and a schedule that use it there, where the function may use no other Region's. */
export function replicaStack(app: App, primaryKeyArn: string, input: Record<string, string>): Stack {
  const stack = new Stack(app, 'EmulatorReplica');
  const root = { AWS: `arn:aws:iam::${stack.account}:root` };
  const { attrArn, attrKeyId } = new CfnReplicaKey(stack, 'Key', {
    primaryKeyArn,
    keyPolicy: {
      Version: '2012-10-17',
      Statement: [{ Sid: 'Replica', Effect: 'Allow', Principal: root, Action: 'kms:*', Resource: '*' }],
    },
  });
  const { aliasName } = new CfnAlias(stack, 'Alias', {
    aliasName: 'alias/emulator-away',
    targetKeyId: attrKeyId,
  });
  const drill = new LambdaFunction(stack, 'Drill', {
    runtime: Runtime.NODEJS_24_X,
    handler: 'index.handler',
    timeout: Duration.seconds(30),
    code: Code.fromInline(handler),
  });
  const conditions = { StringEquals: { 'aws:RequestedRegion': 'us-west-2' } };
  drill.addToRolePolicy(new PolicyStatement({ actions: ['kms:Decrypt'], resources: ['*'], conditions }));
  const parameters = `arn:aws:ssm:us-east-1:${stack.account}:parameter/emulator/*`;
  drill.addToRolePolicy(new PolicyStatement({ actions: ['ssm:PutParameter'], resources: [parameters] }));
  new Schedule(stack, 'Schedule', {
    schedule: ScheduleExpression.at(new Date(Date.now() + Duration.seconds(2).toMilliseconds())),
    target: new LambdaInvoke(drill, { input: ScheduleTargetInput.fromObject(input) }),
  });
  const outputs = { KeyArn: attrArn, Alias: aliasName, Drill: drill.functionName };
  for (const [name, value] of Object.entries(outputs)) new CfnOutput(stack, `${name}Output`, { value });
  return stack;
}
