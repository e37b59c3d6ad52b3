import { SealdropError } from './errors.ts';

/**
 * Reads a JSON object whose values are strings: an encryption context, a material description, an
 * instruction file.
 *
 * @param what - what it is, for the error
 * @throws {@link SealdropError} ENVELOPE_MALFORMED for anything else.
 */
export function parseStringMap(json: string, what: string): Readonly<Record<string, string>> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    throw malformed(what);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw malformed(what);
  const entries = Object.entries(parsed);
  if (!entries.every((entry): entry is [string, string] => typeof entry[1] === 'string'))
    throw malformed(what);
  return Object.fromEntries(entries);
}

function malformed(what: string): SealdropError {
  return new SealdropError('ENVELOPE_MALFORMED', `${what} is not a JSON object of strings`);
}
