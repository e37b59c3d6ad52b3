import { CfnOutput, RemovalPolicy, Stack, type App } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { BlockPublicAccess, Bucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import {
  DefinitionBody,
  DistributedMap,
  ItemBatcher,
  JsonPath,
  ProcessorMode,
  ProcessorType,
  ResultWriterV2,
  S3ObjectsItemReader,
  StateMachine,
  TaskInput,
} from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';

const handler = `exports.handler = async ({ keys, run, bytes = 0 }) => {
  await new Promise((resolve) => setTimeout(resolve, 500));
  if (keys.some((key) => key.endsWith('bad'))) throw Object.assign(new Error('bad'), { name: 'BadObject' });
  return { rewrapped: keys.length, run, filling: 'x'.repeat(bytes) };
};`;

/**
 * A state machine that rewraps a bucket with a Distributed Map, as a CDK author writes one; the buckets it reads
 * and writes; roles that may do what a map does, what its
 * children do, and neither.
 */
export function rewrapStack(app: App): Stack {
  const stack = new Stack(app, 'EmulatorStates');
  // Without it the CDK leaves the writer out of the definition and says nothing.
  stack.node.setContext('@aws-cdk/aws-stepfunctions:useDistributedMapResultWriterV2', true);
  const bucketProps = { enforceSSL: true, blockPublicAccess: BlockPublicAccess.BLOCK_ALL };
  const data = new Bucket(stack, 'Data', { ...bucketProps, removalPolicy: RemovalPolicy.DESTROY });
  const results = new Bucket(stack, 'Results', { ...bucketProps, removalPolicy: RemovalPolicy.DESTROY });
  const rewrap = new LambdaFunction(stack, 'Rewrap', {
    runtime: Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: Code.fromInline(handler),
  });
  const map = new DistributedMap(stack, 'RewrapObjects', {
    label: 'Rewrap',
    itemReader: new S3ObjectsItemReader({ bucket: data as IBucket, prefix: JsonPath.stringAt('$.prefix') }),
    itemSelector: { key: JsonPath.stringAt('$$.Map.Item.Value.Key') },
    itemBatcher: new ItemBatcher({
      maxItemsPerBatch: 10,
      // The CDK writes this as it stands: a path needs the name that says so.
      batchInput: { 'run.$': '$$.Execution.Name' },
    }),
    maxConcurrency: 2,
    toleratedFailurePercentage: 40,
    resultWriterV2: new ResultWriterV2({ bucket: results as IBucket, prefix: 'runs' }),
    resultPath: '$.map',
  });
  map.itemProcessor(
    new LambdaInvoke(stack, 'RewrapBatch', {
      lambdaFunction: rewrap,
      payload: TaskInput.fromObject({
        keys: JsonPath.listAt('$.Items[*].key'),
        run: JsonPath.stringAt('$.BatchInput.run'),
      }),
      outputPath: '$.Payload',
    }),
    { mode: ProcessorMode.DISTRIBUTED, executionType: ProcessorType.STANDARD },
  );
  const machine = new StateMachine(stack, 'Machine', { definitionBody: DefinitionBody.fromChainable(map) });
  const assumedBy = new ServicePrincipal('states.amazonaws.com');
  const able = new Role(stack, 'Able', { assumedBy });
  data.grantRead(able);
  results.grantReadWrite(able);
  able.addToPolicy(new PolicyStatement({ actions: ['states:StartExecution'], resources: ['*'] }));
  const unable = new Role(stack, 'Unable', { assumedBy });
  unable.addToPolicy(new PolicyStatement({ actions: ['states:StartExecution'], resources: ['*'] }));
  const caller = new Role(stack, 'Caller', { assumedBy });
  rewrap.grantInvoke(caller);
  const outputs = {
    Data: data.bucketName,
    Results: results.bucketName,
    Machine: machine.stateMachineArn,
    Function: rewrap.functionArn,
    Able: able.roleArn,
    Caller: caller.roleArn,
    Unable: unable.roleArn,
  };
  for (const [name, value] of Object.entries(outputs)) new CfnOutput(stack, `${name}Output`, { value });
  return stack;
}
