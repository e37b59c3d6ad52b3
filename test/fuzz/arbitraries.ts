import fc from 'fast-check';
import { envelopeNames, type EncryptionContext, type Metadata } from '../../envelope/index.ts';

/** Lengths around the edges of blocks and tags, and some longer ones. */
export const content: fc.Arbitrary<Buffer> = fc
  .oneof(
    { weight: 3, arbitrary: fc.uint8Array({ maxLength: 50 }) },
    { weight: 1, arbitrary: fc.uint8Array({ minLength: 1000, maxLength: 5000 }) },
  )
  .map((bytes) => Buffer.from(bytes));

/** Places to cut a content at, in thousandths of its length. */
export const cuts: fc.Arbitrary<number[]> = fc.array(fc.integer({ min: 0, max: 1000 }), { maxLength: 8 });

const printable = fc.string({ unit: 'grapheme-ascii', maxLength: 20 });

/** A context that may be written. */
export const context: fc.Arbitrary<EncryptionContext> = fc.dictionary(
  printable.filter((name) => name !== '' && name !== 'kms_cmk_id' && !name.startsWith('aws:')),
  printable,
  { maxKeys: 5 },
);

/** Values that an entry of the format might hold, most of them wrong. */
const value = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes).toString('base64')),
  fc.uint8Array({ minLength: 28, maxLength: 28 }).map((bytes) => Buffer.from(bytes).toString('base64')),
  fc.json(),
  fc.constantFrom('115', '12', '02', '22', 'kms', 'kms+context', 'AES/GCM', '128', '{}', '', '='),
  fc.constantFrom('AES/GCM/NoPadding', 'AES/CBC/PKCS5Padding', '{"aws:x-amz-cek-alg":"115"}'),
  fc.string({ maxLength: 30 }).map((text) => `=?UTF-8?Q?${text}?=`),
);

/** Metadata that takes the names of the format, with whatever behind them. */
export const noise: fc.Arbitrary<Metadata> = fc.dictionary(
  fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...envelopeNames) },
    { weight: 1, arbitrary: fc.constantFrom(...envelopeNames).map((name) => name.toUpperCase()) },
    { weight: 1, arbitrary: fc.string({ maxLength: 20 }) },
  ),
  value,
  { maxKeys: 12 },
);

/** What is done to one thing that a store holds. */
export type Change = (bytes: Buffer) => Buffer;

/** A change of bytes: a bit flipped, something cut out, put in, or replaced. */
export const change: fc.Arbitrary<Change> = fc.oneof(
  fc.nat().map((at): Change => flip(at)),
  fc.tuple(fc.nat(), fc.integer({ min: 1, max: 20 })).map(([at, count]): Change => remove(at, count)),
  fc
    .tuple(fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 20 }))
    .map(([at, more]): Change => insert(at, more)),
  fc.uint8Array({ maxLength: 64 }).map(
    (other): Change =>
      () =>
        Buffer.from(other),
  ),
);

function flip(at: number): Change {
  return (bytes) => {
    const changed = Buffer.from(bytes);
    if (changed.length > 0)
      changed.writeUInt8(
        changed.readUInt8((at >> 3) % changed.length) ^ (1 << (at & 7)),
        (at >> 3) % changed.length,
      );
    return changed;
  };
}

function remove(at: number, count: number): Change {
  return (bytes) => {
    const from = at % (bytes.length + 1);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + count)]);
  };
}

function insert(at: number, more: Uint8Array): Change {
  return (bytes) => {
    const from = at % (bytes.length + 1);
    return Buffer.concat([bytes.subarray(0, from), more, bytes.subarray(from)]);
  };
}
