import { ArnFormat, Stack, Token } from 'aws-cdk-lib';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import type { Construct } from 'constructs';
import { ConfigurationError } from './configuration-error.ts';
import type { KeyResource } from './key-use.ts';

/** A key that somebody made, with a policy that is not ours. */
export interface ExistingKey {
  /** The ARN by which it is called: its own, or that of an alias. */
  readonly arn: string;
  /** How the roles' policies name it. */
  readonly resource: KeyResource;
  /** The account that it is in. */
  readonly account: string;
  readonly isAlias: boolean;
  /** Whether it is known to be a multi-Region key, which may have replicas: of an alias it is not. */
  readonly isMultiRegion: boolean;
}

/** Whether an ARN is that of a multi-Region key. */
export function isMultiRegionKeyArn(arn: string): boolean {
  const named = arnOf(arn);
  return named?.kind === 'key' && named.name.startsWith('mrk-');
}

/**
 * The key that an ARN names. That of a multi-Region key stands for its replica in the stack's Region.
 *
 * @throws {@link ConfigurationError} where it is malformed, of an alias, or of another Region or partition.
 */
export function existingKeyByArn(scope: Construct, arn: string): ExistingKey {
  const named = arnOf(arn);
  if (named?.kind === 'alias') {
    assertNotOfAws(arn);
    throw new ConfigurationError(
      `"${arn}" is the ARN of an alias, where that of a key is needed`,
      `name the key itself: aws kms describe-key --key-id ${arn} --query KeyMetadata.Arn`,
    );
  }
  if (named?.kind !== 'key') {
    throw new ConfigurationError(
      `"${arn}" is not the ARN of a KMS key`,
      'name the key as arn:aws:kms:REGION:ACCOUNT:key/ID; "sealdrop keys list --json" shows it',
    );
  }
  const isMultiRegion = isMultiRegionKeyArn(arn);
  assertReachable(scope, arn, named, isMultiRegion);
  const { region } = Stack.of(scope);
  // Known or not: a role that may use the key of another Region may not use that of its own.
  const there = isMultiRegion ? arn.replace(named.region, () => region) : arn;
  return {
    arn: there,
    resource: { arn: there, conditions: {} },
    account: named.account,
    isAlias: false,
    isMultiRegion,
  };
}

/**
 * The key that an alias points to, whichever that is at the time.
 *
 * Source: AWS KMS Developer Guide, "Use aliases to control access to KMS keys", "AWS KMS condition keys"
 * (kms:ResourceAliases)
 *
 * @param alias - its name, in the stack's account and Region, or its ARN
 * @throws {@link ConfigurationError} where it is malformed, of AWS, or of another Region or partition.
 */
export function existingKeyByAlias(scope: Construct, alias: string): ExistingKey {
  assertNotOfAws(alias);
  const named = arnOf(alias) ?? { kind: 'alias', name: alias.replace(/^alias\//, ''), ...hereIn(scope) };
  const isNamed = alias.startsWith('alias/') || alias.startsWith('arn:');
  if (named.kind !== 'alias' || !isNamed || !/^[\w/-]{1,250}$/.test(named.name)) {
    throw new ConfigurationError(
      `"${alias}" is not an alias of a KMS key`,
      'name it as alias/NAME, or as arn:aws:kms:REGION:ACCOUNT:alias/NAME where it is of another account',
    );
  }
  const { partition, region, account, name } = named;
  assertReachable(scope, alias, named, false);
  const place = { service: 'kms', partition, region, account, arnFormat: ArnFormat.SLASH_RESOURCE_NAME };
  return {
    arn: Stack.of(scope).formatArn({ ...place, resource: 'alias', resourceName: name }),
    resource: {
      // A policy cannot name a key by its alias: as a resource that is the alias itself.
      arn: Stack.of(scope).formatArn({ ...place, resource: 'key', resourceName: '*' }),
      conditions: { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': `alias/${name}` } },
    },
    account,
    isAlias: true,
    isMultiRegion: false,
  };
}

interface NamedInKms {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
  readonly kind: string;
  readonly name: string;
}

function arnOf(text: string): NamedInKms | undefined {
  const parts = /^arn:(aws[a-z-]*):kms:([a-z0-9-]+):(\d{12}):(?:(key)\/([\w-]+)|(alias)\/([\w/-]+))$/.exec(
    text,
  );
  if (parts === null) return undefined;
  const [, partition = '', region = '', account = '', key, keyId, alias = '', aliasName = ''] = parts;
  return { partition, region, account, kind: key ?? alias, name: keyId ?? aliasName };
}

function hereIn(scope: Construct): Pick<NamedInKms, 'partition' | 'region' | 'account'> {
  const { partition, region, account } = Stack.of(scope);
  return { partition, region, account };
}

function assertNotOfAws(alias: string): void {
  if (!/(^|:)alias\/aws\//.test(alias)) return;
  throw new ConfigurationError(
    `"${alias}" is an AWS managed key, which only its own service can use: it cannot wrap data keys`,
    'choose a customer managed key; for the encryption of a bucket itself the choice "aws/s3" takes that of S3',
  );
}

/** Where the stack's own Region is not known before it is deployed, KMS says later what is wrong. */
function assertReachable(
  scope: Construct,
  arn: string,
  { partition, region }: NamedInKms,
  isMultiRegion: boolean,
): void {
  const { region: here } = Stack.of(scope);
  if (Token.isUnresolved(region) || Token.isUnresolved(partition)) return;
  const partitionHere = Token.isUnresolved(here) ? partition : (partitionOf(here) ?? partition);
  if (partition !== (partitionOf(region) ?? partition) || partition !== partitionHere) {
    throw new ConfigurationError(
      `"${arn}" is of the partition ${partition}, and ${partition === partitionHere ? `its Region is of ${partitionOf(region) ?? '?'}` : `the vault of ${partitionHere}`}`,
      'no key is reached from another partition: name one of the partition of the vault',
    );
  }
  if (Token.isUnresolved(here) || region === here || isMultiRegion) return;
  throw new ConfigurationError(
    `"${arn}" is in ${region}, and the vault in ${here}`,
    `name a key in ${here}, or a multi-Region key (mrk-…) that has a replica there`,
  );
}

function partitionOf(region: string): string | undefined {
  return RegionInfo.get(region).partition;
}
