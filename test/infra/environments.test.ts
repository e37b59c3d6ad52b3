import { describe, expect, test } from '@jest/globals';
import { chooseEnvironment } from '../../infra/environments.ts';
import { environmentNames, shippedEnvironments, projectContext } from './project-stacks.ts';
import { refusalOf } from './refusals.ts';

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
      breakGlassRoleArns: [],
      openerArns: [],
      handover: 'delete',
      expireSourceAfterDays: 7,
      expireNoncurrentAfterDays: 90,
      rewrapSchedule: 'rate(1 day)',
      rewrapRequestsPerSecond: 500,
      maxReceives: 12,
      keepTryingHours: 96,
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
      wrappingKey: { material: 'kms' },
      sealedEncryption: 'aws/s3',
      intakeEncryption: { keyArn: 'arn:aws:kms:eu-west-1:111122223333:key/1' },
      breakGlassRoleArns: [breakGlass],
      openerArns: ['arn:aws:iam::111122223333:user/ops/ada'],
      handover: 'keep',
      expireSourceAfterDays: 30,
      expireNoncurrentAfterDays: 'none',
      migration: {
        principalArns: [breakGlass],
        toKeyArns: ['arn:aws:kms:eu-west-1:111122223333:key/mrk-0af1'],
        sharesWithRsaKeys: true,
        shareSuffixes: ['.partner'],
      },
      rewrapSchedule: 'cron(0 3 * * ? *)',
      rewrapRequestsPerSecond: 1.5,
      maxReceives: 3,
      keepTryingHours: 1,
      dataKeyCache: { maxAgeSeconds: 60, maxMessages: 100, maxBytes: 1_000_000 },
      logRetentionDays: 3650,
    };

    expect(chooseEnvironment('prod', { prod: configured })).toEqual({ name: 'prod', ...configured });
  });

  test('has a migrator that opens no data key, and takes nothing away, unless it says so', () => {
    const migration = { principalArns: [breakGlass] };
    expect(chooseEnvironment('dev', { dev: { ...least, migration } }).migration).toEqual({
      ...{ principalArns: [breakGlass], toKeyArns: [] },
      ...{ sharesWithRsaKeys: false, shareSuffixes: [] },
    });
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
    [
      { multiRegion: false, wrappingKey: { alias: 'alias/mrk-payroll' } },
      'has a second Region, and a wrapping key that cannot be there',
      'name a multi-Region key (mrk-…) in context.environments.dev.wrappingKey.arn',
    ],
  ])('is refused with %j', (changes, message, hint) => {
    const refusal = refusalOf(() => choose(changes));
    expect(refusal.message).toBe(`the environment "dev" ${message}`);
    expect(refusal.hint).toContain(hint);
  });

  test('may be that of an existing multi-Region key', () => {
    const arn = 'arn:aws:kms:eu-west-1:111122223333:key/mrk-1234567890abcdef1234567890abcdef';
    expect(choose({ multiRegion: false, wrappingKey: { arn } })).toMatchObject({ wrappingKey: { arn } });
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

test.each([{ arn: 'arn:aws:kms:eu-west-1:111122223333:key/1' }, { alias: 'alias/vault' }])(
  'a production environment on the existing key %j needs none: its own policy says who may end it',
  (wrappingKey) => {
    const prod = { ...least, production: true, wrappingKey };

    expect(chooseEnvironment('prod', { prod }).wrappingKey).toEqual(wrappingKey);
  },
);

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

describe('an environment in the second Region of another', () => {
  const arn = 'arn:aws:kms:eu-central-1:111122223333:key/mrk-1234567890abcdef1234567890abcdef';
  const account = '111122223333';
  const home = { ...least, account, region: 'eu-west-1', multiRegion: true };
  const first = { ...home, recovery: { region: 'eu-central-1' } };
  const second = { ...least, account, region: 'eu-central-1', wrappingKey: { arn } };

  test.each(['first', 'second'])('has its vault id, and the replica of its key: %s', (name) => {
    expect(chooseEnvironment(name, { first, second }).vaultId).toBe(least.vaultId);
  });

  test.each([
    [{ region: 'eu-north-1' }],
    [{ account: '999999999999' }],
    [{ region: undefined }],
    [{ wrappingKey: undefined }],
    [{ wrappingKey: { arn: 'arn:aws:kms:eu-central-1:111122223333:key/1' } }],
    [{ wrappingKey: { alias: 'alias/vault' } }],
  ])('is another vault with %j', (changes) => {
    const both = { first, second: { ...second, ...changes } };
    for (const name of ['first', 'second']) {
      expect(refusalOf(() => chooseEnvironment(name, both)).message).toContain('have the same vault id');
    }
  });

  test('is another vault where the other has no second Region', () => {
    const both = { first: home, second: { ...second, region: undefined } };
    expect(refusalOf(() => chooseEnvironment('first', both)).message).toContain('have the same vault id');
  });
});
