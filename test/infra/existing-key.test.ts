import { describe, expect, test } from '@jest/globals';
import { App, Stack } from 'aws-cdk-lib';
import { existingKeyByAlias, existingKeyByArn } from '../../infra/existing-key.ts';
import { refusalOf } from './refusals.ts';

const inIreland = { env: { account: '111122223333', region: 'eu-west-1' } };
const ireland = new Stack(new App(), 'Ireland', inIreland);
const anywhere = new Stack(new App(), 'Anywhere');
const key = 'arn:aws:kms:eu-west-1:111122223333:key/1';

describe('a key by its ARN', () => {
  test.each([
    [key, '111122223333'],
    ['arn:aws:kms:eu-west-1:444455556666:key/00000000-0000-4000-8000-000000000001', '444455556666'],
  ])('is %s, and no other', (arn, account) => {
    expect(existingKeyByArn(ireland, arn)).toEqual({
      arn,
      resource: { arn, conditions: {} },
      account,
      isAlias: false,
      isMultiRegion: false,
    });
  });

  test('stands for its replica in the Region of the stack where it is a multi-Region key', () => {
    const replica = 'arn:aws:kms:eu-west-1:111122223333:key/mrk-1';

    expect(existingKeyByArn(ireland, 'arn:aws:kms:us-east-1:111122223333:key/mrk-1')).toMatchObject({
      arn: replica,
      resource: { arn: replica },
    });
  });

  test('is taken as it is where nobody knows the Region of the stack', () => {
    for (const arn of [key, 'arn:aws-cn:kms:cn-north-1:111122223333:key/1']) {
      expect(existingKeyByArn(anywhere, arn).arn).toBe(arn);
    }
  });

  test('stands for its replica in the Region of the stack, whichever that will be', () => {
    const { arn, resource } = existingKeyByArn(anywhere, 'arn:aws:kms:us-east-1:111122223333:key/mrk-1');
    expect(arn).toBe(`arn:aws:kms:${anywhere.region}:111122223333:key/mrk-1`);
    expect(resource.arn).toBe(arn);
  });

  test.each([
    ['', /not the ARN of a KMS key/, /arn:aws:kms:REGION/],
    ['1234abcd-12ab-34cd-56ef-1234567890ab', /not the ARN of a KMS key/, /arn:aws:kms:REGION/],
    ['alias/vault', /not the ARN of a KMS key/, /arn:aws:kms:REGION/],
    ['arn:aws:kms:eu-west-1:1111:key/1', /not the ARN of a KMS key/, /arn:aws:kms:REGION/],
    ['arn:aws:kms:eu-west-1:111122223333:key/*', /not the ARN of a KMS key/, /arn:aws:kms:REGION/],
    ['arn:aws:kms:eu-west-1:111122223333:key/a/b', /not the ARN of a KMS key/, /arn:aws:kms:REGION/],
    ['arn:aws:s3:::bucket', /not the ARN of a KMS key/, /arn:aws:kms:REGION/],
    [
      'arn:aws:kms:eu-west-1:111122223333:alias/vault',
      /ARN of an alias, where that of a key/,
      /describe-key --key-id arn/,
    ],
    [
      'arn:aws:kms:eu-west-1:111122223333:alias/aws/s3',
      /AWS managed key/,
      /customer managed key; .* "aws\/s3"/,
    ],
    ['arn:aws:kms:us-east-1:111122223333:key/1', /in us-east-1, and the vault in eu-west-1/, /mrk-/],
    ['arn:aws-cn:kms:cn-north-1:111122223333:key/1', /partition aws-cn, and the vault of aws/, /partition/],
    [
      'arn:aws-cn:kms:cn-north-1:111122223333:key/mrk-1',
      /partition aws-cn, and the vault of aws/,
      /partition/,
    ],
    [
      'arn:aws:kms:cn-north-1:111122223333:key/mrk-1',
      /partition aws, and its Region is of aws-cn/,
      /partition/,
    ],
    ['arn:aws-us-gov:kms:eu-west-1:111122223333:key/1', /partition aws-us-gov/, /partition/],
  ])('is refused as %p', (arn, message, hint) => {
    const refusal = refusalOf(() => existingKeyByArn(ireland, arn));

    expect(refusal.message).toMatch(message);
    expect(refusal.hint).toMatch(hint);
  });
});

describe('a key by an alias', () => {
  test.each(['alias/security/vault', 'arn:aws:kms:eu-west-1:111122223333:alias/security/vault'])(
    '%s is any key of the account that has it',
    (alias) => {
      const found = existingKeyByAlias(ireland, alias);

      expect({
        ...found,
        arn: ireland.resolve(found.arn) as unknown,
        resource: ireland.resolve(found.resource) as unknown,
      }).toEqual({
        arn: alias.startsWith('arn:') ? alias : irelands('alias/security/vault'),
        resource: {
          arn: alias.startsWith('arn:') ? 'arn:aws:kms:eu-west-1:111122223333:key/*' : irelands('key/*'),
          conditions: { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': 'alias/security/vault' } },
        },
        account: '111122223333',
        isAlias: true,
        isMultiRegion: false,
      });
    },
  );

  test('of another account is looked for there', () => {
    const { account, resource } = existingKeyByAlias(
      ireland,
      'arn:aws:kms:eu-west-1:444455556666:alias/vault',
    );

    expect([account, resource.arn]).toEqual(['444455556666', 'arn:aws:kms:eu-west-1:444455556666:key/*']);
  });

  test.each([
    ['vault', /not an alias of a KMS key/, /alias\/NAME/],
    ['alias/', /not an alias of a KMS key/, /alias\/NAME/],
    ['alias/*', /not an alias of a KMS key/, /alias\/NAME/],
    ['alias/a vault', /not an alias of a KMS key/, /alias\/NAME/],
    [`alias/${'a'.repeat(251)}`, /not an alias of a KMS key/, /alias\/NAME/],
    [key, /not an alias of a KMS key/, /alias\/NAME/],
    ['alias/aws/s3', /AWS managed key, which only its own service can use/, /customer managed key/],
    ['arn:aws:kms:eu-west-1:111122223333:alias/aws/s3', /AWS managed key/, /customer managed key/],
    [
      'arn:aws:kms:us-east-1:111122223333:alias/vault',
      /in us-east-1, and the vault in eu-west-1/,
      /eu-west-1/,
    ],
    ['arn:aws-cn:kms:cn-north-1:111122223333:alias/vault', /partition aws-cn/, /partition/],
  ])('is refused as %p', (alias, message, hint) => {
    const refusal = refusalOf(() => existingKeyByAlias(ireland, alias));

    expect(refusal.message).toMatch(message);
    expect(refusal.hint).toMatch(hint);
  });
});

/** CDK leaves the partition to the deployment. */
function irelands(resource: string): unknown {
  return { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:kms:eu-west-1:111122223333:${resource}`]] };
}
