/** One `--include` or `--exclude`, in the order in which they were typed. */
export interface Filter {
  readonly kind: 'include' | 'exclude';
  readonly pattern: string;
}

/**
 * Whether a name below a tree is to be worked on. As with `aws s3 sync`: everything is, unless a filter says
 * otherwise; the last one that matches counts. A pattern is for the whole name: `*` stands for anything, `/` too,
 * `?` for any one character, `[set]` for one of a set, `[!set]` for one that is not.
 */
export function nameFilter(filters: readonly Filter[]): (name: string) => boolean {
  const matchers = filters.map(({ kind, pattern }) => ({ kind, expression: expressionOf(pattern) }));
  return (name) => matchers.findLast(({ expression }) => expression.test(name))?.kind !== 'exclude';
}

function expressionOf(pattern: string): RegExp {
  const source = pattern.replace(
    /\*|\?|\[(?!!\][^\]]*$)(!?)(\]?[^\]]+|\])\]|[^]/gu,
    (part, not?: string, set?: string) => {
      if (part === '*') return '[^]*';
      if (part === '?') return '[^]';
      if (set !== undefined) return `[${not === '!' ? '^' : ''}${set.replace(/[\\\]^[]/g, '\\$&')}]`;
      return part.replace(/[\\^$.|?*+()[\]{}/]/g, '\\$&');
    },
  );
  try {
    return new RegExp(`^${source}$`, 'u');
  } catch {
    // A set whose range goes backwards is empty.
    return /(?!)/;
  }
}
