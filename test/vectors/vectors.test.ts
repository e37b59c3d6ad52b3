import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { ContentEncryptor, newContentParameters } from '../../envelope/encryption.ts';
import { completeContext } from '../../envelope/encryption-context.ts';
import {
  committingSuite,
  encodeEnvelope,
  encodeInstructionFile,
  errorCatalogue,
  gcmSuite,
  parseInstructionFile,
  splitEnvelope,
  type WrappingAlgorithm,
} from '../../envelope/index.ts';
import { failureOf, gather, inChunks } from '../support/bytes.ts';
import { tableRows } from '../support/documents.ts';
import { encodeVectors, makeVectors } from './make-vectors.ts';
import {
  refusals,
  type ObjectVectors,
  type Pairs,
  type VectorFile,
  type WriteVector,
} from './maker/schema.ts';
import { openAsGiven, type Opened } from './open-vector.ts';

const text = readFileSync(new URL('s3ec-vectors.json', import.meta.url), 'utf8');
const file = JSON.parse(text) as VectorFile;

const readme = readFileSync(new URL('README.md', import.meta.url), 'utf8');
const reasonsInReadme = tableRows(readme).map((cells) =>
  cells.slice(0, 3).map((cell) => cell.replaceAll('`', '')),
);

const opening = file.objects.flatMap((object) => {
  const plaintext = plaintextOf(object);
  return plaintext === undefined ? [] : [{ name: object.name, object, plaintext }];
});
const ranged = file.objects.flatMap((object) =>
  (object.ranges ?? []).map((each) => ({ name: `${object.name}/${each.range}`, object, ...each })),
);
const refused = file.objects.flatMap((object) =>
  (object.refuse ?? []).map((change) => ({ name: `${object.name}/${change.what}`, object, change })),
);
const written = file.objects.flatMap((object) => {
  const { name, write } = object;
  return write === undefined ? [] : [{ name, object, write }];
});

describe('the file', () => {
  test.each(Object.entries(file.refusals))(
    'has its reason "%s" in the README',
    (reason, { stage, sealdropCode }) => {
      expect(reasonsInReadme).toContainEqual([reason, stage, sealdropCode]);
    },
  );

  test('is what its script makes, byte for byte', () => {
    expect(encodeVectors(makeVectors()) === text).toBe(true);
  });

  test('has so many vectors', () => {
    expect([opening, ranged, refused, written].map(({ length }) => length)).toEqual([223, 101, 612, 72]);
  });

  test('names every vector once', () => {
    const names = [...opening, ...ranged, ...refused].map(({ name }) => name);
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
  });

  test('names only codes that there are', () => {
    const codes = Object.values(file.refusals).map(({ sealdropCode }) => sealdropCode);
    expect(codes.filter((code) => !Object.hasOwn(errorCatalogue, code))).toEqual([]);
  });

  test.each(Object.keys(file.refusals))('has a vector that is refused for the reason "%s"', (reason) => {
    expect(refused.map(({ change }) => change.refusal)).toContain(reason);
  });
});

describe('a vector', () => {
  test.each(opening)('opens: $name', async ({ object, plaintext }) => {
    const opened = await openAsGiven(file, { object }).plaintext;
    expect(opened.toString('hex')).toBe(plaintext.toString('hex'));
  });

  test.each(ranged)('opens: $name', async ({ object, range, plaintextBase64 }) => {
    const opened = await openAsGiven(file, { object, range }).plaintext;
    expect(opened.toString('hex')).toBe(bytes(plaintextBase64).toString('hex'));
  });

  test.each(refused)('is refused: $name', async ({ object, change }) => {
    const attempt = openAsGiven(file, { object, change });
    const error = await failureOf(() => attempt.plaintext);
    const { sealdropCode, stage } = refusals[change.refusal];
    expect(error.code).toBe(sealdropCode);
    if (change.reader?.range === undefined) expect(stageOf(attempt)).toBe(stage);
  });

  test.each(written)('is what sealing gives: $name', async ({ object, write }) => {
    const { body, metadata, instructionFile } = await seal(object, write);
    expect(body.toString('base64')).toBe(object.bodyBase64);
    expect(parsed(metadata)).toEqual(parsed(object.metadata));
    expect(parsed(instructionFile)).toEqual(parsed(fileOf(object)));
  });
});

/** How far a reader came: the keyring is asked after the envelope was accepted, the body read after that. */
function stageOf({ keyringCalls, readBytes }: Opened): string {
  if (readBytes() > 0) return 'content';
  return keyringCalls() > 0 ? 'data-key' : 'envelope';
}

/** Seals with what the vector gives, its metadata too: the encrypted data key, and what was random. */
async function seal(object: ObjectVectors, { wrappingAlgorithm, dataKeyBase64, context }: WriteVector) {
  const entry = (name: string) => object.metadata[name] ?? fileOf(object)?.[name];
  const suite = entry('x-amz-c') === undefined ? gcmSuite : committingSuite;
  const dataKey = bytes(dataKeyBase64);
  const random = bytes(entry('x-amz-i') ?? entry('x-amz-iv'));
  const noted = entry('x-amz-unencrypted-content-length');
  const drawn = newContentParameters(dataKey, suite, () => random);
  const content = noted === undefined ? drawn : { ...drawn, noted: { lengthBytes: Number(noted) } };
  const isContext = wrappingAlgorithm === 'kms+context';
  const metadata = encodeEnvelope({
    encryptedDataKey: {
      wrappingAlgorithm: wrappingAlgorithm as WrappingAlgorithm,
      ciphertext: bytes(entry('x-amz-3') ?? entry('x-amz-key-v2')),
      context: isContext ? completeContext(context, suite) : context,
      suite,
    },
    content,
  });
  const plaintext = inChunks(plaintextOf(object) ?? Buffer.of(), 1, 15, 16, 17);
  const body = await gather(new ContentEncryptor(dataKey, content).encrypt(plaintext));
  if (object.instructionFile === undefined) return { body, metadata };
  const split = splitEnvelope(metadata);
  return {
    body,
    metadata: split.object,
    instructionFile: parseInstructionFile(encodeInstructionFile(split.instructionFile)),
  };
}

function fileOf({ instructionFile }: ObjectVectors): Pairs | undefined {
  return instructionFile === undefined ? undefined : (JSON.parse(instructionFile.body) as Pairs);
}

/** The entries, the JSON among them parsed: its order and spaces are the writer's own. */
function parsed(entries: Pairs | undefined): Readonly<Record<string, unknown>> | undefined {
  if (entries === undefined) return undefined;
  return Object.fromEntries(
    Object.entries(entries).map(([name, value]) => [name, value.startsWith('{') ? JSON.parse(value) : value]),
  );
}

function plaintextOf({ plaintextBase64, plaintextRule }: ObjectVectors): Buffer | undefined {
  if (plaintextBase64 !== undefined) return bytes(plaintextBase64);
  if (plaintextRule === undefined) return undefined;
  return Buffer.from(Array.from({ length: plaintextRule.lengthBytes }, (_, at) => at % 251));
}

function bytes(base64 = ''): Buffer {
  return Buffer.from(base64, 'base64');
}
