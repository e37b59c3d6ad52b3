import { SealdropError } from '../envelope/index.ts';
import type { ListedObject } from './object-store.ts';

/** One tree of objects: its listing, and what all its keys begin with. */
export interface ListedTree {
  readonly objects: AsyncIterable<ListedObject>;
  readonly prefix: string;
}

/** An object of the one tree, and the one of the same name in the other, where there is one. */
export interface Pair {
  /** The key without the tree's prefix. */
  readonly name: string;
  readonly source: ListedObject;
  readonly standing?: ListedObject;
}

/**
 * Walks two listings side by side, so that neither has to be held in memory: every object of the one, with
 * the object of the same name in the other.
 *
 * @throws {@link SealdropError} SERVICE_FAILED where a listing is not in the order of its keys, as directory
 *   buckets have it; and what the listings throw.
 */
export async function* pairListings(sources: ListedTree, standings: ListedTree): AsyncGenerator<Pair> {
  const others = inOrder(standings);
  const nextOther = async (): Promise<NamedObject | undefined> => (await others.next()).value ?? undefined;
  try {
    let other: NamedObject | undefined;
    let isFirst = true;
    for await (const { name, object: source } of inOrder(sources)) {
      // Not before: where there are no sources, nobody needs the other list.
      if (isFirst) other = await nextOther();
      isFirst = false;
      while (other !== undefined && compareNames(other.name, name) < 0) other = await nextOther();
      yield other?.name === name ? { name, source, standing: other.object } : { name, source };
    }
  } finally {
    await others.return(undefined);
  }
}

interface NamedObject {
  readonly name: string;
  readonly object: ListedObject;
}

async function* inOrder({ objects, prefix }: ListedTree): AsyncGenerator<NamedObject, undefined> {
  let before: string | undefined;
  for await (const object of objects) {
    const name = object.key.slice(prefix.length);
    if (before !== undefined && compareNames(before, name) >= 0) {
      throw new SealdropError(
        'SERVICE_FAILED',
        'the store does not list objects in the order of their keys',
        {
          hint: 'work with its objects one by one: directory buckets cannot be compared as a whole',
        },
      );
    }
    before = name;
    yield { name, object };
  }
}

/** Orders names as S3 orders keys: by their bytes in UTF-8. */
export function compareNames(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}
