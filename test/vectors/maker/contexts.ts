import type { Pairs } from './schema.ts';
import type { StoredContext } from './wrappings.ts';

/** An encryption context, and how its JSON comes back from the store. */
export interface ContextCase {
  readonly name: string;
  readonly comment?: string;
  readonly context: Pairs;
  readonly stored?: StoredContext;
  /** Whether writers refuse it. */
  readonly isBeyondAscii?: true;
}

/** Contexts in printable ASCII, which every client writes and reads. */
export const asciiContexts: readonly ContextCase[] = [
  { name: 'no pair', context: {} },
  { name: 'one pair', context: { team: 'blue' } },
  {
    name: 'eight pairs',
    context: Object.fromEntries(['h', 'c', 'a', 'g', 'b', 'f', 'd', 'e'].map((name) => [name, `of ${name}`])),
  },
  {
    name: 'quotes, backslashes and braces',
    context: { '"quoted" name': 'a "quoted" value', 'back\\slash': 'C:\\a\\', '{"a":"b"}': '}{][,:' },
  },
  { name: 'spaces', context: { ' leading': 'trailing ', 'in side': '  ', only: ' ' } },
  {
    name: 'every printable character',
    context: { printable: String.fromCharCode(...Array.from({ length: 95 }, (_, at) => 0x20 + at)) },
  },
  { name: 'an empty value', context: { empty: '' } },
  { name: 'numbers for names', context: { '10': 'ten', '9': 'nine', '010': 'zero ten' } },
  { name: 'text that looks escaped', context: { text: '\\u0041 %41 &amp; \\n' } },
  {
    name: 'names that objects have in some languages',
    context: Object.fromEntries(
      ['__proto__', 'constructor', 'toString', 'length'].map((name) => [name, 'own']),
    ),
  },
  {
    name: 'the key id of the format',
    comment: 'kms_cmk_id is the format’s own: it goes to KMS, and no caller passes it',
    context: { team: 'blue' },
    stored: { formatPairs: { kms_cmk_id: 'alias/vectors' } },
  },
  {
    name: 'a binding to the object',
    context: {
      'sealdrop-vault': 'vectors',
      'sealdrop-key-sha256': 'ab530a13e45914982b79f9b7e3fba994cfd1f3fb22f71cea1afbf02b460c6d1d',
    },
  },
  {
    name: 'text that looks like an encoded word',
    comment: 'RFC 2047, 5: no encoded word stands inside a quoted string, so this is what it looks like',
    context: { note: '=?UTF-8?Q?caf=C3=A9?=' },
  },
];

const slashes: Pairs = { path: 'blue/green', sign: '<a&b>', quote: '"' };

/** The same contexts as different clients write their JSON. */
export const writtenContexts: readonly ContextCase[] = [
  {
    name: 'JSON with spaces',
    context: slashes,
    stored: {
      text: (pairs) => JSON.stringify(pairs, undefined, 1).replaceAll('\n', ' ').replaceAll('":', '" :'),
    },
  },
  {
    name: 'JSON in several lines',
    context: slashes,
    stored: { text: (pairs) => JSON.stringify(pairs, undefined, '\t').replaceAll('\n', '\r\n') },
  },
  {
    name: 'JSON in another order',
    context: slashes,
    stored: { text: (pairs) => JSON.stringify(Object.fromEntries(Object.entries(pairs).reverse())) },
  },
  {
    name: 'JSON with escaped slashes',
    context: slashes,
    stored: { text: (pairs) => JSON.stringify(pairs).replaceAll('/', '\\/') },
  },
  {
    name: 'JSON with characters as \\u',
    context: slashes,
    stored: { text: (pairs) => JSON.stringify(pairs).replace(/[<&>]/g, escaped) },
  },
  {
    name: 'JSON with every letter as \\u, in upper case',
    context: slashes,
    stored: {
      text: (pairs) =>
        JSON.stringify(pairs).replace(/[a-z0-9]/g, (letter) =>
          escaped(letter).toUpperCase().replace('\\U', '\\u'),
        ),
    },
  },
  {
    name: 'JSON with characters outside ASCII as \\u',
    context: { größe: '日本 🙂' },
    stored: { text: (pairs) => JSON.stringify(pairs).replace(/[^\x20-\x7e]/g, escaped) },
  },
];

const beyondAscii: Pairs = { größe: 'Brøther', city: '日本', mood: '🙂' };

/** Contexts outside ASCII, in the forms that the store gives metadata back in. */
export const encodedContexts: readonly ContextCase[] = [
  {
    name: 'outside ASCII, as UTF-8',
    comment: 'a store or an SDK that decodes',
    context: beyondAscii,
    isBeyondAscii: true,
  },
  {
    name: 'outside ASCII, UTF-8 taken for Latin-1',
    comment: 'the first of the two encodings of S3: each byte of UTF-8 comes back as a character',
    context: beyondAscii,
    stored: { text: (pairs) => latin1(JSON.stringify(pairs)) },
  },
  {
    name: 'outside ASCII, doubly encoded, base64',
    comment: 'both encodings of S3: bytes of UTF-8 taken for characters, in one word of RFC 2047',
    context: beyondAscii,
    stored: {
      text: (pairs) => `=?UTF-8?B?${Buffer.from(latin1(JSON.stringify(pairs))).toString('base64')}?=`,
    },
  },
  {
    name: 'outside ASCII, doubly encoded, quoted-printable',
    context: { größe: 'Brøther, may I have the lööps' },
    stored: { text: (pairs) => `=?UTF-8?Q?${quoted(latin1(JSON.stringify(pairs)))}?=` },
  },
  {
    name: 'outside ASCII, doubly encoded, in several words',
    comment: 'a word may end in the middle of a character of the context',
    context: beyondAscii,
    stored: { text: (pairs) => words(latin1(JSON.stringify(pairs))) },
  },
  {
    name: 'outside ASCII, singly encoded',
    context: beyondAscii,
    stored: { text: (pairs) => `=?utf-8?b?${Buffer.from(JSON.stringify(pairs)).toString('base64')}?=` },
  },
];

/** Contexts outside ASCII in an instruction file, which the store does not touch. */
export const fileContexts: readonly ContextCase[] = [
  { name: 'outside ASCII', context: beyondAscii, isBeyondAscii: true },
  { name: 'text that looks like an encoded word', context: { note: '=?UTF-8?Q?caf=C3=A9?=' } },
];

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function latin1(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

function quoted(text: string): string {
  return Array.from(Buffer.from(text), (byte) => {
    const character = String.fromCharCode(byte);
    if (character === ' ') return '_';
    return /[A-Za-z0-9]/.test(character) ? character : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }).join('');
}

function words(text: string): string {
  const pieces = Array.from({ length: Math.ceil(text.length / 11) }, (_, at) =>
    text.slice(11 * at, 11 * at + 11),
  );
  return pieces.map((piece) => `=?UTF-8?B?${Buffer.from(piece).toString('base64')}?=`).join('\r\n ');
}
