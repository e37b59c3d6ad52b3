import { beforeAll, describe, expect, test } from '@jest/globals';
import { openBuffered } from '../../envelope/index.ts';
import { failureOf, inChunks, isWiped } from '../support/bytes.ts';
import { codeOf, startForged, upTo, withBit } from './attempt.ts';
import { authenticatedForms, formsLike, handedOut, sealScene, type FormName } from './forms.ts';
import { forge } from './openers.ts';
import { altered, bytesOf, entryOf, nameOf, set, type Forgery, type Scene } from './scene.ts';

// Where there are few possibilities, every one of them is tried: on a content of two blocks and a byte.

const contentBytes = 33;
const tagBytes = 16;
const sealedBytes = contentBytes + tagBytes;
const refused = ['AUTHENTICATION_FAILED'];

/** Each code that forgeries of a scene end in, once; and nothing of their data keys is left. */
async function codesOf(scene: Scene, forgeries: Iterable<Forgery>): Promise<string[]> {
  handedOut.length = 0;
  const codes = new Set<string>();
  for (const forgery of forgeries) codes.add(await codeOf(forge(scene, forgery)));
  expect(handedOut.every(isWiped)).toBe(true);
  return [...codes].sort();
}

function* bodies(lengths: Iterable<number>, make: (at: number) => Buffer): Generator<Forgery> {
  for (const at of lengths) yield { sealed: make(at) };
}

describe.each(authenticatedForms)('a small object, "%s",', (form) => {
  let scene: Scene;
  let sealed: Buffer;
  beforeAll(async () => {
    scene = await sealScene(form, contentBytes);
    sealed = scene.mine.sealed;
  });

  test('opens as it is', async () => {
    expect(await codesOf(scene, [{}])).toEqual(['opened']);
    expect(sealed).toHaveLength(sealedBytes);
  });

  test('opens with no bit of its content or tag flipped', async () => {
    const flipped = bodies(upTo(sealedBytes * 8), (bit) => withBit(sealed, bit));
    expect(await codesOf(scene, flipped)).toEqual(refused);
  });

  test('opens cut to no shorter length', async () => {
    const cut = bodies(upTo(sealedBytes), (length) => sealed.subarray(0, length));
    expect(await codesOf(scene, cut)).toEqual(refused);
  });

  test('opens with no number of its first bytes cut off', async () => {
    const cut = bodies(upTo(sealedBytes), (length) => sealed.subarray(length + 1));
    expect(await codesOf(scene, cut)).toEqual(refused);
  });

  test('opens with nothing added to it, wherever', async () => {
    const longer = bodies(upTo(sealedBytes + 1), (at) =>
      Buffer.concat([sealed.subarray(0, at), Buffer.of(0), sealed.subarray(at)]),
    );
    expect(await codesOf(scene, longer)).toEqual(refused);
  });
});

test.each(authenticatedForms)(
  'what was decrypted of "%s" until its tag failed is zero-filled',
  async (form) => {
    const scene = await sealScene(form, contentBytes);
    const forged = forge(scene, { sealed: withBit(scene.mine.sealed, 0) });
    const decryptor = await startForged(forged);
    const decrypt = decryptor.decryptUnverified.bind(decryptor);
    const chunks: Buffer[] = [];
    decryptor.decryptUnverified = async function* (sealed) {
      for await (const chunk of decrypt(sealed)) {
        chunks.push(chunk);
        yield chunk;
      }
    };
    const error = await failureOf(() => openBuffered(decryptor, inChunks(forged.sealed, 16, 16, 16), 1000));
    expect(error.code).toBe('AUTHENTICATION_FAILED');
    expect(Buffer.concat(chunks)).toEqual(Buffer.alloc(contentBytes));
  },
);

test.each(authenticatedForms)('an empty object, "%s", opens with its tag cut to no length', async (form) => {
  const scene = await sealScene(form, 0);
  expect(await codesOf(scene, [{}])).toEqual(['opened']);
  const cut = bodies(upTo(tagBytes), (length) => scene.mine.sealed.subarray(0, length));
  expect(await codesOf(scene, cut)).toEqual(refused);
});

describe.each(formsLike(/^V[23]$/))('the chunks that a small object, "%s", arrives in', (form) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await sealScene(form, contentBytes);
  });

  const pairs = upTo(sealedBytes + 1).flatMap((first) =>
    upTo(sealedBytes + 1 - first).map((second) => [first, second] as const),
  );

  test('change nothing, wherever it is split in three', async () => {
    const codes = new Set<string>();
    for (const [first, second] of pairs) codes.add(await codeOf(forge(scene, {}), first, second));
    expect([...codes]).toEqual(['opened']);
  });

  test('hide no flipped bit of the tag, wherever it is split in three', async () => {
    const flipped = forge(scene, { sealed: withBit(scene.mine.sealed, sealedBytes * 8 - 1) });
    const codes = new Set<string>();
    for (const [first, second] of pairs) codes.add(await codeOf(flipped, first, second));
    expect([...codes]).toEqual(refused);
  });

  test('hide nothing byte by byte', async () => {
    const ones = upTo(sealedBytes).map(() => 1);
    expect(await codeOf(forge(scene, {}), ...ones)).toBe('opened');
    const flipped = forge(scene, { sealed: withBit(scene.mine.sealed, sealedBytes * 8 - 1) });
    expect(await codeOf(flipped, ...ones)).toBe('AUTHENTICATION_FAILED');
  });
});

/** The forgeries that have one bit of an entry flipped. */
function* flips(scene: Scene, name: string): Generator<Forgery> {
  for (const bit of upTo(bytesOf(scene.mine, name).length * 8)) {
    yield altered(name, (bytes) => withBit(bytes, bit))(scene);
  }
}

describe.each(formsLike(/^V3/))('the envelope of a small object, "%s",', (form) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await sealScene(form, contentBytes);
  });

  test.each([
    ['commitment', 'x-amz-d'],
    ['message id', 'x-amz-i'],
  ])('opens with no bit of its %s flipped', async (_, name) => {
    expect(await codesOf(scene, flips(scene, name))).toEqual(refused);
  });
});

const underKms: FormName[] = ['V3', 'V3, file, shared context', 'V2', 'V2, kms'];

test.each(underKms)('the envelope "%s" opens with no bit of its data key flipped', async (form) => {
  const scene = await sealScene(form, contentBytes);
  const codes = await codesOf(scene, flips(scene, nameOf('dataKey', scene)));
  // What KMS wraps names its key.
  expect(codes).toEqual(['AUTHENTICATION_FAILED', 'KEY_MISMATCH']);
});

test.each(formsLike(/raw|AESWrap/))(
  'the envelope "%s" opens with no bit of its data key flipped',
  async (form) => {
    const scene = await sealScene(form, contentBytes);
    expect(await codesOf(scene, flips(scene, nameOf('dataKey', scene)))).toEqual(refused);
  },
);

test.each(formsLike(/raw|AESWrap/))(
  'the envelope "%s" opens with its data key cut to no length',
  async (form) => {
    const scene = await sealScene(form, contentBytes);
    const name = nameOf('dataKey', scene);
    const { length } = bytesOf(scene.mine, name);
    const cut = upTo(length - 1).map((less) => altered(name, (bytes) => bytes.subarray(0, less + 1))(scene));
    expect(await codesOf(scene, cut)).toEqual(refused);
  },
);

test.each(['V2', 'V2, kms', 'V2, raw AES'] as const)(
  'the envelope "%s" opens with no bit of its IV flipped',
  async (form) => {
    const scene = await sealScene(form, contentBytes);
    expect(await codesOf(scene, flips(scene, 'x-amz-iv'))).toEqual(refused);
  },
);

test.each(formsLike(/^V[23]((, file)?|, shared context)$/))(
  'the envelope "%s" opens with no bit of its context flipped',
  async (form) => {
    const scene = await sealScene(form, contentBytes);
    const name = nameOf('context', scene);
    const json = Buffer.from(entryOf(scene.mine, name));
    const flipped = upTo(json.length * 8).map((bit) =>
      set({ [name]: withBit(json, bit).toString('latin1') })(scene),
    );
    const codes = await codesOf(scene, flipped);
    expect(codes).not.toContain('opened');
    expect(codes).toEqual(['CONTEXT_MISMATCH', 'ENVELOPE_MALFORMED']);
  },
);
