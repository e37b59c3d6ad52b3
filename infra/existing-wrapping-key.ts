import type { IPrincipal, PolicyDocument, Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { acknowledgeWildcard } from './acknowledge-wildcard.ts';
import type { ExistingKey } from './existing-key.ts';
import { inIdentityPolicy, requiredKeyPolicyOf, type KeyResource, type KeyUse } from './key-use.ts';
import { describing, wrappingKeyUses, type WrappingKeyUsers } from './wrapping-key-uses.ts';

/** Which key it is, and who may do what with it. */
export interface ExistingWrappingKeyProps extends WrappingKeyUsers<Role> {
  readonly key: ExistingKey;
}

/**
 * A key of somebody's own that wraps the data keys of a vault. Its policy is not ours: the roles' policies let them use
 * this very key, each as the policy of a new one would, and the key's own policy has to let them, too.
 */
export class ExistingWrappingKey extends Construct {
  readonly #key: ExistingKey;
  readonly #uses: readonly KeyUse[];

  constructor(scope: Construct, id: string, { key, ...users }: ExistingWrappingKeyProps) {
    super(scope, id);
    this.#key = key;
    this.#uses = wrappingKeyUses(users);
    const { sealers, openers, rotators, migrators = [] } = users;
    for (const use of this.#uses) {
      for (const user of use.principals) user.addToPrincipalPolicy(inIdentityPolicy(use, key.resource));
    }
    if (!key.isAlias) return;
    for (const role of [...sealers, ...openers, ...rotators, ...migrators]) {
      acknowledgeWildcard(role, key.resource.arn, anyKeyOfTheAlias);
    }
  }

  /** The ARN by which it is called: its own, or that of an alias. */
  get arn(): string {
    return this.#key.arn;
  }

  get isMultiRegion(): boolean {
    return this.#key.isMultiRegion;
  }

  /** How policies of identities name it. */
  get resource(): KeyResource {
    return this.#key.resource;
  }

  /**
   * The statements that the owner of the key adds to its policy. In the account of the vault a key that leaves its use
   * to IAM needs none of them; in another account every key does. They name the roles as they are now: roles that were
   * made anew need them once more.
   *
   * @param describers - who describes the key besides, by a policy of his own
   */
  requiredKeyPolicy(describers: readonly IPrincipal[] = []): PolicyDocument {
    const besides = describers.length === 0 ? [] : [describing('DescribeBesides', describers)];
    return requiredKeyPolicyOf([...this.#uses, ...besides]);
  }
}

/** Why a policy names every key where it means that of an alias. */
export const anyKeyOfTheAlias =
  'a policy cannot name a key by its alias: the condition on kms:ResourceAliases leaves the key of this alias alone';
