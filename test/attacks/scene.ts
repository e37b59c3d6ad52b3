import type { Keyring, Metadata, OpenPolicy, SealdropErrorCode } from '../../envelope/index.ts';
import type { Vault } from '../../operations/vault.ts';
import type { FakeKms } from '../support/fake-kms.ts';
import type { FormName } from './forms.ts';

/** One object as it is stored: its bytes, its own metadata, and its instruction file where it has one. */
export interface Stored {
  readonly sealed: Buffer;
  readonly metadata: Metadata;
  readonly file?: Metadata;
}

/** Who opens: with which keys, what they know of the object, and what they accept. */
export interface Reader {
  readonly keyring: Keyring;
  readonly vault: Vault;
  readonly policy: OpenPolicy;
}

/** What an attacker sees and may change: a stored object, another one beside it, and the key service. */
export interface Scene {
  readonly version: 'V1' | 'V2' | 'V3';
  readonly mine: Stored;
  readonly other: Stored;
  /** What was sealed into {@link mine}. */
  readonly plaintext: Buffer;
  /** The honest reader of this form. */
  readonly reader: Reader;
  readonly kms: FakeKms;
  /** The wrapping key of the objects that KMS wraps. */
  readonly keyArn: string;
}

/** What the attacker puts in the object's place, or what the reader is made to be. */
export interface Forgery {
  readonly sealed?: Buffer;
  readonly metadata?: Metadata;
  /** Entries, or the very bytes; `null` deletes the file. */
  readonly file?: Metadata | Buffer | null | undefined;
  /** A version of the file that is older than the current one. */
  readonly earlierFile?: Metadata;
  readonly reader?: Partial<Reader>;
}

/** Makes what the attacker leaves behind. */
export type Forge = (scene: Scene) => Forgery;

/** An attack, the forms of storing an object that it is tried on, and the error that it must end in. */
export interface Attack {
  readonly name: string;
  readonly on: readonly FormName[];
  readonly code: SealdropErrorCode;
  readonly forge: Forge;
  /**
   * The forms where nothing but the tag of the content shows the attack: a stream with delayed authentication
   * yields plaintext before its error, and a range, which has no tag, never fails.
   */
  readonly seenByTagOn?: readonly FormName[];
  /** The error of a range, where it is another one. */
  readonly codeInRanges?: SealdropErrorCode;
}

/** Entries to replace; `undefined` takes one away. */
export type Entries = Readonly<Record<string, string | undefined>>;

/** Stands for the version of the current instruction file in what an object records. */
export const CURRENT_VERSION = '(the current version)';
/** Stands for the version of {@link Forgery.earlierFile}. */
export const EARLIER_VERSION = '(the earlier version)';

/** A reader's policy with every opt-in there is. */
export const everyOptIn: OpenPolicy = {
  commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT',
  legacyWrapping: true,
  legacyContent: true,
};

/** What the parts of an envelope are called. */
const partNames = {
  V1: { dataKey: 'x-amz-key', context: 'x-amz-matdesc' },
  V2: { dataKey: 'x-amz-key-v2', context: 'x-amz-matdesc' },
  V3: { dataKey: 'x-amz-3', context: 'x-amz-t' },
} as const;

/** The name of a part in the version of the scene. */
export function nameOf(part: 'dataKey' | 'context', { version }: Scene): string {
  return partNames[version][part];
}

/** The entries with some replaced or taken away. */
export function edited(metadata: Metadata, entries: Entries): Metadata {
  const isThere = (entry: [string, string | undefined]): entry is [string, string] => entry[1] !== undefined;
  return Object.fromEntries(Object.entries({ ...metadata, ...entries }).filter(isThere));
}

/** An envelope entry, wherever it is stored. */
export function entryOf({ metadata, file }: Stored, name: string): string {
  return file?.[name] ?? metadata[name] ?? '';
}

/** The bytes of an envelope entry. */
export function bytesOf(stored: Stored, name: string): Buffer {
  return Buffer.from(entryOf(stored, name), 'base64');
}

/** An object with envelope entries replaced, each in the half of the envelope that it belongs to. */
function withEntries({ metadata, file, sealed }: Stored, entries: Entries): Stored {
  if (file === undefined) return { sealed, metadata: edited(metadata, entries) };
  const staysOnObject = ([name]: [string, unknown]): boolean => /^x-amz-[cdi]$/.test(name);
  const all = Object.entries(entries);
  return {
    sealed,
    metadata: edited(metadata, Object.fromEntries(all.filter(staysOnObject))),
    file: edited(file, Object.fromEntries(all.filter((entry) => !staysOnObject(entry)))),
  };
}

/** These envelope entries replaced, or taken away. */
export function set(entries: Entries | ((scene: Scene) => Entries), reader?: Partial<Reader>): Forge {
  return (scene) => ({
    ...withEntries(scene.mine, typeof entries === 'function' ? entries(scene) : entries),
    ...(reader && { reader }),
  });
}

/** These entries of the object's own metadata replaced, or taken away. */
export function onObject(entries: Entries): Forge {
  return ({ mine }) => ({ metadata: edited(mine.metadata, entries) });
}

/** These entries of the instruction file replaced, or taken away. */
export function inFile(entries: Entries): Forge {
  return ({ mine }) => ({ file: edited(mine.file ?? {}, entries) });
}

/** These envelope entries as the other object has them. */
export function instead(...names: string[]): Forge {
  return set(({ other }) => Object.fromEntries(names.map((name) => [name, entryOf(other, name)])));
}

/** The bytes of an entry altered. */
export function altered(name: string, alter: (bytes: Buffer) => Buffer): Forge {
  return set(({ mine }) => ({ [name]: alter(bytesOf(mine, name)).toString('base64') }));
}

/** The content altered. */
export function body(alter: (sealed: Buffer) => Buffer): Forge {
  return ({ mine }) => ({ sealed: alter(mine.sealed) });
}

/** The stored context, or the description that stands in its place. */
export function contextOf(scene: Scene): Record<string, string> {
  return JSON.parse(entryOf(scene.mine, nameOf('context', scene))) as Record<string, string>;
}

/** Pairs of the stored context replaced, or taken away. */
export function withContext(pairs: Entries, reader?: Partial<Reader>): Forge {
  return set(
    (scene) => ({ [nameOf('context', scene)]: JSON.stringify(edited(contextOf(scene), pairs)) }),
    reader,
  );
}

/** One attack of a list. */
export type AttackRow = readonly [name: string, code: SealdropErrorCode, forge: Forge];

/** Several attacks on the same forms. */
export function attacksOn(on: readonly FormName[], ...rows: readonly AttackRow[]): Attack[] {
  return rows.map(([name, code, forge]) => ({ name, on, code, forge }));
}

/** Several attacks on the same forms, which on these of them only the tag of the content shows. */
export function attacksSeenByTag(
  on: readonly FormName[],
  seenByTagOn: readonly FormName[],
  ...rows: readonly AttackRow[]
): Attack[] {
  return attacksOn(on, ...rows).map((attack) => ({ ...attack, seenByTagOn }));
}
