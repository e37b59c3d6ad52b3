import type { Located } from '../../cli/located.ts';
import { locateInBucket } from '../../cli/located.ts';
import { parsePlace } from '../../cli/place.ts';
import type { ObjectStore } from '../../operations/object-store.ts';

/** A place in S3 whose objects are in a store of the test's. */
export function bucketPlace(text: string, store: ObjectStore): Located<ObjectStore> {
  return { ...locateInBucket(parsePlace(text), { region: 'eu-west-1', hint: '' }), store };
}
