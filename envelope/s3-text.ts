/** One word of RFC 2047: its character set, its encoding, its text. */
const encodedWord = /=\?([^?\s]+)\?([bBqQ])\?([^?\s]*)\?=/g;

/** Words one behind the other. */
const runOfWords = /(?:=\?[^?\s]+\?[bBqQ]\?[^?\s]*\?=)+/g;

/** How a value begins that S3 encoded; JSON never begins so, though a pair in it may look like a word. */
const encodedBeginning = /^\s*=\?/;

/**
 * Reads a metadata value as its writer meant it. S3 stores metadata as ASCII: it takes the UTF-8 bytes of
 * anything else for Latin-1 characters, and hands those back as words of RFC 2047, or as they are.
 *
 * Spec: data-format/metadata-strategy.md#object-metadata
 *
 * @returns the value, or the very input where it is nothing of the kind
 */
export function decodeS3Text(value: string): string {
  return undoLatin1(encodedBeginning.test(value) ? decodeWords(value) : value);
}

function decodeWords(value: string): string {
  // White space between two words only separates them.
  const joined = value.replace(/(\?=)\s+(?==\?)/g, '$1');
  return joined.replace(runOfWords, (run) => {
    const words = [...run.matchAll(encodedWord)];
    const [charset = ''] = words.map(([, each = '']) => each.toLowerCase());
    if (words.some(([, each = '']) => each.toLowerCase() !== charset)) return run;
    // A character may begin in one word and end in the next.
    const bytes = words.map(([, , encoding = '', text = '']) =>
      encoding.toLowerCase() === 'b' ? Buffer.from(text, 'base64') : decodeQ(text),
    );
    try {
      return new TextDecoder(charset, { fatal: true }).decode(Buffer.concat(bytes));
    } catch {
      return run;
    }
  });
}

function decodeQ(text: string): Buffer {
  const latin1 = text
    .replaceAll('_', ' ')
    .replace(/=([0-9A-Fa-f]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
  return Buffer.from(latin1, 'latin1');
}

/** Takes characters up to U+00FF for the bytes that they are, where those bytes are UTF-8. */
function undoLatin1(value: string): string {
  if (!/[\x80-\xff]/.test(value) || /[^\0-\xff]/.test(value)) return value;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(value, 'latin1'));
  } catch {
    return value;
  }
}
