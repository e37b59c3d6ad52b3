import { ReferenceStrength, Stack, Token } from 'aws-cdk-lib';

/**
 * A value that only a deployment in another Region knows, such as the ARN of a key: CloudFormation reads it from the
 * outputs of that stack by itself, which is deployed first. A strong reference would take custom resources in both
 * Regions, and would keep nothing that is not retained anyway.
 *
 * Source: AWS CloudFormation Template Reference, "Fn::GetStackOutput".
 */
export function weakReference(value: string): string {
  return Token.isUnresolved(value) ? Stack.consumeReference(value, ReferenceStrength.WEAK) : value;
}
