import type { Template } from 'aws-cdk-lib/assertions';
import { resourcesOf } from './templates.ts';

/** A statement of a policy, as a template has it. */
interface Statement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal?: Readonly<Record<string, string | readonly string[]>>;
  readonly Action: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly NotResource?: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** A policy, as a template has it. */
export interface Policy {
  readonly Statement: readonly Statement[];
}

/** A request as a policy sees it. */
export interface PolicyRequest {
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  /** The condition keys that are there. */
  readonly keys?: Readonly<Record<string, string>>;
}

/** One value or several as several. */
function list<Value>(value: Value | readonly Value[] | undefined): readonly Value[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly Value[]) : [value as Value];
}

/**
 * What a resource's policy says to a request: a denial goes before everything.
 *
 * Source: "Policy evaluation logic", AWS Identity and Access Management User Guide.
 */
export function decide(policy: Policy, request: PolicyRequest): 'allow' | 'deny' | 'silent' {
  const effects = policy.Statement.filter((statement) => applies(statement, request)).map(
    ({ Effect }) => Effect,
  );
  if (effects.includes('Deny')) return 'deny';
  return effects.includes('Allow') ? 'allow' : 'silent';
}

function applies(statement: Statement, { principal, action, resource, keys = {} }: PolicyRequest): boolean {
  const principals = Object.values(statement.Principal ?? { any: '*' }).flatMap(list);
  return (
    (principals.includes('*') || principals.includes(principal)) &&
    list(statement.Action).some((pattern) => matches(pattern, action)) &&
    appliesTo(statement, resource) &&
    Object.entries(statement.Condition ?? {}).every(([operator, expected]) =>
      Object.entries(expected).every(([key, values]) =>
        holds(operator, list(values as string), { 'aws:PrincipalArn': principal, ...keys }[key]),
      ),
    )
  );
}

function appliesTo({ Resource, NotResource }: Statement, resource: string): boolean {
  const isIn = (patterns: Statement['Resource']): boolean =>
    list(patterns).some((pattern) => matches(pattern, resource));
  return NotResource === undefined ? isIn(Resource) : !isIn(NotResource);
}

/** A missing key fails every operator but the negated ones. */
function holds(operator: string, expected: readonly string[], actual: string | undefined): boolean {
  switch (operator) {
    case 'StringEquals':
    case 'Bool':
      return actual !== undefined && expected.includes(actual);
    case 'StringNotEquals':
      return actual === undefined || !expected.includes(actual);
    case 'ArnLike':
      return actual !== undefined && expected.some((pattern) => matches(pattern, actual));
    case 'ArnNotLike':
    case 'ArnNotEquals':
      return actual === undefined || !expected.some((pattern) => matches(pattern, actual));
    case 'NumericLessThan':
      return actual !== undefined && Number(actual) < Number(expected[0]);
    default:
      throw new Error(`unknown condition operator ${operator}`);
  }
}

function matches(pattern: string, text: string): boolean {
  const source = pattern
    .split('*')
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
    .join('.*');
  return new RegExp(`^${source}$`).test(text);
}

/**
 * What the identity policies of a role allow: each resource with its actions, in the order of their names, and with
 * what must be so for them.
 */
export function permissionsOf(template: Template, role: string): Record<string, readonly string[]> {
  const permissions: Record<string, string[]> = {};
  for (const { Properties } of Object.values(resourcesOf(template, 'AWS::IAM::Policy'))) {
    if (!list(Properties['Roles'] as string).includes(`\${${role}}`)) continue;
    for (const statement of (Properties['PolicyDocument'] as Policy).Statement) {
      if (statement.Effect !== 'Allow') throw new Error(`${role} has a statement that denies`);
      const condition = statement.Condition === undefined ? '' : ` if ${JSON.stringify(statement.Condition)}`;
      for (const resource of list(statement.Resource)) {
        permissions[resource] = [
          ...(permissions[resource] ?? []),
          ...list(statement.Action).map((action) => action + condition),
        ];
      }
    }
  }
  return Object.fromEntries(
    Object.entries(permissions).map(([resource, actions]) => [resource, [...new Set(actions)].sort()]),
  );
}
