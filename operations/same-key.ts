/**
 * Whether two ARNs name one KMS key. A multi-Region key has one key id and one key material in all of its Regions,
 * so its ARNs differ in the Region alone, and mean the same.
 *
 * Source: AWS KMS Developer Guide, "Multi-Region keys in AWS KMS".
 */
export function isSameKey(one: string, other: string): boolean {
  return withoutRegion(one) === withoutRegion(other);
}

/** The ARN of a single-Region key, or any other name of one, stays as it is. */
function withoutRegion(keyArn: string): string {
  return keyArn.replace(/^(arn:[^:]+:kms:)[^:]+(:[^:]+:key\/mrk-)/, '$1$2');
}
