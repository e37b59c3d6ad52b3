import type { Metadata, SealdropErrorCode } from '../../envelope/index.ts';
import type { ObjectAddress } from '../../operations/object-store.ts';
import type { OpenOptions } from '../../operations/open-object.ts';
import { sealDrop } from '../../operations/seal-drop.ts';
import { patternBytes } from '../support/bytes.ts';
import { createWorld, type World } from '../support/world.ts';

/** What an attacker sees and may change: a stored object, another one of the same vault, the world around. */
export interface Scene {
  readonly sealed: Buffer;
  readonly metadata: Metadata;
  readonly other: { readonly sealed: Buffer; readonly metadata: Metadata };
  readonly world: World;
}

/** What the attacker puts in the object's place, or what the reader is made to believe. */
export interface Forgery {
  readonly sealed?: Buffer;
  readonly metadata?: Metadata;
  readonly open?: Partial<OpenOptions>;
}

/** An attack, and the error that it must end in. */
export type Attack = readonly [name: string, code: SealdropErrorCode, forge: (scene: Scene) => Forgery];

/** The metadata with entries replaced; `undefined` takes one away. */
export function edited(metadata: Metadata, entries: Readonly<Record<string, string | undefined>>): Metadata {
  return Object.fromEntries(
    Object.entries({ ...metadata, ...entries }).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    ),
  );
}

/** A forgery of the metadata: these entries replaced, or taken away. */
export function set(entries: Readonly<Record<string, string | undefined>>): (scene: Scene) => Forgery {
  return ({ metadata }) => ({ metadata: edited(metadata, entries) });
}

/** A forgery of the metadata: these entries as the other object has them. */
export function instead(...names: string[]): (scene: Scene) => Forgery {
  return ({ metadata, other }) => ({
    metadata: edited(metadata, Object.fromEntries(names.map((name) => [name, other.metadata[name]]))),
  });
}

/** A forgery of the body. */
export function body(alter: (sealed: Buffer) => Buffer): (scene: Scene) => Forgery {
  return ({ sealed }) => ({ sealed: alter(sealed) });
}

/** A vault with two sealed objects, the first of them as the attacker left it. */
export async function forgedWorld(
  forge: (scene: Scene) => Forgery,
): Promise<{ world: World; at: ObjectAddress; open: OpenOptions }> {
  const world = createWorld();
  const { store, keyring, options, drop, sealedAt } = world;
  const stored = [];
  for (const key of ['a.txt', 'b.txt']) {
    await sealDrop(drop(key, patternBytes(2500, key)), options);
    stored.push({
      sealed: store.contentOf(sealedAt(key)),
      metadata: (await store.head(sealedAt(key))).metadata,
    });
  }
  const [mine, other] = stored;
  if (mine === undefined || other === undefined) throw new Error('nothing was sealed');
  const forgery = forge({ ...mine, other, world });
  const { bucket, key } = sealedAt('a.txt');
  const { sealed, metadata } = { ...mine, ...forgery };
  const at = store.put(bucket, key, sealed, { metadata });
  return { world, at, open: { store, keyring, vault: options.vault, ...forgery.open } };
}
