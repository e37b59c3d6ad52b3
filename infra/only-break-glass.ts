import { AnyPrincipal, Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';

/**
 * The statement of a key's policy that keeps everybody from ending the key, the account's administrators among them.
 *
 * @param breakGlassArns - who may end it all the same; ARNs, `*` allowed
 * @param actions - what ends it
 */
export function onlyBreakGlassEndsTheKey(
  breakGlassArns: readonly string[],
  actions: readonly string[] = endingActions,
): PolicyStatement {
  return new PolicyStatement({
    sid: 'OnlyBreakGlassEndsTheKey',
    effect: Effect.DENY,
    principals: [new AnyPrincipal()],
    actions: [...actions],
    resources: ['*'],
    ...(breakGlassArns.length === 0
      ? {}
      : { conditions: { ArnNotLike: { 'aws:PrincipalArn': [...breakGlassArns] } } }),
  });
}

/** What ends any key. */
export const endingActions: readonly string[] = ['kms:DisableKey', 'kms:ScheduleKeyDeletion'];
