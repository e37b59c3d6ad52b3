import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { CfnQueue } from 'aws-cdk-lib/aws-sqs';
import { addStacks } from '../../infra/stacks.ts';
import { builtHandlers } from './built-handlers.ts';
import { environment, environmentNames, projectApp, synthesize } from './project-stacks.ts';
import { plain } from './templates.ts';

beforeAll(builtHandlers, 120_000);

/** The names of a template that are the account's, not the stack's: `Type Property value`. */
function physicalNames(template: Template): string[] {
  const resources = template.toJSON()['Resources'] as Record<
    string,
    { Type: string; Properties?: Record<string, unknown> }
  >;
  return Object.values(resources).flatMap(({ Type, Properties = {} }) =>
    Object.entries(Properties)
      .filter(([property]) => isPhysicalName(Type, property))
      .map(([property, value]) => `${Type} ${property} ${String(plain(value))}`),
  );
}

/** The name of a role's own policy is the role's alone; the others with such an end refer to resources. */
function isPhysicalName(type: string, property: string): boolean {
  const isReference = ['FunctionName', 'S3BucketName', 'MetricName'].includes(property);
  const isFunction = type === 'AWS::Lambda::Function';
  return (
    property.endsWith('Name') &&
    !type.startsWith('Custom::') &&
    type !== 'AWS::IAM::Policy' &&
    (!isReference || isFunction)
  );
}

describe('the stacks of two environments in one app', () => {
  function both(): Record<'dev' | 'staging', ReturnType<typeof addStacks>> {
    const app = projectApp();
    return {
      dev: addStacks(app, environment('dev')),
      staging: addStacks(app, environment('staging')),
    };
  }

  test('synthesize together', () => {
    const { dev, staging } = both();

    expect([dev.vault, dev.trail, staging.vault, staging.trail].map(({ stackName }) => stackName)).toEqual([
      'Sealdrop-dev-Vault',
      'Sealdrop-dev-Trail',
      'Sealdrop-staging-Vault',
      'Sealdrop-staging-Trail',
    ]);
    expect(() => Template.fromStack(staging.trail)).not.toThrow();
  });

  test('give names of their own to two aliases and the trail, which cannot do without', () => {
    const names = Object.values(both()).flatMap(({ vault, trail }) =>
      [vault, trail].flatMap((stack) => physicalNames(Template.fromStack(stack))),
    );

    expect(names).toEqual([
      'AWS::KMS::Alias AliasName alias/sealdrop/dev',
      'AWS::KMS::Alias AliasName alias/sealdrop/dev/intake',
      'AWS::CloudTrail::Trail TrailName sealdrop-dev-${AWS::Region}',
      'AWS::KMS::Alias AliasName alias/sealdrop/staging',
      'AWS::KMS::Alias AliasName alias/sealdrop/staging/intake',
      'AWS::CloudTrail::Trail TrailName sealdrop-staging-${AWS::Region}',
    ]);
  });

  test('carry the tag of their own environment', () => {
    for (const [name, { vault, trail }] of Object.entries(both())) {
      for (const stack of [vault, trail]) {
        expect(JSON.stringify(Template.fromStack(stack).toJSON())).toMatch(
          new RegExp(`"Key":"sealdrop:environment","Value":"${name}"`),
        );
        expect(stack.tags.tagValues()).toEqual({ 'sealdrop:environment': name });
      }
    }
  });
});

describe.each(environmentNames)('the environment %p', (name) => {
  test('is protected from deletion where it is production', () => {
    const { app, vault, trail } = synthesize(environment(name));
    const assembly = app.synth();

    for (const stack of [vault, trail]) {
      expect(assembly.getStackByName(stack.stackName).terminationProtection).toBe(name === 'prod');
    }
  });

  test('synthesizes to the same templates every time', () => {
    const first = synthesize(environment(name));
    const second = synthesize(environment(name));

    expect(second.vaultTemplate.toJSON()).toEqual(first.vaultTemplate.toJSON());
    expect(second.trailTemplate.toJSON()).toEqual(first.trailTemplate.toJSON());
  });
});

test.each([
  [3, true],
  [60, false],
])('a queue that keeps messages %i s is refused at synthesis, as cdk.json asks: %p', (seconds, isRefused) => {
  // GIVEN
  const print = jest.spyOn(console, 'error').mockImplementation(() => undefined);
  const app = projectApp();
  new CfnQueue(new Stack(app, 'Test'), 'Queue', { messageRetentionPeriod: seconds });

  // WHEN
  const synthesis = expect(() => app.synth());

  // THEN
  if (isRefused) synthesis.toThrow();
  else synthesis.not.toThrow();
  print.mockRestore();
});

test('the trail watches the buckets of its own vault', () => {
  const { trail, vault } = synthesize(environment('dev'));

  expect(trail.dependencies).toEqual([vault]);
});

test.each([
  [{}, 'unknown-account', 'unknown-region'],
  [{ account: '111122223333', region: 'eu-west-1' }, '111122223333', 'eu-west-1'],
])('with %p the stacks go to the account %s and the Region %s', (place, account, region) => {
  const { app, vault, trail } = synthesize(environment('dev', place));
  const assembly = app.synth();

  for (const stack of [vault, trail]) {
    expect(assembly.getStackByName(stack.stackName).environment).toMatchObject({ account, region });
  }
});
