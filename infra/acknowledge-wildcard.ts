import { Stack, Validations } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/**
 * Gives the reason why a role works on more than one resource, for the one ARN with a wildcard that it names.
 *
 * @param resource - the ARN, as it stands in the role's policy
 */
export function acknowledgeWildcard(role: Construct, resource: string, reason: string): void {
  const written = asCdkNagWrites(Stack.of(role).resolve(resource));
  Validations.of(role).acknowledge({ id: `AwsSolutions-IAM5[Resource::${written}]`, reason });
}

/** References stand in angle brackets: `<Bucket.Arn>/*`. */
function asCdkNagWrites(value: unknown): string {
  if (typeof value === 'string') return value;
  const [[name, argument] = []] = Object.entries(value as Record<string, unknown>);
  if (name === 'Ref') return `<${argument as string}>`;
  if (name === 'Fn::ImportValue') return argument as string;
  if (name === 'Fn::GetAtt') return `<${(argument as string[]).join('.')}>`;
  const [separator, parts] = argument as [string, unknown[]];
  return parts.map(asCdkNagWrites).join(separator);
}
