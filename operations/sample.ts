import { randomInt } from 'node:crypto';

/** How much of a place to look at. */
export type Sample = { readonly share: number } | { readonly count: number };

/**
 * A random part of a sequence: a share of it, each item by itself, or a number of items, all equally likely.
 * Memory follows the number, never the sequence.
 *
 * @param random - a whole number from 0 up to, and without, its argument
 */
export async function* sampled<Item>(
  items: AsyncIterable<Item>,
  sample: Sample,
  random: (below: number) => number = randomInt,
): AsyncGenerator<Item> {
  if ('share' in sample) yield* shareOf(items, sample.share, random);
  else yield* await someOf(items, sample.count, random);
}

const shareSteps = 1_000_000;

async function* shareOf<Item>(
  items: AsyncIterable<Item>,
  share: number,
  random: (below: number) => number,
): AsyncGenerator<Item> {
  for await (const item of items) {
    if (random(shareSteps) < share * shareSteps) yield item;
  }
}

/** Reservoir sampling (Vitter's algorithm R), put back into the order of the sequence. */
async function someOf<Item>(
  items: AsyncIterable<Item>,
  count: number,
  random: (below: number) => number,
): Promise<Item[]> {
  const kept: { readonly place: number; readonly item: Item }[] = [];
  let place = 0;
  for await (const item of items) {
    const slot = place < count ? place : random(place + 1);
    if (slot < count) kept[slot] = { place, item };
    place += 1;
  }
  return kept.sort((one, other) => one.place - other.place).map(({ item }) => item);
}
