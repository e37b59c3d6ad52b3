import {
  openBuffered,
  SealdropError,
  startOpen,
  type ContentDecryptor,
  type Metadata,
} from '../../envelope/index.ts';
import { openEnvelope } from '../../operations/open-envelope.ts';
import { contextOf } from '../../operations/vault.ts';
import { inChunks } from '../support/bytes.ts';
import { myKey } from './forms.ts';
import type { Forged } from './openers.ts';

/** Starts to open what the attacker left behind, without a store in between. */
export function startForged({ metadata, file, reader }: Forged): Promise<ContentDecryptor> {
  const { keyring, vault, policy } = reader;
  const readInstructionFile = (): Promise<Metadata> =>
    file === undefined || file === null || Buffer.isBuffer(file)
      ? Promise.reject(new SealdropError('OBJECT_NOT_FOUND', 'there is no instruction file'))
      : Promise.resolve(file);
  return openEnvelope({ metadata, readInstructionFile }, (envelope) =>
    startOpen(keyring, envelope, { ...policy, expectedContext: contextOf(vault, myKey) }),
  );
}

/** What an attempt came to: the code of its error, or `opened`. The content arrives in chunks of these sizes. */
export async function codeOf(forged: Forged, ...chunkSizes: number[]): Promise<string> {
  try {
    const decryptor = await startForged(forged);
    await openBuffered(decryptor, inChunks(forged.sealed, ...chunkSizes), forged.sealed.length);
    return 'opened';
  } catch (error) {
    if (error instanceof SealdropError) return error.code;
    throw error;
  }
}

/** Everything that a caller can tell an error by. */
export function faceOf(error: unknown): unknown {
  if (!(error instanceof SealdropError)) return error;
  const { name, message, code, hint, retryable, fields } = error;
  const names = Object.getOwnPropertyNames(error).sort();
  return { name, message, code, hint, retryable, fields, names, kind: error.constructor.name };
}

/** The bytes with one bit flipped; bits are counted from the first byte's lowest. */
export function withBit(bytes: Uint8Array, bit: number): Buffer {
  const copy = Buffer.from(bytes);
  const at = Math.floor(bit / 8);
  copy.writeUInt8(copy.readUInt8(at) ^ (1 << (bit % 8)), at);
  return copy;
}

/** The numbers from 0 on, so many. */
export function upTo(count: number): number[] {
  return [...Array(count).keys()];
}
