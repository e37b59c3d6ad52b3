/**
 * What could make a terminal do things, or show a text in another order than it has: control characters, line
 * ends among them, and the controls of writing direction.
 */
const unprintable = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** A text that others wrote, such as an object's name, safe to show: what is unprintable is escaped. */
export function printable(text: string): string {
  return text.replace(unprintable, escaped);
}

/** JSON whose strings are safe to show, too. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value).replace(unprintable, escaped);
}

function escaped(character: string): string {
  return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
}
