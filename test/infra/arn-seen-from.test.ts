import { expect, test } from '@jest/globals';
import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { arnSeenFrom } from '../../infra/arn-seen-from.ts';
import { plain } from './templates.ts';

test('a bucket is known by its own stack as its resource, and by another one as an export', () => {
  const app = new App();
  const [owner, other] = [new Stack(app, 'Owner'), new Stack(app, 'Other')];
  const bucket = new Bucket(owner, 'Bucket');
  for (const stack of [owner, other]) new CfnOutput(stack, 'Arn', { value: arnSeenFrom(stack, bucket) });
  const valueIn = (stack: Stack): unknown =>
    plain(Template.fromStack(stack).findOutputs('Arn')['Arn']?.['Value']);
  expect(valueIn(owner)).toBe('${Bucket.Arn}');
  expect(valueIn(other)).toMatch(/^\$\{Owner:ExportsOutputFnGetAttBucket[0-9A-Z]+Arn[0-9A-F]+\}$/);
});
