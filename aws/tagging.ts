import type { Tags } from '../operations/object-store.ts';

/** Tags as a header of S3's requests holds them; empty where there are none. */
export function encodeTags(tags: Tags): string {
  // Not every decoder takes "+" for a space.
  return new URLSearchParams(tags).toString().replaceAll('+', '%20');
}
