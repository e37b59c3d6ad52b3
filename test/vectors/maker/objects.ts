import { commitmentOf, encryptCbc, encryptCommitting, encryptGcm } from './primitives.ts';
import { bytesOf } from './randomness.ts';
import type {
  InstructionFile,
  KmsAnswer,
  ObjectVectors,
  Pairs,
  Plaintext,
  RangeVector,
  Reader,
  Reason,
  RefuseVector,
  WriteVector,
} from './schema.ts';
import type { Wrap } from './wrappings.ts';

/** A sealed object, and what a reader needs to open it. */
export interface Sealed {
  readonly name: string;
  readonly metadata: Pairs;
  readonly instructionFile?: InstructionFile;
  readonly body: Buffer;
  readonly plaintext: Buffer;
  readonly kms: readonly KmsAnswer[];
  readonly reader: Partial<Reader>;
  /** What a writer is given who must make the very object. */
  readonly write?: WriteVector;
  /** Whether it is made so that no reader opens it. */
  readonly neverOpens?: true;
}

/** What an object is made of, where it is not the default. */
export interface SealOptions {
  /** @defaultValue 33: two blocks and a byte */
  readonly lengthBytes?: number;
  /** @defaultValue 32 */
  readonly dataKeyBytes?: number;
  /** @defaultValue false */
  readonly notesLength?: boolean;
}

/** The object, as one that a writer must make alike. */
export function written(sealed: Sealed, wrappingAlgorithm: string, context: Pairs): Sealed {
  const dataKey = bytesOf(`${sealed.name}/data key`, 32);
  return { ...sealed, write: { wrappingAlgorithm, dataKeyBase64: base64(dataKey), context } };
}

/** The V2 and V1 formats need a reader that does without commitment. */
const withoutCommitment: Partial<Reader> = { commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT' };

/** An object of the V3 format. */
export function sealV3(name: string, wrap: Wrap, options: SealOptions = {}): Sealed {
  const { dataKey, plaintext } = inputs(name, options);
  const messageId = bytesOf(`${name}/message id`, 28);
  const { encryptedDataKey, v3Value, storesContext, storedText, kms, reader } = wrap({
    name,
    dataKey,
    algorithm: '115',
  });
  return {
    name,
    metadata: {
      'x-amz-c': '115',
      'x-amz-3': base64(encryptedDataKey),
      'x-amz-w': v3Value,
      'x-amz-d': base64(commitmentOf(dataKey, messageId)),
      'x-amz-i': base64(messageId),
      ...(storedText === undefined ? {} : { [storesContext ? 'x-amz-t' : 'x-amz-m']: storedText }),
    },
    body: encryptCommitting(dataKey, messageId, plaintext),
    plaintext,
    kms,
    reader,
  };
}

/** An object of the V2 format whose content is under AES-GCM. */
export function sealV2(name: string, wrap: Wrap, options: SealOptions = {}): Sealed {
  const { dataKey, plaintext } = inputs(name, options);
  const iv = bytesOf(`${name}/iv`, 12);
  const { metadata, ...rest } = ofV2(name, wrap, dataKey, 'AES/GCM/NoPadding', iv);
  return {
    ...rest,
    metadata: { ...metadata, 'x-amz-tag-len': '128', ...notedLength(plaintext, options) },
    body: encryptGcm(dataKey, iv, plaintext),
    plaintext,
  };
}

/** An object of the V2 format whose content is under AES-CBC. */
export function sealV2Cbc(name: string, wrap: Wrap, options: SealOptions = {}): Sealed {
  const { dataKey, plaintext } = inputs(name, options);
  const iv = bytesOf(`${name}/iv`, 16);
  const { metadata, reader, ...rest } = ofV2(name, wrap, dataKey, 'AES/CBC/PKCS5Padding', iv);
  return {
    ...rest,
    metadata: { ...metadata, ...notedLength(plaintext, options) },
    reader: { ...reader, legacyContent: true },
    body: encryptCbc(dataKey, iv, plaintext),
    plaintext,
  };
}

/** An object of the V1 format. */
export function sealV1(name: string, wrap: Wrap, options: SealOptions = {}): Sealed {
  const { metadata, ...rest } = sealV2Cbc(name, wrap, options);
  const { 'x-amz-key-v2': key = '', 'x-amz-iv': iv = '', 'x-amz-matdesc': description = '' } = metadata;
  const v1 = { 'x-amz-key': key, 'x-amz-iv': iv, 'x-amz-matdesc': description };
  return { ...rest, metadata: { ...v1, ...notedLength(rest.plaintext, options) } };
}

function ofV2(name: string, wrap: Wrap, dataKey: Buffer, algorithm: string, iv: Buffer) {
  const { encryptedDataKey, v2Name, storedText = '{}', kms, reader } = wrap({ name, dataKey, algorithm });
  const metadata: Pairs = {
    'x-amz-key-v2': base64(encryptedDataKey),
    'x-amz-wrap-alg': v2Name,
    'x-amz-cek-alg': algorithm,
    'x-amz-iv': base64(iv),
    'x-amz-matdesc': storedText,
  };
  return { name, metadata, kms, reader: { ...withoutCommitment, ...reader } };
}

function notedLength(plaintext: Buffer, { notesLength = false }: SealOptions): Pairs {
  return notesLength ? { 'x-amz-unencrypted-content-length': String(plaintext.length) } : {};
}

function inputs(name: string, { lengthBytes = 33, dataKeyBytes = 32 }: SealOptions) {
  const dataKey = bytesOf(`${name}/data key`, dataKeyBytes);
  const plaintext = lengthBytes > shortBytes ? ruled(lengthBytes) : bytesOf(`${name}/plaintext`, lengthBytes);
  return { dataKey, plaintext };
}

/** What of an envelope stays on the object where there is an instruction file. */
const staysOnObject = ['x-amz-c', 'x-amz-d', 'x-amz-i'];
/** The metadata of an instruction file. */
export const instructionFileMark: Pairs = { 'x-amz-crypto-instr-file': '' };

/** The object with its envelope, or that part of it which tells of the data key, in an instruction file. */
export function inInstructionFile(sealed: Sealed, text: (entries: Pairs) => string = JSON.stringify): Sealed {
  const entries = Object.entries(sealed.metadata);
  const stays = ([name]: [string, string]) => staysOnObject.includes(name);
  const body = text(Object.fromEntries(entries.filter((entry) => !stays(entry))));
  return {
    ...sealed,
    metadata: Object.fromEntries(entries.filter(stays)),
    instructionFile: { metadata: instructionFileMark, body },
  };
}

/** What is to be tried with an object: to open it, and what is given beside that. */
export interface Draft {
  readonly sealed: Sealed;
  readonly comment?: string;
  readonly range?: RangeVector;
  readonly refuse?: RefuseVector;
  /** The objects that parts were taken from. */
  readonly from?: readonly Sealed[];
}

/** An object that opens. */
export function opens(sealed: Sealed, comment?: string): Draft {
  return comment === undefined ? { sealed } : { sealed, comment };
}

/** A range of an object: the bytes of the plaintext in `[from, to)`. */
export function opensRange(sealed: Sealed, range: string, from: number, to: number): Draft {
  return { sealed, range: { range, plaintextBase64: base64(sealed.plaintext.subarray(from, to)) } };
}

/** What is done to an object. */
export interface Fault {
  readonly comment?: string;
  /** Metadata entries replaced; `undefined` takes one away. */
  readonly set?: Changes;
  readonly body?: Buffer;
  /** The text of another instruction file; `null` takes it away. */
  readonly instructionFile?: string | null;
  readonly reader?: Partial<Reader>;
  /** The objects that parts were taken from. */
  readonly from?: readonly Sealed[];
  /** Whether the specification leaves the refusal to the reader. */
  readonly strict?: boolean;
}

/** Entries to replace; `undefined` takes one away. */
export type Changes = Readonly<Record<string, string | undefined>>;

/** An object that is refused. */
export function refuses(sealed: Sealed, what: string, refusal: Reason, fault: Fault = {}): Draft {
  const { comment, set = {}, body, instructionFile, reader, from = [], strict = false } = fault;
  const remove = Object.keys(set).filter((name) => set[name] === undefined);
  const replaced = edited({}, set);
  const refuse: RefuseVector = {
    what,
    ...(comment === undefined ? {} : { comment }),
    ...(remove.length === 0 ? {} : { remove }),
    ...(Object.keys(replaced).length === 0 ? {} : { set: replaced }),
    ...(body === undefined ? {} : { bodyBase64: base64(body) }),
    ...(instructionFile === undefined ? {} : { instructionFile }),
    ...(reader === undefined ? {} : { reader }),
    refusal,
    ...(strict ? { strict } : {}),
  };
  return { sealed, refuse, from };
}

/** An object as the file gives it, with what is tried with it. */
export function objectVectors(sealed: Sealed, drafts: readonly Draft[]): ObjectVectors {
  const { name, metadata, instructionFile, body, plaintext, reader, write, neverOpens } = sealed;
  const [comment] = drafts.flatMap((draft) => draft.comment ?? []);
  const ranges = drafts.flatMap(({ range }) => range ?? []);
  const refuse = drafts.flatMap((draft) => draft.refuse ?? []);
  return {
    name,
    ...(comment === undefined ? {} : { comment }),
    reader,
    metadata,
    ...(instructionFile === undefined ? {} : { instructionFile }),
    bodyBase64: base64(body),
    ...(neverOpens === true ? {} : plaintextOf(plaintext)),
    ...(write === undefined ? {} : { write }),
    ...(ranges.length === 0 ? {} : { ranges }),
    ...(refuse.length === 0 ? {} : { refuse }),
  };
}

/** The entries with some replaced; `undefined` takes one away. */
export function edited(entries: Pairs, changes: Changes): Pairs {
  return Object.fromEntries(
    Object.entries({ ...entries, ...changes }).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    ),
  );
}

/** A plaintext as the file gives it. */
function plaintextOf(plaintext: Buffer): Plaintext {
  return plaintext.length > shortBytes
    ? { plaintextRule: { lengthBytes: plaintext.length } }
    : { plaintextBase64: base64(plaintext) };
}

/** Plaintexts beyond this length follow a rule. */
const shortBytes = 100;

function ruled(lengthBytes: number): Buffer {
  return Buffer.from(Array.from({ length: lengthBytes }, (_, at) => at % 251));
}

/** Bytes as the format writes them. */
export function base64(bytes: Buffer): string {
  return bytes.toString('base64');
}
