import {
  AccountRootPrincipal,
  ArnPrincipal,
  CompositePrincipal,
  type PrincipalBase,
} from 'aws-cdk-lib/aws-iam';

/** Who may assume a role that opens: those who are named, or whom the account's IAM policies let. */
export function openerTrust(openerArns: readonly string[]): PrincipalBase {
  if (openerArns.length === 0) return new AccountRootPrincipal();
  return new CompositePrincipal(...openerArns.map((arn) => new ArnPrincipal(arn)));
}
