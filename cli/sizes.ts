const units = ['KiB', 'MiB', 'GiB', 'TiB'] as const;

/** A length in bytes, in words: `512 B`, `1.5 MiB`. */
export function showBytes(bytes: number): string {
  if (bytes < 1023.5) return `${Math.round(bytes)} B`;
  const exact = Math.max(1, Math.floor(Math.log2(bytes) / 10));
  // What would be shown as 1024.0 is one of the next unit.
  const isNext = bytes / 1024 ** exact >= 1023.95;
  const power = Math.min(units.length, isNext ? exact + 1 : exact);
  return `${(bytes / 1024 ** power).toFixed(1)} ${units[power - 1] ?? ''}`;
}

/** A number of things: `1 object`, `2 objects`, `3 copies`. */
export function showCount(count: number, thing: string): string {
  return `${count.toLocaleString('en-US')} ${plural(count, thing)}`;
}

/** The word for so many things, without their number. */
export function plural(count: number, one: string, many: string = pluralOf(one)): string {
  return count === 1 ? one : many;
}

function pluralOf(thing: string): string {
  return /[^aeiou]y$/.test(thing) ? `${thing.slice(0, -1)}ies` : `${thing}s`;
}

/** A price in US dollars, in words: `about $12.40`, `less than $0.01`. */
export function showDollars(dollars: number): string {
  if (dollars > 0 && dollars < 0.01) return 'less than $0.01';
  return `about ${dollars.toLocaleString('en-US', { style: 'currency', currency: 'USD' })}`;
}

/** A time, in words: `8 s`, `2 min 5 s`, `3 h 0 min`. */
export function showSeconds(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
