import { leastLifetimeSeconds, mostLifetimeSeconds } from '../operations/data-key-file-header.ts';
import { unitSeconds } from './duration.ts';
import { UsageError } from './usage-error.ts';

/**
 * Reads for how long a cache is to open objects, such as `90s`, `30m`, `8h` or `2d`.
 *
 * @returns seconds
 * @throws {@link UsageError}
 */
export function lifetime(text: string): number {
  const [, digits, unit = ''] = /^(\d{1,7}) ?([smhd])$/.exec(text) ?? [];
  const seconds = Number(digits) * (unitSeconds[unit] ?? NaN);
  if (Number.isNaN(seconds)) {
    throw new UsageError(`--for ${JSON.stringify(text)} is no time`, 'write it as 90s, 30m, 8h or 2d');
  }
  if (seconds < leastLifetimeSeconds) {
    throw new UsageError(
      `--for ${JSON.stringify(text)} is too short: a minute is the least`,
      'take a time that is longer than it takes to warm the cache and to open it',
    );
  }
  if (seconds <= mostLifetimeSeconds) return seconds;
  throw new UsageError(
    `--for ${JSON.stringify(text)} is too long: 7 days are the most`,
    'take less, and warm it again: until it ends it opens objects whose readers may have lost their permission',
  );
}
