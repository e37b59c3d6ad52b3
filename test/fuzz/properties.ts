import { createSecretKey } from 'node:crypto';
import fc from 'fast-check';
import { parseCopySource } from '../../aws/encryption/copy-source.ts';
import { decodeS3Text } from '../../envelope/s3-text.ts';
import {
  committingSuite,
  coveringRange,
  encodeInstructionFile,
  gcmSuite,
  mergeInstructionFile,
  openBuffered,
  parseContentRange,
  parseEnvelope,
  parseInstructionFile,
  parseRange,
  RawAesKeyring,
  resolveRange,
  SealdropError,
  splitEnvelope,
  startOpen,
  startOpenRange,
  startSeal,
  type EncryptionContext,
  type Keyring,
  type Metadata,
} from '../../envelope/index.ts';
import { gather } from '../support/bytes.ts';
import { FakeKeyring } from '../support/fake-keyring.ts';
import { FakeKms } from '../support/fake-kms.ts';
import { change, content, context, cuts, noise } from './arbitraries.ts';

/** A property with a name, for the test and for the long run. */
export interface NamedProperty {
  readonly name: string;
  readonly property: unknown;
}

const kms = new FakeKms();
const kmsKeyring = new FakeKeyring(kms, kms.createKey());
const aesKeyring = new RawAesKeyring({ wrappingKey: createSecretKey(Buffer.alloc(32, 7)) });

/** What is stored of one object. */
interface Stored {
  readonly keyring: Keyring;
  readonly expectedContext: EncryptionContext;
  readonly metadata: Metadata;
  readonly instructionFile?: Buffer;
  readonly sealed: Buffer;
}

const way = fc.record({
  withKms: fc.boolean(),
  committing: fc.boolean(),
  inFile: fc.boolean(),
  context,
});
type Way = typeof way extends fc.Arbitrary<infer Value> ? Value : never;

async function sealed(plaintext: Buffer, how: Way, at: readonly number[]): Promise<Stored> {
  // The fake service remembers every call, and a long run makes many.
  kms.calls.length = 0;
  kms.plaintexts.length = 0;
  const keyring = how.withKms ? kmsKeyring : aesKeyring;
  const expectedContext = how.withKms ? how.context : {};
  const suite = how.committing ? committingSuite : gcmSuite;
  const { encryptor, metadata } = await startSeal(keyring, expectedContext, { suite });
  const bytes = await gather(encryptor.encrypt(chunked(plaintext, at), plaintext.length));
  if (!how.inFile) return { keyring, expectedContext, metadata, sealed: bytes };
  const { object, instructionFile } = splitEnvelope(metadata);
  const file = encodeInstructionFile(instructionFile);
  return { keyring, expectedContext, metadata: object, instructionFile: file, sealed: bytes };
}

async function opened(stored: Stored, at: readonly number[] = []): Promise<Buffer> {
  const envelope = envelopeOf(stored);
  const decryptor = await startOpen(stored.keyring, envelope, optionsOf(stored));
  return openBuffered(decryptor, chunked(stored.sealed, at), 10_000);
}

function envelopeOf({ metadata, instructionFile }: Stored): ReturnType<typeof parseEnvelope> {
  if (instructionFile === undefined) return parseEnvelope(metadata);
  return parseEnvelope(mergeInstructionFile(metadata, parseInstructionFile(instructionFile)));
}

function optionsOf({ expectedContext }: Stored): Parameters<typeof startOpen>[2] {
  return {
    expectedContext,
    commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT',
    legacyWrapping: true,
    legacyContent: true,
  };
}

async function* chunked(bytes: Buffer, at: readonly number[]): AsyncGenerator<Buffer> {
  await Promise.resolve();
  const ends = [...at].sort((a, b) => a - b).map((each) => Math.floor((bytes.length * each) / 1000));
  let from = 0;
  for (const end of [...ends, bytes.length]) {
    yield bytes.subarray(from, end);
    from = end;
  }
}

/** The work's result, or nothing where it failed as it should; any other error is a finding. */
async function unlessRefused<Result>(work: () => Promise<Result> | Result): Promise<Result | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof SealdropError) return undefined;
    throw error;
  }
}

function assertEqual(actual: Buffer, expected: Buffer): void {
  if (!actual.equals(expected))
    throw new Error(`opened to ${actual.toString('hex')}, not to what was sealed`);
}

/** Everything that must hold for any input. */
export const properties: readonly NamedProperty[] = [
  {
    name: 'what was sealed opens, however it was cut',
    property: fc.asyncProperty(content, way, cuts, cuts, async (plaintext, how, cutsIn, cutsOut) => {
      assertEqual(await opened(await sealed(plaintext, how, cutsIn), cutsOut), plaintext);
    }),
  },
  {
    name: 'an altered content does not open',
    property: fc.asyncProperty(content, way, change, cuts, async (plaintext, how, alter, at) => {
      const stored = await sealed(plaintext, how, []);
      const altered = alter(stored.sealed);
      fc.pre(!altered.equals(stored.sealed));
      const result = await unlessRefused(() => opened({ ...stored, sealed: altered }, at));
      if (result !== undefined) throw new Error('an altered content opened');
    }),
  },
  {
    name: 'an altered envelope opens to what was sealed, or not at all',
    property: fc.asyncProperty(content, way, fc.nat(), change, async (plaintext, how, which, alter) => {
      const stored = await sealed(plaintext, how, []);
      const names = Object.keys(stored.metadata);
      const name = names[which % Math.max(1, names.length)];
      const file = stored.instructionFile;
      const alterFile = file !== undefined && (name === undefined || which % 2 === 0);
      const altered: Stored = alterFile
        ? { ...stored, instructionFile: alter(file) }
        : {
            ...stored,
            metadata: {
              ...stored.metadata,
              [name ?? '']: alterText(stored.metadata[name ?? ''] ?? '', alter),
            },
          };
      const result = await unlessRefused(() => opened(altered));
      if (result !== undefined) assertEqual(result, plaintext);
    }),
  },
  {
    name: 'entries that are put in, or taken out, open to what was sealed, or not at all',
    property: fc.asyncProperty(content, way, noise, fc.nat(), async (plaintext, how, more, which) => {
      const stored = await sealed(plaintext, how, []);
      const kept = Object.entries(stored.metadata).filter((_, index) => index !== which % 10);
      const result = await unlessRefused(() =>
        opened({ ...stored, metadata: { ...Object.fromEntries(kept), ...more } }),
      );
      if (result !== undefined) assertEqual(result, plaintext);
    }),
  },
  {
    name: 'metadata of any kind is an envelope, or refused',
    property: fc.asyncProperty(noise, noise, async (metadata, file) => {
      await unlessRefused(() => parseEnvelope(metadata));
      await unlessRefused(() => parseEnvelope(mergeInstructionFile(metadata, file)));
    }),
  },
  {
    name: 'bytes of any kind are an instruction file, or refused',
    property: fc.asyncProperty(
      fc.oneof(
        fc.uint8Array(),
        fc.json().map((json) => Buffer.from(json)),
      ),
      async (bytes) => {
        await unlessRefused(() => parseInstructionFile(bytes));
      },
    ),
  },
  {
    name: 'a range is the slice of the content, or refused',
    property: fc.asyncProperty(content, way, rangeHeader(), cuts, async (plaintext, how, header, at) => {
      const stored = await sealed(plaintext, how, []);
      const range = await unlessRefused(() => parseRange(header));
      if (range === undefined) return;
      const answered = served(coveringRange(range), stored.sealed);
      const wanted = await unlessRefused(() => resolveRange(range, plaintext.length));
      if (wanted === undefined) return;
      if (answered === undefined) throw new Error('the store has nothing of a range that is there');
      const decryptor = await startOpenRange(
        stored.keyring,
        envelopeOf(stored),
        answered.first,
        optionsOf(stored),
      );
      const bytes = await gather(decryptor.decryptUnauthenticated(chunked(answered.bytes, at), wanted));
      assertEqual(bytes, sliced(plaintext, header));
    }),
  },
  {
    name: 'text of any kind is read, or refused',
    property: fc.asyncProperty(fc.string({ unit: 'binary' }), async (text) => {
      for (const read of [decodeS3Text, parseRange, parseContentRange, parseCopySource]) {
        await unlessRefused(() => void read(text));
      }
    }),
  },
];

function alterText(text: string, alter: (bytes: Buffer) => Buffer): string {
  return alter(Buffer.from(text, 'utf8')).toString('latin1');
}

function rangeHeader(): fc.Arbitrary<string> {
  const position = fc.oneof(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 6000 })).map(String);
  const end = fc.oneof(position, fc.constant(''));
  return fc.tuple(end, end).map(([first, last]) => `bytes=${first}-${last}`);
}

/** What a store answers to a range, by the rules of HTTP. */
function served(header: string, bytes: Buffer): { first: number; bytes: Buffer } | undefined {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(header) ?? [];
  const first = from === '' ? Math.max(0, bytes.length - Number(to)) : Number(from);
  const last = from === '' || to === '' ? bytes.length - 1 : Math.min(Number(to), bytes.length - 1);
  return first > last ? undefined : { first, bytes: bytes.subarray(first, last + 1) };
}

function sliced(plaintext: Buffer, header: string): Buffer {
  return served(header, plaintext)?.bytes ?? Buffer.alloc(0);
}
