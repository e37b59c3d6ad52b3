import { InvalidArgumentError } from 'commander';

/** How many seconds the units have that times are written in. */
export const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** Reads a time, such as `90s`, `15m`, `2h` or `1d`, in seconds. */
export function parseDuration(text: string): number {
  const [, digits = '', unit = ''] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  const seconds = Number(digits) * (unitSeconds[unit] ?? NaN);
  if (digits !== '' && seconds > 0) return seconds;
  throw new InvalidArgumentError('It must be a time such as 90s, 15m, 2h or 1d.');
}
