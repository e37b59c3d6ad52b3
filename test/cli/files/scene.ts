import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach } from '@jest/globals';
import type { WalkedItem } from '../../../cli/files/walk.ts';
import { crc32Of } from '../../../operations/crc32.ts';
import type { ObjectToWrite } from '../../../operations/object-store.ts';
import { gather } from '../../support/bytes.ts';

/** A folder of its own for each test of a file, gone afterwards. */
export class Scene {
  root = '';

  constructor() {
    beforeEach(() => {
      this.root = mkdtempSync(join(tmpdir(), 'sealdrop-files-'));
    });
    afterEach(() => {
      rmSync(this.root, { recursive: true, force: true });
    });
  }

  path(...names: string[]): string {
    return join(this.root, ...names);
  }

  /** Makes a file and its folders. */
  file(name: string, content: string | Buffer = `the content of ${name}`): string {
    const path = this.path(name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    return path;
  }

  folder(name: string): string {
    mkdirSync(this.path(name), { recursive: true });
    return this.path(name);
  }

  /** The names of all that is there, sorted; folders with a slash at the end. */
  all(): string[] {
    const found = readdirSync(this.root, { recursive: true, withFileTypes: true });
    return found
      .map(
        (each) =>
          join(each.parentPath, each.name).slice(this.root.length + 1) + (each.isDirectory() ? '/' : ''),
      )
      .sort();
  }

  text(name: string): string {
    return readFileSync(this.path(name), 'utf8');
  }

  /** What is open below the folder in this process; Linux tells. */
  openFiles(): string[] {
    const descriptors = process.platform === 'linux' ? readdirSync('/proc/self/fd') : [];
    return descriptors.map(leadsTo).filter((path) => path.startsWith(this.root));
  }
}

function leadsTo(descriptor: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`);
  } catch {
    return '';
  }
}

/** Does the work as a user who may do with the file or folder at `path` what `mode` says: nothing. */
export async function lockedOut<Result>(
  path: string,
  work: () => Promise<Result>,
  mode = 0,
): Promise<Result> {
  const isRoot = process.geteuid?.() === 0;
  chmodSync(path, mode);
  // Permissions hold nobody back who is root.
  if (isRoot) {
    chmodSync(dirname(path), 0o777);
    process.seteuid?.(65_534);
  }
  try {
    return await work();
  } finally {
    if (isRoot) process.seteuid?.(0);
    chmodSync(path, 0o700);
  }
}

/** An object to write that keeps what it says, unless it is told to say otherwise. */
export function objectOf(
  key: string,
  content: string | Buffer,
  says: Partial<ObjectToWrite> = {},
): ObjectToWrite {
  const passed = crc32Of(says.body ?? Readable.from([Buffer.from(content)]));
  return {
    bucket: '',
    key,
    crc32: () => passed.base64(),
    metadata: {},
    headers: {},
    tags: {},
    condition: { absent: true },
    ...says,
    body: passed.body,
  };
}

/** A body that fails after some of it. */
export async function* broken(before: () => void = () => undefined): AsyncGenerator<Buffer> {
  yield await Promise.resolve(Buffer.alloc(100));
  before();
  throw new TypeError('the tag was wrong');
}

/** A body that does something when all of it has passed. */
export async function* followedBy(content: string, act: () => void): AsyncGenerator<Buffer> {
  yield await Promise.resolve(Buffer.from(content));
  act();
}

/** All of it, as text. */
export async function textOf(content: AsyncIterable<Uint8Array>): Promise<string> {
  return (await gather(content)).toString();
}

/** All that a listing gives. */
export async function allOf<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** The path; of what was passed over, with the code after a bang. */
export function shownItem(item: WalkedItem): string {
  return item.kind === 'file' ? item.path : `${item.path} ! ${item.error.code}`;
}
