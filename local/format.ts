/** A length in bytes as people read it: `300 MiB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${Number.isInteger(value) ? String(value) : value.toFixed(1)} ${units[unit] ?? ''}`;
}

/** A duration in milliseconds as people read it: `1.2 s`. */
export function formatSeconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

/** A text cut in its middle to at most `width` characters. */
export function shorten(text: string, width: number): string {
  const characters = Array.from(text);
  if (characters.length <= width) return text;
  const half = Math.floor((width - 1) / 2);
  return `${characters.slice(0, half).join('')}…${characters.slice(characters.length - (width - 1 - half)).join('')}`;
}

/** Rows as columns, the numbers of `right` aligned to the right. */
export function formatTable(rows: readonly (readonly string[])[], right: readonly number[] = []): string {
  const widths =
    rows[0]?.map((_, column) => Math.max(...rows.map((row) => widthOf(row[column] ?? '')))) ?? [];
  const cell = (text: string, column: number): string => {
    const gap = ' '.repeat(Math.max(0, (widths[column] ?? 0) - widthOf(text)));
    return right.includes(column) ? gap + text : text + gap;
  };
  return rows.map((row) => `  ${row.map(cell).join('  ').trimEnd()}`).join('\n');
}

/** The number of characters, not of UTF-16 units. */
function widthOf(text: string): number {
  return Array.from(text).length;
}
