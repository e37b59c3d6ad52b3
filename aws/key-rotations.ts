import {
  GetKeyRotationStatusCommand,
  paginateListKeyRotations,
  RotateKeyOnDemandCommand,
  type KMSClient,
  type RotationsListEntry,
} from '@aws-sdk/client-kms';
import type { SealdropError } from '../envelope/index.ts';
import { describedRotation, type RotationListing } from './key-listing.ts';
import { toKmsError } from './kms-errors.ts';
import { requestOptions } from './request-options.ts';
import { toSealdropError, type FailedCall, type ServiceErrorCodes } from './service-errors.ts';

/** A key material of a KMS key, and how it came to be the current one. */
export interface KeyRotation {
  readonly keyMaterialId?: string;
  /** Missing for the first material, and for one that was imported and waits. */
  readonly rotatedAt?: Date;
  readonly kind?: 'automatic' | 'on-demand';
  /** Such as `CURRENT`, `NON_CURRENT`, `PENDING_ROTATION`. */
  readonly state?: string;
}

/**
 * How often a key can be rotated on demand in its life.
 *
 * Source: AWS KMS Developer Guide, "Resource quotas": on-demand rotation, not adjustable
 */
export const mostRotationsOnDemand = 25;

/**
 * All materials of a key, the oldest first, the first one and those that wait among them.
 *
 * @param keyArn - its ARN: an alias does not do
 * @throws {@link SealdropError} ACCESS_DENIED, KEY_NOT_FOUND, KEY_NOT_ROTATABLE for a key that has no rotations, …
 */
export async function listRotations(
  client: KMSClient,
  keyArn: string,
  signal?: AbortSignal,
): Promise<KeyRotation[]> {
  const pages = paginateListKeyRotations(
    { client },
    { KeyId: keyArn, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' },
    requestOptions(signal),
  );
  const rotations: KeyRotation[] = [];
  try {
    for await (const { Rotations = [] } of pages) rotations.push(...Rotations.map(keyRotation));
  } catch (error) {
    throw toListingError(error, keyArn);
  }
  return rotations.sort((one, other) => timeOf(one) - timeOf(other));
}

/**
 * How the material of a key is rotated by itself.
 *
 * @param keyArn - its ARN: an alias does not do
 * @throws {@link SealdropError} ACCESS_DENIED, KEY_NOT_FOUND, KEY_WRONG_TYPE for a key that has no rotations, …
 */
export async function rotationOf(
  client: KMSClient,
  keyArn: string,
  signal?: AbortSignal,
): Promise<RotationListing> {
  try {
    const command = new GetKeyRotationStatusCommand({ KeyId: keyArn });
    return describedRotation(await client.send(command, requestOptions(signal)));
  } catch (error) {
    throw toKmsError(error, 'kms:GetKeyRotationStatus', keyArn);
  }
}

/**
 * Begins a rotation on demand; it ends a while later.
 *
 * @param keyArn - its ARN: an alias does not do
 * @throws {@link SealdropError} ROTATION_LIMIT_REACHED, KEY_NOT_ROTATABLE, ACCESS_DENIED, …
 */
export async function rotateOnDemand(client: KMSClient, keyArn: string, signal?: AbortSignal): Promise<void> {
  try {
    await client.send(new RotateKeyOnDemandCommand({ KeyId: keyArn }), requestOptions(signal));
  } catch (error) {
    throw toRotationError(error, keyArn);
  }
}

/** What exceptions mean in answer to a rotation, and to nothing else. */
const rotationErrorCodes: ServiceErrorCodes = {
  // Elsewhere it says that there are too many requests.
  LimitExceededException: 'ROTATION_LIMIT_REACHED',
  ConflictException: {
    code: 'KEY_UNAVAILABLE',
    hint: 'a rotation of this key is under way, or due within 20 minutes: wait for it, and look again',
  },
  UnsupportedOperationException: 'KEY_NOT_ROTATABLE',
};

/** What KMS does not rotate it does not list the rotations of either. */
const listingErrorCodes: ServiceErrorCodes = {
  UnsupportedOperationException: {
    code: 'KEY_NOT_ROTATABLE',
    hint: 'it has one material for good: keys in custom key stores, asymmetric and HMAC keys are not rotated',
  },
};

function toListingError(error: unknown, keyArn: string): SealdropError {
  return toErrorBy(listingErrorCodes, error, { action: 'kms:ListKeyRotations', resource: keyArn });
}

function toRotationError(error: unknown, keyArn: string): SealdropError {
  return toErrorBy(rotationErrorCodes, error, { action: 'kms:RotateKeyOnDemand', resource: keyArn });
}

/** By the meanings that exceptions have in answer to one call, or else by those that they have everywhere. */
function toErrorBy(codes: ServiceErrorCodes, error: unknown, call: FailedCall): SealdropError {
  const { name } = error instanceof Error ? error : { name: '' };
  return Object.hasOwn(codes, name)
    ? toSealdropError(error, call, codes)
    : toKmsError(error, call.action, call.resource);
}

function keyRotation({
  KeyMaterialId,
  RotationDate,
  RotationType,
  KeyMaterialState,
}: RotationsListEntry): KeyRotation {
  return {
    ...(KeyMaterialId === undefined ? {} : { keyMaterialId: KeyMaterialId }),
    ...(RotationDate === undefined ? {} : { rotatedAt: RotationDate }),
    ...(RotationType === undefined
      ? {}
      : { kind: RotationType === 'ON_DEMAND' ? ('on-demand' as const) : ('automatic' as const) }),
    ...(KeyMaterialState === undefined ? {} : { state: KeyMaterialState }),
  };
}

/** What has no date is the first one, or waits to be the last. */
function timeOf({ rotatedAt, state }: KeyRotation): number {
  if (rotatedAt !== undefined) return rotatedAt.getTime();
  return state?.startsWith('PENDING') === true ? Number.MAX_SAFE_INTEGER : 0;
}
