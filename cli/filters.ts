import picomatch from 'picomatch';

/** One `--include` or `--exclude`, in the order in which they were typed. */
export interface Filter {
  readonly kind: 'include' | 'exclude';
  readonly pattern: string;
}

/** Patterns of `*`, `?`, `[set]` and `[!set]`, where everything matches `/`, leading dots and line ends too. */
const likeAwsCommand: picomatch.PicomatchOptions = {
  bash: true,
  dot: true,
  flags: 's',
  nobrace: true,
  noextglob: true,
  nonegate: true,
};

/**
 * Whether a name below a tree is to be worked on. As with `aws s3 sync`: everything is, unless a filter says
 * otherwise; the last one that matches counts; `*` matches `/` too.
 */
export function nameFilter(filters: readonly Filter[]): (name: string) => boolean {
  const matchers = filters.map(({ kind, pattern }) => ({
    kind,
    matches: picomatch(pattern.replaceAll('[!', '[^'), likeAwsCommand),
  }));
  return (name) => matchers.findLast(({ matches }) => matches(name))?.kind !== 'exclude';
}
