/**
 * Makes the test vectors of the message format, the same on every run: `node test/vectors/make-vectors.ts`.
 *
 * It is written from the specification with `node:crypto` alone and nothing of the package, so that it is a second
 * implementation, which checks the first.
 */
import { writeFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { defaultReader, wrappingKeys } from './maker/keys.ts';
import { objectVectors, type Sealed } from './maker/objects.ts';
import { openV1, openV2 } from './maker/opening-v2.ts';
import { openV3 } from './maker/opening-v3.ts';
import { ranges } from './maker/ranges.ts';
import { refuseContent } from './maker/refusing-content.ts';
import { refuseContexts } from './maker/refusing-contexts.ts';
import { refuseEntries } from './maker/refusing-entries.ts';
import { refuseFiles } from './maker/refusing-files.ts';
import { refuseForgeries } from './maker/refusing-forgeries.ts';
import { refuseKeys } from './maker/refusing-keys.ts';
import { refusals, type ObjectVectors, type VectorFile } from './maker/schema.ts';

/** The vectors. */
export function makeVectors(): VectorFile {
  const drafts = [
    ...openV3(),
    ...openV2(),
    ...openV1(),
    ...ranges(),
    ...refuseContent(),
    ...refuseEntries(),
    ...refuseForgeries(),
    ...refuseContexts(),
    ...refuseKeys(),
    ...refuseFiles(),
  ];
  const objects = unique(drafts.flatMap(({ sealed, from = [] }) => [sealed, ...from]));
  return {
    about:
      'Test vectors of the Amazon S3 Encryption Client’s message format. README.md beside it tells the rest.',
    licence: 'Apache-2.0',
    version: 1,
    wrappingKeys,
    defaultReader,
    refusals,
    kms: objects.flatMap(({ kms }) => kms),
    objects: objects.map((sealed) =>
      objectVectors(
        sealed,
        drafts.filter((draft) => draft.sealed.name === sealed.name),
      ),
    ),
  };
}

/** The file as text: an object or a change to one on each line. */
export function encodeVectors({ kms, objects, ...head }: VectorFile): string {
  const members = Object.entries(head).map(([name, value]) => `"${name}": ${JSON.stringify(value)}`);
  const answers = kms.map((answer) => JSON.stringify(answer));
  return `{\n${[...members, list('kms', answers), list('objects', objects.map(encodeObject))].join(',\n')}\n}\n`;
}

function encodeObject({ refuse, ...object }: ObjectVectors): string {
  const text = JSON.stringify(object);
  if (refuse === undefined) return text;
  return `${text.slice(0, -1)},${list(
    'refuse',
    refuse.map((each) => JSON.stringify(each)),
  )}}`;
}

function list(name: string, lines: readonly string[]): string {
  return `"${name}": [\n${lines.join(',\n')}\n]`;
}

/** The objects by their names; one that several vectors take is there once. */
function unique(objects: readonly Sealed[]): Sealed[] {
  const byName = new Map<string, Sealed>();
  for (const sealed of objects) {
    const known = byName.get(sealed.name);
    if (known !== undefined && !isDeepStrictEqual(known, sealed)) {
      throw new Error(`two objects have one name: ${sealed.name}`);
    }
    byName.set(sealed.name, sealed);
  }
  return [...byName.values()];
}

if (import.meta.main) {
  writeFileSync(new URL('s3ec-vectors.json', import.meta.url), encodeVectors(makeVectors()));
}
