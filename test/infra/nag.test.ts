import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { CfnResource, Stack, Validations, type App } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { IConstruct } from 'constructs';
import type { Environment } from '../../infra/environments.ts';
import { builtHandlers } from './built-handlers.ts';
import { environment, environmentNames, projectApp, projectFolder, synthesize } from './project-stacks.ts';

beforeAll(builtHandlers, 120_000);

/** A rule that a construct does not keep: `path id`. */
type Finding = string;

function findingsOf(app: App): Finding[] {
  return new AwsSolutionsChecks(app)
    .validateScope(app)
    .violations.flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map((resource) => `${resource.constructPath ?? ''} ${ruleName}`),
    );
}

interface Acknowledgement {
  readonly path: string;
  readonly id: string;
  readonly reason: string;
}

function acknowledgementsIn(app: App): Acknowledgement[] {
  return app.node.findAll().flatMap(({ node }) =>
    node.metadata
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap(({ data }) =>
        Object.entries(data as Record<string, string>).map(([id, reason]) => ({
          path: node.path,
          id: id.replace(/^annotation::/i, ''),
          reason,
        })),
      ),
  );
}

/** The resources that an acknowledgement covers, and no more: its construct and what is in it. */
function resourcesUnder(app: App, path: string): IConstruct[] {
  return app.node
    .findAll()
    .filter(
      (construct) => CfnResource.isCfnResource(construct) && `${construct.node.path}/`.startsWith(`${path}/`),
    );
}

describe.each([
  ...environmentNames.map((name) => [name, environment(name)] as const),
  ...[
    { wrappingKey: { arn: 'arn:aws:kms:eu-west-1:444455556666:key/00000000-0000-4000-8000-000000000001' } },
    { wrappingKey: { alias: 'alias/vault' }, sealedEncryption: 'kms', intakeEncryption: 'aws/s3' },
    { wrappingKey: { material: 'imported' }, sealedEncryption: 'aws/s3', intakeEncryption: 's3' },
    {
      sealedEncryption: {
        keyArn: 'arn:aws:kms:eu-west-1:444455556666:key/00000000-0000-4000-8000-000000000001',
      },
    },
  ].map((keys) => [JSON.stringify(keys), environment('dev', keys as Partial<Environment>)] as const),
  [
    'dev with a migration',
    environment('dev', {
      migration: {
        principalArns: ['arn:aws:iam::111122223333:role/ada'],
        toKeyArns: ['arn:aws:kms:eu-west-1:111122223333:key/other'],
        sharesWithRsaKeys: true,
        shareSuffixes: ['.partner'],
      },
    }),
  ] as const,
  [
    'dev with a second Region',
    environment('dev', {
      ...{ account: '111122223333', region: 'eu-west-1', multiRegion: true },
      recovery: {
        ...{ region: 'eu-central-1', drillSchedule: 'rate(1 day)', drillSample: 100 },
        ...{ drillWithinDays: 2, maxLagMinutes: 15 },
      },
    }),
  ] as const,
  ['dev in a given Region', environment('dev', { account: '111122223333', region: 'eu-west-1' })] as const,
])('the environment %s', (_name, chosen) => {
  test('has no finding of the AWS Solutions rules without a written reason', () => {
    expect(findingsOf(synthesize(chosen).app)).toEqual([]);
  });
});

describe('the acknowledgements', () => {
  test('are these, each beside the construct that it concerns', () => {
    const found = acknowledgementsIn(synthesize(environment('dev')).app);

    expect(found.map(({ path, id }) => `${path} ${id}`).sort()).toEqual(
      [
        'Sealdrop-dev-Trail/Logs AwsSolutions-S1',
        'Sealdrop-dev-Vault/BucketNotificationsHandler050a0587b7544547bf325f094a3db834 ' +
          'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]',
        'Sealdrop-dev-Vault/Vault/Intake/Bucket AwsSolutions-S1',
        'Sealdrop-dev-Vault/Vault/Reports/Bucket AwsSolutions-S1',
        'Sealdrop-dev-Vault/Vault/RewrapRuns/Role AwsSolutions-IAM5[Resource::*]',
        'Sealdrop-dev-Vault/Vault/RewrapRuns/Role AwsSolutions-IAM5[Resource::<VaultReportsBucket825F32C1.Arn>/runs/*]',
        'Sealdrop-dev-Vault/Vault/RewrapRuns/Role AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:states:' +
          '<AWS::Region>:<AWS::AccountId>:execution:<VaultRewrapRunsMachine04795D70.Name>:*]',
        'Sealdrop-dev-Vault/Vault/Roles/Opener AwsSolutions-IAM5[Resource::<VaultSealedBucket364520D6.Arn>/*]',
        'Sealdrop-dev-Vault/Vault/Roles/Reporter AwsSolutions-IAM5[Resource::<VaultReportsBucket825F32C1.Arn>/*]',
        'Sealdrop-dev-Vault/Vault/Roles/Reporter ' +
          'AwsSolutions-IAM5[Resource::<VaultReportsBucket825F32C1.Arn>/runs/*/summary.json]',
        'Sealdrop-dev-Vault/Vault/Roles/Rotator AwsSolutions-IAM5[Resource::<VaultSealedBucket364520D6.Arn>/*]',
        'Sealdrop-dev-Vault/Vault/Roles/Sealer AwsSolutions-IAM5[Resource::<VaultIntakeBucket2A5C6551.Arn>/*]',
        'Sealdrop-dev-Vault/Vault/Roles/Sealer AwsSolutions-IAM5[Resource::<VaultSealedBucket364520D6.Arn>/*]',
        'Sealdrop-dev-Vault/Vault/Sealed/Bucket AwsSolutions-S1',
      ].sort(),
    );
  });

  test('each give a reason in words', () => {
    for (const { reason } of acknowledgementsIn(synthesize(environment('dev')).app)) {
      expect(reason.split(' ').length).toBeGreaterThanOrEqual(8);
    }
  });

  test('each answer a finding that is still there', () => {
    // GIVEN the findings as they are without any acknowledgement
    const { app } = synthesize(environment('dev'));
    const acknowledged = acknowledgementsIn(app);
    const raw: { path: string; id: string }[] = [];
    const rules = new AwsSolutionsChecks(app) as unknown as {
      isAcknowledged: (resource: CfnResource, id: string) => boolean;
      validateScope: (scope: IConstruct) => unknown;
    };
    rules.isAcknowledged = ({ node }, id) => {
      raw.push({ path: node.path, id });
      return false;
    };
    rules.validateScope(app);

    // THEN there is none that answers nothing
    const idle = acknowledged.filter(({ path, id }) => {
      const covered = resourcesUnder(app, path).map(({ node }) => node.path);
      return !raw.some((finding) => finding.id === id && covered.includes(finding.path));
    });
    expect(raw.length).toBeGreaterThan(0);
    expect(idle).toEqual([]);
  });
});

test('a new bucket is a finding until somebody gives a reason', () => {
  // GIVEN
  const app = projectApp();
  const bucket = new Bucket(new Stack(app, 'Test'), 'Bucket');
  expect(findingsOf(app)).toEqual([
    'Test/Bucket/Resource AwsSolutions-S1',
    'Test/Bucket/Resource AwsSolutions-S10',
  ]);

  // WHEN
  Validations.of(bucket).acknowledge({ id: 'AwsSolutions-S1', reason: 'for the sake of this test' });

  // THEN
  expect(findingsOf(app)).toEqual(['Test/Bucket/Resource AwsSolutions-S10']);
});

test('those who use the constructs need no cdk-nag', () => {
  const manifest = JSON.parse(readFileSync(join(projectFolder, 'package.json'), 'utf8')) as Record<
    string,
    object
  >;
  for (const kind of ['dependencies', 'peerDependencies', 'optionalDependencies']) {
    expect(Object.keys(manifest[kind] ?? {})).not.toContain('cdk-nag');
  }

  const sources = readdirSync(join(projectFolder, 'infra')).map((file) => join(projectFolder, 'infra', file));
  expect(sources.filter((file) => readFileSync(file, 'utf8').includes("from 'cdk-nag"))).toEqual([]);
});
