import { globOf } from './glob.ts';

/** One `--include` or `--exclude`, in the order in which they were typed. */
export interface Filter {
  readonly kind: 'include' | 'exclude';
  readonly pattern: string;
}

/**
 * Whether a name below a tree is to be worked on. As with `aws s3 sync`: everything is, unless a filter says
 * otherwise; the last one that matches counts. A pattern is for the whole name, see {@link globOf}: `*` stands for
 * anything, `/` too.
 */
export function nameFilter(filters: readonly Filter[]): (name: string) => boolean {
  const matchers = filters.map(({ kind, pattern }) => ({ kind, matches: globOf(pattern) }));
  return (name) => {
    const characters = Array.from(name);
    return matchers.findLast(({ matches }) => matches(characters))?.kind !== 'exclude';
  };
}
