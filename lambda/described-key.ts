import { z } from 'zod';
import type { WrappingRecord } from '../aws/index.ts';

/** A key as KMS describes it to the state machine; the rest of what it tells is of no use here. */
export interface DescribedKey {
  readonly Arn: string;
  readonly CurrentKeyMaterialId?: string | undefined;
  /** Where its material is from. */
  readonly Origin?: string | undefined;
}

export const describedKey: z.ZodType<DescribedKey> = z.object({
  Arn: z.string(),
  CurrentKeyMaterialId: z.string().optional(),
  Origin: z.string().optional(),
});

/** The wrapping that a whole run moves to. */
export function wrappingOf({
  Arn: keyArn,
  CurrentKeyMaterialId: keyMaterialId,
}: DescribedKey): WrappingRecord {
  return keyMaterialId === undefined ? { keyArn } : { keyArn, keyMaterialId };
}
