import { SealdropError, type Envelope, type WrappingRecord } from '../envelope/index.ts';
import { envelopeSourceOf, type EnvelopeSourceOptions } from './envelope-source.ts';
import { hasCode } from './has-code.ts';
import type { ReadableStore, StoredObject } from './object-store.ts';
import { openEnvelope } from './open-envelope.ts';
import { recordedWrapping } from './records.ts';

/**
 * Finds the envelope of an object in a store and opens it, as {@link openEnvelope} does. Where another key wrapped
 * the data key than those that were asked, the error's hint names the one that the object records.
 *
 * @throws {@link SealdropError} as {@link openEnvelope}
 */
export async function openStored<Opened>(
  store: ReadableStore,
  object: StoredObject,
  options: Omit<EnvelopeSourceOptions, 'onFile'>,
  open: (envelope: Envelope) => Promise<Opened>,
): Promise<Opened> {
  let inFile: WrappingRecord | undefined;
  const source = envelopeSourceOf(store, object, {
    ...options,
    // Of several files, the first one is what the error is of.
    onFile: ({ wrapping }) => {
      inFile ??= wrapping;
    },
  });
  try {
    return await openEnvelope(source, open);
  } catch (error) {
    throw withRecordedKey(error, inFile ?? recordedWrapping(object.metadata));
  }
}

/** Nobody has authenticated the record: whoever may write the bucket may name a key of theirs in it. */
function withRecordedKey(error: unknown, recorded: WrappingRecord | undefined): unknown {
  if (!hasCode(error, 'KEY_MISMATCH') || recorded === undefined) return error;
  const { keyArn } = recorded;
  // The record is wrong, or the key is one of several that are accepted.
  if (error.fields['resource'] === keyArn) return error;
  return new SealdropError(error.code, error.message, {
    cause: error.cause,
    fields: { ...error.fields, recordedKey: keyArn },
    hint: `the object records ${keyArn}: if that is a key of yours, name it with --key, or with --accept-key`,
  });
}
