import { describe, expect, test } from '@jest/globals';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { existingKeyByAlias, existingKeyByArn } from '../../infra/existing-key.ts';
import { ExistingWrappingKey } from '../../infra/existing-wrapping-key.ts';
import { permissionsOf, type Policy } from './policies.ts';
import { plain } from './templates.ts';

const arn = 'arn:aws:kms:eu-west-1:444455556666:key/1';
const aliasArn = 'arn:aws:kms:eu-west-1:444455556666:alias/vault';
const byAlias = { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': 'alias/vault' } };
const inVault = { StringEquals: { 'kms:EncryptionContext:sealdrop-vault': 'payroll' } };
const onSameKey = { Bool: { 'kms:ReEncryptOnSameKey': 'true' } };

function vaultOn(
  name: 'arn' | 'alias',
  requireVaultContext = true,
): { template: Template; key: ExistingWrappingKey; required: Policy } {
  const stack = new Stack(new App(), 'Test', { env: { account: '111122223333', region: 'eu-west-1' } });
  const role = (id: string): Role =>
    new Role(stack, id, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  const key = new ExistingWrappingKey(stack, 'Wrapping', {
    key: name === 'arn' ? existingKeyByArn(stack, arn) : existingKeyByAlias(stack, aliasArn),
    ...{ vaultId: 'payroll', requireVaultContext },
    ...{ sealers: [role('Sealer')], openers: [role('Opener')] },
    ...{ rotators: [role('Rotator')], migrators: [role('Migrator')] },
  });
  const required = plain(stack.resolve(key.requiredKeyPolicy([role('Runs')])));
  return { template: Template.fromStack(stack), key, required: required as Policy };
}

function text(action: string, ...conditions: object[]): string {
  const all: object = Object.assign({}, ...conditions) as object;
  return Object.keys(all).length === 0 ? action : `${action} if ${JSON.stringify(all)}`;
}

describe.each([
  ['arn', arn, {}],
  ['alias', 'arn:aws:kms:eu-west-1:444455556666:key/*', byAlias],
] as const)('a role of a vault on an existing key, by its %s', (name, resource, named) => {
  const { template } = vaultOn(name);
  const describeIt = text('kms:DescribeKey', named);

  test.each([
    ['Sealer', [text('kms:GenerateDataKey', named, inVault)]],
    ['Opener', [text('kms:Decrypt', named, inVault)]],
    [
      'Rotator',
      [
        text('kms:ReEncryptFrom', named, inVault, onSameKey),
        text('kms:ReEncryptTo', named, inVault, onSameKey),
      ],
    ],
    ['Migrator', [text('kms:ReEncryptFrom', named, inVault), text('kms:ReEncryptTo', named, inVault)]],
  ])('%s may do %j with this key, and nothing with another', (role, uses) => {
    expect(permissionsOf(template, role)).toEqual({ [resource]: [describeIt, ...uses].sort() });
  });
});

describe('an existing key', () => {
  test('is called by what it was named by', () => {
    expect(vaultOn('arn').key.arn).toBe(arn);
    expect(vaultOn('alias').key.arn).toBe(aliasArn);
  });

  test('asks for no context where the objects carry none', () => {
    expect(permissionsOf(vaultOn('arn', false).template, 'Sealer')).toEqual({
      [arn]: ['kms:DescribeKey', 'kms:GenerateDataKey'],
    });
  });
});

describe('the policy that the owner of a key adds', () => {
  test.each(['arn', 'alias'] as const)(
    'says the same of the roles, by %s, and has the run describe it',
    (name) => {
      const allow = { Effect: 'Allow', Resource: '*' };
      const roles = ['Sealer', 'Opener', 'Rotator', 'Migrator'].map((id) => `\${${id}.Arn}`);
      const [Sealer, Opener, Rotator, Migrator] = roles.map((AWS) => ({ AWS }));
      const rewrapping = ['kms:ReEncryptFrom', 'kms:ReEncryptTo'];

      expect(vaultOn(name).required.Statement).toEqual([
        { ...allow, Principal: { AWS: roles }, Action: 'kms:DescribeKey' },
        { ...allow, Principal: Sealer, Action: 'kms:GenerateDataKey', Condition: inVault },
        { ...allow, Principal: Opener, Action: 'kms:Decrypt', Condition: inVault },
        {
          ...allow,
          Principal: Rotator,
          Action: rewrapping,
          Condition: { ...inVault, ...onSameKey },
        },
        { ...allow, Principal: Migrator, Action: rewrapping, Condition: inVault },
        { ...allow, Principal: { AWS: '${Runs.Arn}' }, Action: 'kms:DescribeKey' },
      ]);
    },
  );
});
