/** One object that was dropped in a source bucket, as its event tells of it. */
export interface Drop {
  readonly bucket: string;
  /** The key as it is, nothing encoded. */
  readonly key: string;
  readonly versionId?: string;
  /** The event's sequencer: hexadecimal, ordering the events of this one bucket and key. */
  readonly sequencer: string;
}

/**
 * Orders two sequencers of one bucket and key: negative where `a` came first, 0 where they are the same.
 * Sequencers are hexadecimal numbers of differing lengths.
 */
export function compareSequencers(a: string, b: string): number {
  const length = Math.max(a.length, b.length);
  const [left, right] = [a, b].map((value) => value.toLowerCase().padStart(length, '0')) as [string, string];
  return left < right ? -1 : left > right ? 1 : 0;
}
