import type {
  GetKeyRotationStatusResponse,
  KeyMetadata,
  KeySpec,
  KeyState,
  KeyUsageType,
  MultiRegionConfiguration,
  OriginType,
} from '@aws-sdk/client-kms';
import { SealdropError, type SealdropErrorCode } from '../envelope/index.ts';
import { assertUsableAsWrappingKey } from './wrapping-key.ts';

/** Where the key material of a key comes from, and is. */
export type KeyOrigin = 'kms' | 'imported' | 'cloudhsm-key-store' | 'external-key-store';

/** A key that exists in several Regions. */
export interface MultiRegionListing {
  readonly role: 'primary' | 'replica';
  readonly primaryRegion: string;
  /** Sorted; a replica's own Region is among them. */
  readonly replicaRegions: readonly string[];
}

/** How the material of a key is rotated. */
export interface RotationListing {
  readonly automatic: boolean;
  readonly periodDays?: number;
  readonly nextRotation?: Date;
  /** When a rotation on demand was begun that has not ended yet. */
  readonly onDemandSince?: Date;
}

/** Whether a key can wrap data keys; where it cannot, why. */
export type WrappingListing =
  | { readonly can: true }
  | { readonly can: false; readonly why: { readonly code: SealdropErrorCode; readonly message: string } };

/** What a key of the account is. Of one that may not be described, no more is known than the first three fields. */
export interface KeyListing {
  readonly keyArn: string;
  /** Sorted, such as `alias/vault`. */
  readonly aliases: readonly string[];
  readonly wrapping: WrappingListing;
  /** Known without a description where an alias tells: those that begin with `alias/aws/` are of AWS. */
  readonly type?: 'customer-managed' | 'aws-managed';
  readonly origin?: KeyOrigin;
  readonly keySpec?: KeySpec;
  readonly keyUsage?: KeyUsageType;
  readonly state?: KeyState;
  /** Where it is waiting to be deleted. */
  readonly deletionDate?: Date;
  /** Where it is a multi-Region key. */
  readonly multiRegion?: MultiRegionListing;
  /**
   * Missing where KMS does not rotate the material on a schedule that can be set (an AWS managed key is rotated
   * every year; imported material, key stores and asymmetric keys are not rotated), and where the status may
   * not be read.
   */
  readonly rotation?: RotationListing;
  /** Where the key can have several materials. */
  readonly currentKeyMaterialId?: string;
}

/** What {@link KeyListing} says of a key that may be described. */
export type KeyDescription = Omit<KeyListing, 'keyArn' | 'aliases' | 'rotation'>;

const origins: Readonly<Record<OriginType, KeyOrigin>> = {
  AWS_CLOUDHSM: 'cloudhsm-key-store',
  AWS_KMS: 'kms',
  EXTERNAL: 'imported',
  EXTERNAL_KEY_STORE: 'external-key-store',
};

/** Puts what KMS tells of a key in the words of a listing. */
export function describedKey(key: KeyMetadata): KeyDescription {
  return {
    ...(key.KeyManager && { type: key.KeyManager === 'AWS' ? 'aws-managed' : 'customer-managed' }),
    ...(key.Origin && { origin: origins[key.Origin] }),
    ...(key.KeySpec && { keySpec: key.KeySpec }),
    ...(key.KeyUsage && { keyUsage: key.KeyUsage }),
    ...(key.KeyState && { state: key.KeyState }),
    ...(key.DeletionDate && { deletionDate: key.DeletionDate }),
    ...(key.MultiRegionConfiguration && { multiRegion: multiRegion(key.MultiRegionConfiguration) }),
    ...(key.CurrentKeyMaterialId && { currentKeyMaterialId: key.CurrentKeyMaterialId }),
    wrapping: wrappingOf(key),
  };
}

/** What is left to say of a key that may not be described. */
export function undescribedKey(aliases: readonly string[], failure: SealdropError): KeyDescription {
  // Only AWS gives such names.
  const isManaged = aliases.some((alias) => alias.startsWith('alias/aws/'));
  return { ...(isManaged && { type: 'aws-managed' }), wrapping: cannot(failure) };
}

/** Whether a key has a schedule of rotations that its owner sets. */
export function hasRotationSchedule({ type, origin, keySpec }: KeyDescription): boolean {
  return type === 'customer-managed' && origin === 'kms' && keySpec === 'SYMMETRIC_DEFAULT';
}

/** Puts what KMS tells of a key's rotation in the words of a listing. */
export function describedRotation(status: GetKeyRotationStatusResponse): RotationListing {
  return {
    automatic: status.KeyRotationEnabled ?? false,
    ...(status.RotationPeriodInDays && { periodDays: status.RotationPeriodInDays }),
    ...(status.NextRotationDate && { nextRotation: status.NextRotationDate }),
    ...(status.OnDemandRotationStartDate && { onDemandSince: status.OnDemandRotationStartDate }),
  };
}

function multiRegion(configuration: MultiRegionConfiguration): MultiRegionListing {
  const { MultiRegionKeyType, PrimaryKey, ReplicaKeys = [] } = configuration;
  return {
    role: MultiRegionKeyType === 'REPLICA' ? 'replica' : 'primary',
    primaryRegion: PrimaryKey?.Region ?? '',
    replicaRegions: ReplicaKeys.map(({ Region = '' }) => Region).sort(),
  };
}

function wrappingOf(key: KeyMetadata): WrappingListing {
  try {
    assertUsableAsWrappingKey(key);
    return { can: true };
  } catch (error) {
    if (error instanceof SealdropError) return cannot(error);
    throw error;
  }
}

function cannot({ code, message }: SealdropError): WrappingListing {
  return { can: false, why: { code, message } };
}
