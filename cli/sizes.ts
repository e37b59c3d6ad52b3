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

/** A number of things: `1 object`, `2 objects`. */
export function showCount(count: number, thing: string): string {
  return `${count.toLocaleString('en-US')} ${plural(count, thing)}`;
}

/** The word for so many things, without their number. */
export function plural(count: number, thing: string): string {
  return count === 1 ? thing : `${thing}s`;
}

/** A time, in words: `8 s`, `2 min 5 s`, `3 h 0 min`. */
export function showSeconds(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
