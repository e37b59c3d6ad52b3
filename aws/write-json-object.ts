import { Readable } from 'node:stream';
import { crc32Of } from '../operations/crc32.ts';
import { headIfThere } from '../operations/head-if-there.ts';
import type { ObjectAddress, WritableStore } from '../operations/object-store.ts';
import { conditionFrom } from '../operations/write-condition.ts';

/**
 * Writes a value as a JSON object of a bucket, in the place of one that stands there.
 *
 * @throws {@link SealdropError} OBJECT_CHANGED where another writer was faster, and what the store throws.
 */
export async function writeJsonObject(
  store: WritableStore,
  { bucket, key }: ObjectAddress,
  value: unknown,
): Promise<ObjectAddress> {
  const bytes = Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`);
  const checksum = crc32Of(Readable.from([bytes]));
  const standing = await headIfThere(store, { bucket, key });
  return store.write({
    ...{ bucket, key, body: checksum.body, crc32: () => checksum.base64(), lengthBytes: bytes.length },
    ...{ metadata: {}, headers: { contentType: 'application/json' }, tags: {} },
    condition: conditionFrom(standing),
  });
}
