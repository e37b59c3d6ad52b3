import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openToFile } from '../../operations/open-object.ts';
import { failureOf, withFlippedBit } from '../support/bytes.ts';
import { authenticatedForms, formsLike, myKey, sceneOf, sealScene } from './forms.ts';
import { forge, placeInS3, placeInStore, rangeOpener, clientOver, wholeOpeners } from './openers.ts';
import { body, edited, entryOf, set, type Forgery, type Scene } from './scene.ts';

// What the format cannot detect. Each test says so of something that a reader has to ask for, or to know.

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sealdrop-attack-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

async function openedBy(scene: Scene, forgery: Forgery): Promise<Buffer> {
  const { error, released } = (await wholeOpeners['GetObject']?.(forge(scene, forgery), folder)) ?? {};
  if (released === undefined || error !== undefined) throw new Error('it did not open', { cause: error });
  return released;
}

async function rangeOf(scene: Scene, forgery: Forgery): Promise<string> {
  const { error, released } = await rangeOpener(forge(scene, forgery), folder);
  if (error !== undefined) throw new Error('it did not open', { cause: error });
  return released.toString('hex');
}

describe.each(authenticatedForms)('a range of "%s" is not verified:', (form) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await sceneOf(form);
  });
  const wanted = (): Buffer => scene.plaintext.subarray(5, 41);

  test('a flipped bit comes out flipped', async () => {
    const expected = withFlippedBit(wanted(), 12).toString('hex');
    expect(await rangeOf(scene, body((sealed) => withFlippedBit(sealed, 17))(scene))).toBe(expected);
  });

  test('an altered tag is not looked at', async () => {
    const expected = wanted().toString('hex');
    expect(await rangeOf(scene, body((sealed) => withFlippedBit(sealed, -1))(scene))).toBe(expected);
  });

  test('a content that was cut is not noticed before its end', async () => {
    const expected = wanted().toString('hex');
    expect(await rangeOf(scene, body((sealed) => sealed.subarray(0, 500))(scene))).toBe(expected);
  });
});

describe.each(formsLike(/CBC/))('the content of "%s" is not verified:', (form) => {
  test('a flipped bit destroys a block and comes out flipped in the next', async () => {
    const scene = await sceneOf(form);
    const opened = await openedBy(scene, body((sealed) => withFlippedBit(sealed, 16))(scene));
    expect(opened.subarray(0, 16)).toEqual(scene.plaintext.subarray(0, 16));
    expect(opened.subarray(16, 32)).not.toEqual(scene.plaintext.subarray(16, 32));
    expect(opened.subarray(32)).toEqual(withFlippedBit(scene.plaintext.subarray(32), 0));
  });

  test('a bit flipped in the IV comes out flipped', async () => {
    const scene = await sceneOf(form);
    const iv = Buffer.from(entryOf(scene.mine, 'x-amz-iv'), 'base64');
    const flipped = { 'x-amz-iv': withFlippedBit(iv, 0).toString('base64') };
    expect(await openedBy(scene, set(flipped)(scene))).toEqual(withFlippedBit(scene.plaintext, 0));
  });
});

const unbound = formsLike(/shared|raw|AESWrap|RSA|kms|V1/);

test.each(unbound)('another object opens in the place of "%s": nothing binds it to its key', async (form) => {
  const scene = await sceneOf(form);
  const opened = await openedBy(scene, { file: undefined, ...scene.other });
  expect(opened).toHaveLength(scene.plaintext.length);
  expect(opened).not.toEqual(scene.plaintext);
});

test('an earlier version opens in the place of a later one: nothing binds it to its time', async () => {
  const [earlier, later] = [await sealScene('V3', 100), await sealScene('V3', 200)];
  expect(await openedBy(later, earlier.mine)).toEqual(earlier.plaintext);
});

test.each(['V3', 'V2'] as const)(
  'the user\'s own metadata and our records of "%s" are not verified',
  async (form) => {
    const scene = await sceneOf(form);
    const metadata = edited(scene.mine.metadata, { title: 'forged', 'sealdrop-key': 'forged' });
    expect(await openedBy(scene, { metadata })).toEqual(scene.plaintext);
  },
);

test('the description of a raw key is not verified', async () => {
  const scene = await sceneOf('V3, raw AES');
  expect(await openedBy(scene, set({ 'x-amz-m': '{"key":"forged"}' })(scene))).toEqual(scene.plaintext);
});

test('an instruction file beside an object that has its envelope itself is not read', async () => {
  const scene = await sceneOf('V3');
  expect(await openedBy(scene, { file: Buffer.from('noise') })).toEqual(scene.plaintext);
});

describe('a file that is to be replaced', () => {
  const path = (): string => join(folder, 'there');
  const damaged = async (): Promise<ReturnType<typeof forge>> => {
    const scene = await sceneOf('V3');
    return forge(scene, body((sealed) => withFlippedBit(sealed, -1))(scene));
  };

  test('stays as it is where the object does not open: openToFile', async () => {
    writeFileSync(path(), 'before');
    const forged = await damaged();
    const { keyring, vault } = forged.reader;
    const options = { store: placeInStore(forged), keyring, vault };
    await failureOf(() => openToFile({ bucket: 'sealed', key: myKey }, path(), options, true));
    expect(readFileSync(path(), 'utf8')).toBe('before');
    expect(readdirSync(folder)).toEqual(['there']);
  });

  test('stays as it is where the object does not open: downloadToFile', async () => {
    writeFileSync(path(), 'before');
    const forged = await damaged();
    const client = clientOver(placeInS3(forged), forged.reader);
    const request = { Bucket: 'sealed', Key: myKey };
    await failureOf(() => client.downloadToFile(request, path(), { overwrite: true }));
    expect(readFileSync(path(), 'utf8')).toBe('before');
    expect(readdirSync(folder)).toEqual(['there']);
  });
});
