/**
 * Makes the files beside it from Wycheproof's own: `node test/vectors/wycheproof/trim.ts FOLDER`, where FOLDER
 * holds Wycheproof's `testvectors_v1`. It keeps every case, one on a line, and leaves out what no test reads.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What every case has. Bytes are in hexadecimal, here and in the others. */
interface Case {
  readonly tcId: number;
  readonly comment: string;
  readonly flags: readonly string[];
  readonly result: 'valid' | 'acceptable' | 'invalid';
}

/** A case of AES-GCM. Sizes are in bits. */
export interface GcmCase extends Case {
  readonly keySize: number;
  readonly ivSize: number;
  readonly tagSize: number;
  readonly key: string;
  readonly iv: string;
  readonly aad: string;
  readonly msg: string;
  readonly ct: string;
  readonly tag: string;
}

/** A case of HKDF: `size` bytes of output. */
export interface HkdfCase extends Case {
  readonly ikm: string;
  readonly salt: string;
  readonly info: string;
  readonly size: number;
  readonly okm: string;
}

/** A case of AES-CBC with padding. The size is in bits. */
export interface CbcCase extends Case {
  readonly keySize: number;
  readonly key: string;
  readonly iv: string;
  readonly msg: string;
  readonly ct: string;
}

/** A case of AES key wrap. The size is in bits. */
export interface KeyWrapCase extends Case {
  readonly keySize: number;
  readonly key: string;
  readonly msg: string;
  readonly ct: string;
}

/** A case of RSA-OAEP. */
export interface OaepCase extends Case {
  readonly privateKeyPkcs8: string;
  readonly label: string;
  readonly msg: string;
  readonly ct: string;
}

/** The files, and what is kept of each: of a group of cases, then of a case. */
const kept = {
  'aes_gcm_test.json': [
    ['keySize', 'ivSize', 'tagSize'],
    ['key', 'iv', 'aad', 'msg', 'ct', 'tag'],
  ],
  'hkdf_sha512_test.json': [[], ['ikm', 'salt', 'info', 'size', 'okm']],
  'aes_cbc_pkcs5_test.json': [['keySize'], ['key', 'iv', 'msg', 'ct']],
  'aes_wrap_test.json': [['keySize'], ['key', 'msg', 'ct']],
  'rsa_oaep_2048_sha1_mgf1sha1_test.json': [['privateKeyPkcs8'], ['label', 'msg', 'ct']],
} as const;
const keptOfAll = ['tcId', 'comment', 'flags', 'result'];

/** A file as it is kept here: groups of cases, each with the fields that its cases share. */
interface Trimmed<Kept extends Case> {
  readonly groups: readonly (Partial<Kept> & { readonly tests: readonly Partial<Kept>[] })[];
}

/** Every case of a file, with what it shares with its group. */
export function casesOf<Kept extends Case>(file: keyof typeof kept): Kept[] {
  const { groups } = JSON.parse(readFileSync(join(import.meta.dirname, file), 'utf8')) as Trimmed<Kept>;
  return groups.flatMap(({ tests, ...shared }) =>
    tests.map((test) => ({ ...shared, ...test }) as unknown as Kept),
  );
}

type Fields = Readonly<Record<string, unknown>>;

function pick(source: Fields, names: readonly string[]): string[] {
  return names.map((name) => `${JSON.stringify(name)}:${JSON.stringify(source[name])}`);
}

function trim(file: string, ofGroup: readonly string[], ofCase: readonly string[]): string {
  const { testGroups } = JSON.parse(file) as { testGroups: readonly (Fields & { tests: Fields[] })[] };
  const groups = testGroups.map((group) => {
    const tests = group.tests.map((test) => `{${pick(test, [...keptOfAll, ...ofCase]).join(',')}}`);
    return `{${[...pick(group, ofGroup), `"tests":[\n${tests.join(',\n')}\n]`].join(',')}}`;
  });
  return `{"groups":[\n${groups.join(',\n')}\n]}\n`;
}

if (import.meta.main) {
  const [, , folder] = process.argv;
  if (folder === undefined) throw new Error('name the folder that holds the files of Wycheproof');
  for (const [file, [ofGroup, ofCase]] of Object.entries(kept)) {
    const trimmed = trim(readFileSync(join(folder, file), 'utf8'), ofGroup, ofCase);
    writeFileSync(join(import.meta.dirname, file), trimmed);
  }
}
