import { describe, expect, test } from '@jest/globals';
import { ConfigurationError } from '../../infra/configuration-error.ts';
import { chooseEnvironment } from '../../infra/environments.ts';
import { environmentNames, shippedEnvironments, projectContext } from './project-stacks.ts';

/** The error that the work throws. */
function refusalOf(work: () => unknown): ConfigurationError {
  try {
    work();
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

const least = { production: false, vaultId: 'payroll' };
const breakGlass = 'arn:aws:iam::111122223333:role/break-glass';

describe('an environment', () => {
  test('needs only an answer about production and a vault id; the rest has defaults', () => {
    expect(chooseEnvironment('dev', { dev: least })).toEqual({
      name: 'dev',
      production: false,
      vaultId: 'payroll',
      binding: 'object',
      multiRegion: false,
      rotationPeriodDays: 365,
      breakGlassRoleArns: [],
      openerArns: [],
      handover: 'delete',
      expireSourceAfterDays: 7,
      expireNoncurrentAfterDays: 90,
      rewrapSchedule: 'rate(1 day)',
      rewrapRequestsPerSecond: 500,
      maxReceives: 12,
      logRetentionDays: 365,
    });
  });

  test('is what it is configured to be', () => {
    const configured = {
      account: '111122223333',
      region: 'eu-west-1',
      production: true,
      vaultId: 'payroll',
      binding: 'vault',
      multiRegion: true,
      rotationPeriodDays: 90,
      breakGlassRoleArns: [breakGlass],
      openerArns: ['arn:aws:iam::111122223333:user/ops/ada'],
      handover: 'keep',
      expireSourceAfterDays: 30,
      expireNoncurrentAfterDays: 'none',
      migration: {
        principalArns: [breakGlass],
        toKeyArns: ['arn:aws:kms:eu-west-1:111122223333:key/mrk-0af1'],
      },
      rewrapSchedule: 'cron(0 3 * * ? *)',
      rewrapRequestsPerSecond: 1.5,
      maxReceives: 3,
      logRetentionDays: 3650,
    };

    expect(chooseEnvironment('prod', { prod: configured })).toEqual({ name: 'prod', ...configured });
  });

  test.each(environmentNames)('%p of cdk.json is well-formed', (name) => {
    expect(chooseEnvironment(name, projectContext['environments'])).toMatchObject({ name });
  });

  test.each(['us-east-1', 'ap-southeast-2', 'us-gov-west-1', 'cn-north-1', 'eusc-de-east-1'])(
    'can be in the Region %s',
    (region) => {
      expect(chooseEnvironment('dev', { dev: { ...least, region } }).region).toBe(region);
    },
  );

  test.each(['dev', 'Dev2', 'team-a-prod', '1', 'a'.repeat(40)])('can be named %p', (name) => {
    expect(chooseEnvironment(name, { [name]: least }).name).toBe(name);
  });
});

describe('the choice of an environment', () => {
  test.each([[undefined], [''], [null], [7], [['dev']]])('%p is no choice', (name) => {
    expect(refusalOf(() => chooseEnvironment(name, { dev: least, prod: least }))).toMatchObject({
      message: 'no environment was chosen',
      hint: 'pass -c env=NAME with one of: dev, prod',
    });
  });

  test.each(['stagin', 'DEV', 'toString', '__proto__'])('%p is unknown', (name) => {
    expect(refusalOf(() => chooseEnvironment(name, { dev: least, prod: least }))).toMatchObject({
      message: `unknown environment "${name}"`,
      hint: 'pass -c env=NAME with one of: dev, prod',
    });
  });

  test.each([[undefined], [null], ['dev'], [['dev']]])('is not possible among %p', (environments) => {
    expect(refusalOf(() => chooseEnvironment('dev', environments))).toMatchObject({
      message: 'no environments are configured',
      hint: 'add "environments" to the context in cdk.json',
    });
  });

  test.each(['a b', 'a_b', 'a--b', '-a', 'a-', 'a.b', 'a'.repeat(41)])(
    '%p names neither stacks nor a trail',
    (name) => {
      expect(refusalOf(() => chooseEnvironment(name, { [name]: least })).message).toBe(
        `"${name}" cannot be the name of an environment`,
      );
    },
  );
});

describe('a malformed environment', () => {
  const wholeNumbers = [
    ['rotationPeriodDays', 89, 2561],
    ['expireSourceAfterDays', 0, 1.5],
    ['maxReceives', 0, 101],
    ['logRetentionDays', 0, 36_501],
  ] as const;

  test.each([
    ['account', '11112222333'],
    ['account', 111122223333],
    ['region', 'Ireland'],
    ['region', 'eu-west'],
    ['production', 'yes'],
    ['production', undefined],
    ['vaultId', undefined],
    ['vaultId', 'Payroll'],
    ['vaultId', ''],
    ['vaultId', 'a'.repeat(64)],
    ['binding', 'key'],
    ['multiRegion', 'true'],
    ['handover', 'destroy'],
    ['rewrapSchedule', 'daily'],
    ['rewrapSchedule', 'rate()'],
    ['rewrapRequestsPerSecond', 0],
    ['rewrapRequestsPerSecond', 100_001],
    ['rewrapRequestsPerSecond', '5'],
    ['breakGlassRoleArns', breakGlass],
    ['openerArns', 'arn:aws:iam::111122223333:role/payroll'],
    ...wholeNumbers.flatMap(([field, ...values]) => [...values, '5'].map((value) => [field, value] as const)),
  ])('is refused by the name of its field: %s %j', (field, value) => {
    const refusal = refusalOf(() => chooseEnvironment('dev', { dev: { ...least, [field]: value } }));

    expect(refusal.message).toMatch(new RegExp(`^the environment "dev" is malformed: ${field}: .+`));
    expect(refusal.hint).toBe('correct context.environments.dev in cdk.json');
  });

  test.each([
    ['openerArns', '*'],
    ['openerArns', 'arn:aws:iam::111122223333:root'],
    ['openerArns', 'arn:aws:iam::111122223333:role/*'],
    ['openerArns', 'arn:aws:iam::111122223333:role/payroll-*'],
    ['openerArns', 'arn:aws:iam::*:role/payroll'],
    ['openerArns', 'arn:aws:s3:::bucket'],
    ['breakGlassRoleArns', '*'],
    ['breakGlassRoleArns', 'arn:aws:iam::111122223333:root'],
    ['breakGlassRoleArns', 'arn:aws:iam::111122223333:role/*'],
    ['breakGlassRoleArns', 'arn:aws:iam::111122223333:role/**'],
    ['breakGlassRoleArns', 'arn:aws:iam::111122223333:role/ops/*'],
    ['breakGlassRoleArns', 'arn:aws:iam::*:role/break-glass'],
  ])('is refused where %s names %p, which is nobody or everybody', (field, arn) => {
    expect(
      refusalOf(() => chooseEnvironment('dev', { dev: { ...least, [field]: [breakGlass, arn] } })).message,
    ).toMatch(`the environment "dev" is malformed: ${field}.1: must be the ARN of a role or user`);
  });

  test.each([
    [{ principalArns: [], toKeyArns: [] }, 'migration.principalArns'],
    [{ principalArns: ['*'], toKeyArns: [] }, 'migration.principalArns.0'],
    [{ principalArns: [breakGlass], toKeyArns: ['*'] }, 'migration.toKeyArns.0'],
    [
      { principalArns: [breakGlass], toKeyArns: ['arn:aws:kms:eu-west-1:111122223333:alias/vault'] },
      'migration.toKeyArns.0',
    ],
    [
      { principalArns: [breakGlass], toKeyArns: ['arn:aws:kms:eu-west-1:111122223333:key/*'] },
      'migration.toKeyArns.0',
    ],
  ])('is refused for the migration %j', (migration, path) => {
    expect(refusalOf(() => chooseEnvironment('dev', { dev: { ...least, migration } })).message).toContain(
      `malformed: ${path}: `,
    );
  });

  test.each([0, -1, 1.5, 'never'])('is refused where versions expire after %p days', (days) => {
    const settings = { ...least, expireNoncurrentAfterDays: days };
    expect(refusalOf(() => chooseEnvironment('dev', { dev: settings })).message).toContain(
      'malformed: expireNoncurrentAfterDays: ',
    );
  });

  test('may name a break-glass role whose end IAM Identity Center makes up', () => {
    const arn = 'arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_BreakGlass_*';

    expect(
      chooseEnvironment('dev', { dev: { ...least, breakGlassRoleArns: [arn] } }).breakGlassRoleArns,
    ).toEqual([arn]);
  });

  test('is refused for a field that nobody knows, so that a typing error changes nothing silently', () => {
    expect(
      refusalOf(() => chooseEnvironment('dev', { dev: { ...least, breakGlassRolesArns: [breakGlass] } }))
        .message,
    ).toBe('the environment "dev" is malformed: dev: Unrecognized key: "breakGlassRolesArns"');
  });

  test('is refused with all its faults at once', () => {
    expect(refusalOf(() => chooseEnvironment('dev', { dev: {} })).message).toMatch(
      /production: .*; vaultId: /,
    );
  });

  test.each([[null], ['dev'], [[]], [7]])('is refused where it is %j', (value) => {
    expect(refusalOf(() => chooseEnvironment('dev', { dev: value })).message).toMatch(
      'the environment "dev" is malformed: dev: ',
    );
  });
});

describe('a second Region', () => {
  const own = { ...least, account: '111122223333', region: 'eu-west-1', multiRegion: true };
  const choose = (changes: object): unknown =>
    chooseEnvironment('dev', { dev: { ...own, recovery: { region: 'eu-central-1' }, ...changes } });

  test('needs no more than its name; the rest has defaults', () => {
    expect(choose({})).toMatchObject({
      recovery: {
        ...{ region: 'eu-central-1', drillSchedule: 'rate(1 day)', drillSample: 100 },
        ...{ drillWithinDays: 2, maxLagMinutes: 15 },
      },
    });
  });

  test.each([
    [{ account: undefined }, 'names a second Region, but not its own account and Region', 'dev.account'],
    [{ region: undefined }, 'names a second Region, but not its own account and Region', 'dev.region'],
    [
      { recovery: { region: 'eu-west-1' } },
      'is to be recovered in eu-west-1, where it is itself',
      'recovery.region',
    ],
    [
      { multiRegion: false },
      'has a second Region, and a wrapping key that cannot be there',
      'dev.multiRegion',
    ],
  ])('is refused with %j', (changes, message, hint) => {
    const refusal = refusalOf(() => choose(changes));
    expect(refusal.message).toBe(`the environment "dev" ${message}`);
    expect(refusal.hint).toContain(hint);
  });

  test.each([
    [{}, 'region'],
    [{ region: 'Ireland' }, 'region'],
    [{ region: 'eu-central-1', drillSchedule: 'daily' }, 'drillSchedule'],
    [{ region: 'eu-central-1', drillSample: 0 }, 'drillSample'],
    [{ region: 'eu-central-1', drillWithinDays: 8 }, 'drillWithinDays'],
    [{ region: 'eu-central-1', maxLagMinutes: 0 }, 'maxLagMinutes'],
  ])('is refused where it is malformed: %j', (recovery, field) => {
    expect(refusalOf(() => choose({ recovery })).message).toContain(`malformed: recovery.${field}: `);
  });
});

test('a production environment without a break-glass role is refused', () => {
  expect(refusalOf(() => chooseEnvironment('prod', { prod: { ...least, production: true } }))).toMatchObject({
    message: 'the production environment "prod" names no break-glass role',
    hint: 'set context.environments.prod.breakGlassRoleArns in cdk.json to who may disable or delete the key',
  });
});

test('the production environment that ships waits for a break-glass role of the user', () => {
  expect(refusalOf(() => chooseEnvironment('prod', shippedEnvironments)).message).toBe(
    'the production environment "prod" names no break-glass role',
  );
});

test('two environments never share a vault id', () => {
  const twins = { dev: least, staging: { ...least } };
  expect(refusalOf(() => chooseEnvironment('dev', twins))).toMatchObject({
    message: `the environments "dev" and "staging" have the same vault id "${least.vaultId}"`,
    hint: 'give context.environments.dev in cdk.json a vaultId of its own',
  });
});
