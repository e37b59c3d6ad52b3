/** Whether one character, a whole code point, may stand in a place. */
type Place = (character: string) => boolean;

/** Whether a name matches, given as its code points. */
export type Glob = (name: readonly string[]) => boolean;

const anything = '*';

/**
 * A pattern for whole names: `*` stands for anything, `?` for any one character, `[set]` for one of a set with
 * ranges, `[!set]` for one that is not; a set whose range goes backwards has nothing, and is not to be reversed.
 *
 * A match takes time in proportion to the lengths of name and pattern at worst multiplied, however many stars
 * there are: what an earlier star stands for is never tried anew.
 */
export function globOf(pattern: string): Glob {
  const parts = partsOf(Array.from(pattern));
  return (name) => isMatch(parts, name);
}

function isMatch(parts: readonly (Place | typeof anything)[], name: readonly string[]): boolean {
  let at = 0;
  let part = 0;
  // Behind the last star, and where in the name what follows the star was last tried.
  let behindStar: number | undefined;
  let tried = 0;
  while (at < name.length) {
    const expected = parts[part];
    if (expected === anything) {
      behindStar = part += 1;
      tried = at;
    } else if (expected?.(name[at] ?? '') === true) {
      at += 1;
      part += 1;
    } else if (behindStar === undefined) {
      return false;
    } else {
      part = behindStar;
      at = tried += 1;
    }
  }
  return parts.slice(part).every((rest) => rest === anything);
}

function partsOf(pattern: readonly string[]): (Place | typeof anything)[] {
  const parts: (Place | typeof anything)[] = [];
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern[at] ?? '';
    const set = character === '[' ? setFrom(pattern, at + 1) : undefined;
    if (set !== undefined) {
      parts.push(set.place);
      at = set.end;
    } else if (character === '*') parts.push(anything);
    else if (character === '?') parts.push(() => true);
    else parts.push((found) => found === character);
  }
  return parts;
}

/** The set that begins here, up to a bracket that is not its first character; nothing where there is none. */
function setFrom(
  pattern: readonly string[],
  start: number,
): { readonly place: Place; readonly end: number } | undefined {
  const isReversed = pattern[start] === '!';
  const first = isReversed ? start + 1 : start;
  const end = pattern.indexOf(']', first + 1);
  return end < 0 ? undefined : { place: setOf(pattern.slice(first, end), isReversed), end };
}

function setOf(members: readonly string[], isReversed: boolean): Place {
  const ranges = rangesOf(members);
  if (ranges.some(([least, most]) => least > most)) return () => false;
  return (character) => {
    const point = pointOf(character);
    return ranges.some(([least, most]) => point >= least && point <= most) !== isReversed;
  };
}

function rangesOf(members: readonly string[]): (readonly [least: number, most: number])[] {
  const ranges: (readonly [number, number])[] = [];
  for (let at = 0; at < members.length; at += 1) {
    const isRange = members[at + 1] === '-' && at + 2 < members.length;
    const last = isRange ? at + 2 : at;
    ranges.push([pointOf(members[at]), pointOf(members[last])]);
    at = last;
  }
  return ranges;
}

function pointOf(character = ''): number {
  return character.codePointAt(0) ?? -1;
}
