import { PolicyDocument, PolicyStatement, type IPrincipal } from 'aws-cdk-lib/aws-iam';

/** Conditions of a policy's statement: operators, with what they compare. */
export type Conditions = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Some principals, and what they may do with a key. */
export interface KeyUse {
  /** Unique in a policy. */
  readonly sid: string;
  readonly principals: readonly IPrincipal[];
  readonly actions: readonly string[];
  /** @defaultValue none */
  readonly conditions?: Conditions;
}

/** How an identity's policy names a key. */
export interface KeyResource {
  readonly arn: string;
  /** What must be so besides, where the ARN alone stands for more than that key. */
  readonly conditions: Conditions;
}

/** The statement of a key's own policy that allows a use. */
export function inKeyPolicy({ sid, principals, actions, conditions = {} }: KeyUse): PolicyStatement {
  return new PolicyStatement({
    sid,
    principals: [...principals],
    actions: [...actions],
    resources: ['*'],
    conditions,
  });
}

/** The statement of an identity's policy that allows a use. */
export function inIdentityPolicy(
  { actions, conditions = {} }: Omit<KeyUse, 'sid' | 'principals'>,
  key: KeyResource,
): PolicyStatement {
  return new PolicyStatement({
    actions: [...actions],
    resources: [key.arn],
    conditions: { ...key.conditions, ...conditions },
  });
}

/**
 * The statements that the owner of an existing key adds to its policy, without ids, which are unique in a policy: it
 * may be the key of several vaults, or of both buckets of one.
 *
 * Source: AWS IAM User Guide, "IAM JSON policy elements: Sid"
 */
export function requiredKeyPolicyOf(uses: readonly KeyUse[]): PolicyDocument {
  const statements = uses.map(inKeyPolicy);
  for (const statement of statements) statement.sid = undefined;
  // Without ids CDK would merge some, and they are told apart by who does what.
  return new PolicyDocument({ statements, minimize: false });
}
