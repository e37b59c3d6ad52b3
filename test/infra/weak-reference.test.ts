import { expect, test } from '@jest/globals';
import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { weakReference } from '../../infra/weak-reference.ts';

const account = '111122223333';

test('what only another Region knows is read from its outputs, without custom resources', () => {
  const app = new App();
  const one = new Stack(app, 'One', { env: { account, region: 'eu-west-1' } });
  const other = new Stack(app, 'Other', { env: { account, region: 'eu-central-1' } });
  new CfnOutput(other, 'Arn', { value: weakReference(new Key(one, 'Key').keyArn) });
  const [mine, theirs] = [Template.fromStack(other), Template.fromStack(one)];
  expect(mine.findOutputs('Arn')['Arn']?.['Value']).toMatchObject({
    'Fn::GetStackOutput': { Region: 'eu-west-1' },
  });
  expect(Object.keys(theirs.toJSON()['Resources'] as object)).toHaveLength(1);
  expect(mine.toJSON()['Resources']).toBeUndefined();
});

test('what is known stays as it is', () => {
  expect(weakReference('arn:aws:kms:eu-west-1:111122223333:key/mrk-1')).toBe(
    'arn:aws:kms:eu-west-1:111122223333:key/mrk-1',
  );
});
