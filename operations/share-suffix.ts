import { defaultInstructionFileSuffix, SealdropError } from '../envelope/index.ts';

/**
 * One dot, so that everything before the last dot of a share's key is the key of its object: no two objects have
 * shares of one name.
 */
const shareSuffix = /^\.[A-Za-z0-9_-]{1,64}$/;

/** What a suffix must be, in words. */
export const shareSuffixRule =
  'a dot and 1 to 64 letters, digits, hyphens and underscores, such as ".partner"';

/** Whether a suffix is that of the objects' own instruction files, as the writers of this package name them. */
export function isOwnSuffix(suffix: string = defaultInstructionFileSuffix): boolean {
  return suffix === defaultInstructionFileSuffix;
}

/** Whether further instruction files may have this suffix. */
export function isShareSuffix(suffix: string): boolean {
  return shareSuffix.test(suffix) && !looksLikeOwn(suffix);
}

/**
 * Checks the suffix of a further instruction file.
 *
 * @param ownSuffix - that of the object's own file
 * @throws {@link SealdropError} RESERVED_NAME for the suffix of the object's own file, CONFIGURATION_INVALID for
 *   what is no suffix.
 */
export function assertShareSuffix(suffix: string, ownSuffix: string = defaultInstructionFileSuffix): void {
  if (looksLikeOwn(suffix) || suffix === ownSuffix) {
    throw new SealdropError(
      'RESERVED_NAME',
      `"${suffix}" is the suffix of the object's own instruction file`,
      {
        hint: 'name a suffix for whom it is shared with, such as ".partner"',
      },
    );
  }
  if (shareSuffix.test(suffix)) return;
  throw new SealdropError('CONFIGURATION_INVALID', `"${suffix}" cannot be the suffix of a share`, {
    hint: `name ${shareSuffixRule}`,
  });
}

/** In any case of its letters: what differs in that alone is mistaken for it. */
function looksLikeOwn(suffix: string): boolean {
  return suffix.toLowerCase() === defaultInstructionFileSuffix;
}
