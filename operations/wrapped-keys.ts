import { SealdropError, type EncryptionContext, type Metadata } from '../envelope/index.ts';
import { parseContext } from '../envelope/encryption-context.ts';
import {
  ENCRYPTED_DATA_KEY_V1,
  ENCRYPTED_DATA_KEY_V2,
  ENCRYPTED_DATA_KEY_V3,
  ENCRYPTION_CONTEXT_V3,
  envelopeNames,
  INSTRUCTION_FILE_MARK,
  lowerCased,
  MAT_DESC,
  MAT_DESC_V3,
} from '../envelope/metadata-names.ts';

/** An encrypted data key, and the context that stands beside it. */
export interface WrappedKey {
  readonly ciphertext: Uint8Array;
  readonly context: EncryptionContext;
}

/** The entries that hold an encrypted data key in any version, each with those that may hold its context. */
const places: readonly (readonly [dataKey: string, contexts: readonly string[]])[] = [
  [ENCRYPTED_DATA_KEY_V3, [ENCRYPTION_CONTEXT_V3, MAT_DESC_V3]],
  [ENCRYPTED_DATA_KEY_V2, [MAT_DESC]],
  [ENCRYPTED_DATA_KEY_V1, [MAT_DESC]],
];

/**
 * Every encrypted data key in the metadata of an object, or in an instruction file. What else the metadata says,
 * which algorithm or which key wrapped, is not asked: it may be forged, and who opens the data key knows.
 *
 * @returns nothing where there is no data key
 * @throws {@link SealdropError} ENVELOPE_MALFORMED where a data key or a context is none.
 */
export function wrappedKeysIn(metadata: Metadata): WrappedKey[] {
  const entries = lowerCased(metadata);
  return places.flatMap(([dataKey, contexts]) => {
    const encoded = entries.get(dataKey);
    if (encoded === undefined) return [];
    const stored = contexts.flatMap((name) => entries.get(name) ?? []);
    const ciphertext = ciphertextOf(encoded, dataKey);
    return (stored.length === 0 ? ['{}'] : stored).map((json) => ({
      ciphertext,
      context: parseContext(json),
    }));
  });
}

/**
 * Every encrypted data key in the content of an instruction file, or of what may be one by its name. Other clients
 * write numbers among its values, and no mark.
 *
 * @param isMarked - whether it is known to be an instruction file: then it must be possible to read it
 * @returns nothing where there is no data key
 * @throws {@link SealdropError} ENVELOPE_MALFORMED where there is something of a data key that cannot be read.
 */
export function wrappedKeysInFile(text: string, isMarked: boolean): WrappedKey[] {
  const entries = entriesIn(text);
  if (entries !== undefined) return wrappedKeysIn(entries);
  if (!isMarked && !namesADataKey(text)) return [];
  throw new SealdropError('ENVELOPE_MALFORMED', 'the instruction file cannot be read');
}

/** The entries of a JSON object without any deeper values; nothing for all else. */
function entriesIn(text: string): Metadata | undefined {
  const parsed = parsedOf(text);
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return undefined;
  const entries = Object.entries(parsed as Record<string, unknown>);
  if (entries.some(([, value]) => typeof value === 'object')) return undefined;
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
}

/** Also where the names have escapes, in what can be parsed. */
function namesADataKey(text: string): boolean {
  const searched = `${text}${JSON.stringify(parsedOf(text) ?? '')}`.toLowerCase();
  return places.some(([dataKey]) => searched.includes(`"${dataKey}"`));
}

function parsedOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether metadata has anything of an envelope, in any version, so that there must be a data key somewhere. */
export function isOfAnEnvelope(metadata: Metadata): boolean {
  return [...lowerCased(metadata).keys()].some(
    (name) => name !== INSTRUCTION_FILE_MARK && envelopeNames.includes(name),
  );
}

function ciphertextOf(encoded: string, name: string): Uint8Array {
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.length > 0 && bytes.toString('base64') === encoded) return bytes;
  throw new SealdropError('ENVELOPE_MALFORMED', `the metadata entry ${name} is not valid`);
}
