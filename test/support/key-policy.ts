import { GetKeyPolicyCommand, PutKeyPolicyCommand, type KMSClient } from '@aws-sdk/client-kms';

/** A statement of a key policy, as far as tests tell one from another. */
export interface KeyStatement {
  readonly Sid?: string;
}

/** Changes the policy of a key while something is done. */
export async function withKeyPolicy<Result>(
  kms: KMSClient,
  KeyId: string,
  change: (statements: KeyStatement[]) => object[],
  work: () => Promise<Result>,
): Promise<Result> {
  const { Policy = '{}' } = await kms.send(new GetKeyPolicyCommand({ KeyId }));
  const parsed = JSON.parse(Policy) as { Statement: KeyStatement[] };
  const changed = JSON.stringify({ ...parsed, Statement: change(parsed.Statement) });
  await kms.send(new PutKeyPolicyCommand({ KeyId, Policy: changed }));
  try {
    return await work();
  } finally {
    await kms.send(new PutKeyPolicyCommand({ KeyId, Policy }));
  }
}
