import { describe, expect, test } from '@jest/globals';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { ExistingWrappingKey } from '../../infra/existing-wrapping-key.ts';
import {
  vaultWrappingKey,
  type VaultWrappingKey,
  type VaultWrappingKeyProps,
} from '../../infra/vault-wrapping-key.ts';
import { WrappingKey } from '../../infra/wrapping-key.ts';
import { refusalOf } from './refusals.ts';
import { only } from './templates.ts';

const here = { account: '111122223333', region: 'eu-west-1' };
const arn = 'arn:aws:kms:eu-west-1:111122223333:key/1';
const foreignArn = 'arn:aws:kms:eu-west-1:444455556666:key/1';

function keyFor(
  props: VaultWrappingKeyProps,
  env: { account?: string; region?: string } = here,
): VaultWrappingKey & { stack: Stack } {
  const stack = new Stack(new App(), 'Test', { env });
  const role = (id: string): Role =>
    new Role(stack, id, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  const users = {
    ...{ vaultId: 'payroll', requireVaultContext: true },
    ...{ sealers: [role('Sealer')], openers: [role('Opener')], rotators: [role('Rotator')] },
  };
  return { ...vaultWrappingKey(stack, props, users), stack };
}

describe('the wrapping key of a vault', () => {
  test('is a new one by default, whose rotations KMS tells of', () => {
    const { key, rotationsOf, stack } = keyFor({});

    expect(key).toBeInstanceOf(WrappingKey);
    expect(rotationsOf).toBe(key.arn);
    expect(only(Template.fromStack(stack), 'AWS::KMS::Key').Properties).toMatchObject({
      EnableKeyRotation: true,
      RotationPeriodInDays: 365,
      MultiRegion: false,
    });
  });

  test('is a new one as it is wished', () => {
    const { stack } = keyFor({ multiRegion: true, rotationPeriod: Duration.days(90) });

    expect(only(Template.fromStack(stack), 'AWS::KMS::Key').Properties).toMatchObject({
      RotationPeriodInDays: 90,
      MultiRegion: true,
    });
  });

  test('waits for material that is imported', () => {
    const { key, rotationsOf, stack } = keyFor({ wrappingKey: { material: 'imported' } });

    expect(rotationsOf).toBe(key.arn);
    expect(only(Template.fromStack(stack), 'AWS::KMS::Key').Properties['Origin']).toBe('EXTERNAL');
  });

  test('is no new one where there is one', () => {
    const { key, stack } = keyFor({ wrappingKey: { arn } });

    expect(key).toBeInstanceOf(ExistingWrappingKey);
    expect(key.arn).toBe(arn);
    Template.fromStack(stack).resourceCountIs('AWS::KMS::Key', 0);
    Template.fromStack(stack).resourceCountIs('AWS::KMS::Alias', 0);
  });

  test.each([
    ['of the account', { arn }, here, arn],
    ['where nobody knows the account yet', { arn }, {}, arn],
    ['of another account', { arn: foreignArn }, here, undefined],
    ['in a key store', { arn, material: 'custom-key-store' as const }, here, undefined],
    ['by an alias', { alias: 'alias/vault' }, here, undefined],
  ])('%s: the rotations that KMS tells of', (_which, wrappingKey, env, expected) => {
    expect(keyFor({ wrappingKey }, env).rotationsOf).toBe(expected);
  });

  test('cannot be one by an alias where a migrator is asked for, which names keys', () => {
    const migration = { principalArns: ['arn:aws:iam::111122223333:role/ada'], toKeyArns: [arn] };
    const refusal = refusalOf(() => keyFor({ wrappingKey: { alias: 'alias/vault' }, migration }));

    expect(refusal.message).toMatch(/alias\/vault" may be moved to any/);
    expect(refusal.hint).toMatch(/by its ARN, or leave the migration out/);
    expect(keyFor({ wrappingKey: { arn }, migration }).key.arn).toBe(arn);
  });
});
