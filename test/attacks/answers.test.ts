import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetObjectCommand, HeadObjectCommand, type GetObjectCommandInput } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { S3EncryptionClientOptions } from '../../aws/encryption/settings.ts';
import { openToBuffer } from '../../operations/open-object.ts';
import { failureOf, isWiped, thrownBy } from '../support/bytes.ts';
import { altering, answeringWith, cuttingTheBody, type Fault } from '../support/fake-s3/faults.ts';
import type { FakeS3 } from '../support/fake-s3.ts';
import { MemoryObjectStore } from '../support/memory-object-store.ts';
import { handedOut, myKey, sceneOf } from './forms.ts';
import { clientOver, forge, outcomeOf, placeInS3, readBody, type Forged } from './openers.ts';
import { onObject, type Scene } from './scene.ts';

// A store that answers something else than what it holds, or something else than what was asked for.

let folder = '';
let scene: Scene;
let forged: Forged;
let s3: FakeS3;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sealdrop-attack-'));
  scene = await sceneOf('V3');
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  forged = forge(scene, {});
  s3 = placeInS3(forged);
  handedOut.length = 0;
});

const request = { Bucket: 'sealed', Key: myKey };

function get(options: Partial<S3EncryptionClientOptions> = {}, input: Partial<GetObjectCommandInput> = {}) {
  return outcomeOf(async (release) => {
    const answer = await clientOver(s3, forged.reader, options).send(
      new GetObjectCommand({ ...request, ...input }),
    );
    await readBody(answer.Body, release);
  });
}

const download = (): Promise<unknown> =>
  thrownBy(() => clientOver(s3, forged.reader).downloadToFile(request, join(folder, 'opened')));

function expectNothingLeft(): void {
  expect(readdirSync(folder)).toEqual([]);
  expect(handedOut.every(isWiped)).toBe(true);
}

/** The whole object in the form of a part. */
const asRange = (contentRange: string, first = 0, end = Infinity): Fault =>
  altering((answer) => ({
    status: 206,
    headers: { ...answer.headers, 'content-range': contentRange },
    body: answer.body.subarray(first, end),
  }));

describe('a store that answers for a whole object', () => {
  test.each([
    ['with a part of it', asRange('bytes 0-1015/2516', 0, 1016), 'SERVICE_FAILED'],
    ['with a length of less than a tag', answeringWith({ 'content-length': '15' }), 'AUTHENTICATION_FAILED'],
    ['with no length', answeringWith({ 'content-length': undefined }), 'AUTHENTICATION_FAILED'],
  ])('%s is found out before a data key is asked for', async (_, fault, code) => {
    for (const options of [{}, { delayedAuthentication: true }]) {
      s3.plan('GetObject', fault);
      const calls = scene.kms.calls.length;
      const { error, released } = await get(options);
      expect(error).toMatchObject({ code });
      expect(released).toHaveLength(0);
      expect(scene.kms.calls).toHaveLength(calls);
    }
    s3.plan('GetObject', fault);
    expect(await download()).toMatchObject({ code });
    expectNothingLeft();
  });

  test('with a length that fits the buffer, and more bytes, fills no memory', async () => {
    s3.plan('GetObject', answeringWith({ 'content-length': '100' }));
    const { error, released } = await get({ bufferLimitBytes: 1000 });
    expect(error).toMatchObject({ code: 'BUFFER_LIMIT_EXCEEDED' });
    expect(released).toHaveLength(0);
    expectNothingLeft();
  });

  test('with more bytes than the buffer holds is not read, and its body is closed', async () => {
    const { error, released } = await get({ bufferLimitBytes: 1000 });
    expect(error).toMatchObject({ code: 'BUFFER_LIMIT_EXCEEDED' });
    expect(released).toHaveLength(0);
    expect(s3.bodies.map(({ destroyed }) => destroyed)).toEqual([true]);
    expectNothingLeft();
  });

  test.each([0, 1, 1000, 2500, 2515])(
    'with a body that breaks off after %i bytes releases nothing',
    async (at) => {
      s3.plan('GetObject', cuttingTheBody(at));
      const { error, released } = await get();
      expect(error).toMatchObject({ code: 'ECONNRESET' });
      expect(released).toHaveLength(0);
      s3.plan('GetObject', cuttingTheBody(at));
      expect(await download()).toMatchObject({ code: 'ECONNRESET' });
      s3.plan('GetObject', cuttingTheBody(at));
      expect((await get({ delayedAuthentication: true })).error).toMatchObject({ code: 'ECONNRESET' });
      expectNothingLeft();
    },
  );

  test.each([0, 15, 16, 1000, 2499, 2500, 2515])(
    'with a body that ends after %i bytes releases nothing',
    async (at) => {
      const ending = altering((answer) => ({ ...answer, body: answer.body.subarray(0, at) }));
      s3.plan('GetObject', ending);
      const { error, released } = await get();
      expect(error).toMatchObject({ code: 'AUTHENTICATION_FAILED' });
      expect(released).toHaveLength(0);
      s3.plan('GetObject', ending);
      expect(await download()).toMatchObject({ code: 'AUTHENTICATION_FAILED' });
      s3.plan('GetObject', ending);
      expect((await get({ delayedAuthentication: true })).error).toMatchObject({
        code: 'AUTHENTICATION_FAILED',
      });
      expectNothingLeft();
    },
  );
});

describe('a store that answers for a range', () => {
  test.each([
    ['with another one', asRange('bytes 48-95/2516', 48, 96), 'SERVICE_FAILED'],
    ['with a shorter one', asRange('bytes 0-31/2516', 0, 32), 'SERVICE_FAILED'],
    ['with one that begins later', asRange('bytes 16-47/2516', 16, 48), 'SERVICE_FAILED'],
    ['with the whole object', answeringWith({ 'content-range': undefined }), 'SERVICE_FAILED'],
    ['with no total', answeringWith({ 'content-range': 'bytes 0-47/*' }), 'SERVICE_FAILED'],
    ['with a total before its end', answeringWith({ 'content-range': 'bytes 0-47/15' }), 'SERVICE_FAILED'],
    ['with a total of less than a tag', asRange('bytes 0-14/15', 0, 15), 'AUTHENTICATION_FAILED'],
    ['with a total of a tag', asRange('bytes 0-15/16', 0, 16), 'RANGE_INVALID'],
    [
      'with the right one and fewer bytes',
      altering((answer) => ({ ...answer, body: answer.body.subarray(0, 20) })),
      'AUTHENTICATION_FAILED',
    ],
  ])('%s is found out', async (_, fault, code) => {
    s3.plan('GetObject', fault);
    const { error } = await get({ unauthenticatedRanges: true }, { Range: 'bytes=5-40' });
    expect(error).toMatchObject({ code });
    expectNothingLeft();
  });

  test('with one beyond the longest content is found out', async () => {
    const total = 2 ** 36 + 64;
    s3.plan('GetObject', asRange(`bytes ${total - 64}-${total - 1}/${total}`, 0, 64));
    const { error } = await get({ unauthenticatedRanges: true }, { Range: 'bytes=-5' });
    expect(error).toMatchObject({ code: 'AUTHENTICATION_FAILED' });
    expectNothingLeft();
  });
});

describe('what cannot be verified has to be asked for:', () => {
  test.each([
    ['a range', {}, { Range: 'bytes=0-9' }, 'RANGES_DISABLED'],
    [
      'a range with delayed authentication',
      { delayedAuthentication: true },
      { Range: 'bytes=0-9' },
      'RANGES_DISABLED',
    ],
    ['several ranges', { unauthenticatedRanges: true }, { Range: 'bytes=0-1,4-5' }, 'RANGE_INVALID'],
    ['one part', { unauthenticatedRanges: true }, { PartNumber: 1 }, 'REQUEST_UNSUPPORTED'],
  ])('%s', async (_, options, input, code) => {
    const { error } = await get(options, input);
    expect(error).toMatchObject({ code });
    expect(s3.requests).toEqual([]);
  });

  test('a range to a file cannot be', async () => {
    const client = clientOver(s3, forged.reader, { unauthenticatedRanges: true });
    const path = join(folder, 'opened');
    const error = await failureOf(() => client.downloadToFile({ ...request, Range: 'bytes=0-9' }, path));
    expect(error.code).toBe('REQUEST_UNSUPPORTED');
    expect(s3.requests).toEqual([]);
    expectNothingLeft();
  });
});

test('a stream with delayed authentication ends with an error after the last byte', async () => {
  forged = forge(scene, { sealed: Buffer.concat([scene.mine.sealed.subarray(0, -1), Buffer.of(0, 0)]) });
  s3 = placeInS3(forged);
  const { error, released } = await get({ delayedAuthentication: true });
  expect(error).toMatchObject({ code: 'AUTHENTICATION_FAILED' });
  expect(released.subarray(0, 2500)).toEqual(scene.plaintext);
});

test('an instruction file that says that it is short, and is not, fills no memory', async () => {
  const inFile = await sceneOf('V3, file');
  forged = forge(inFile, { file: Buffer.from(JSON.stringify(inFile.mine.file) + ' '.repeat(100_000)) });
  s3 = placeInS3(forged);
  s3.plan('GetObject', answeringWith({ 'content-length': '300' }), 1);
  expect((await get()).error).toMatchObject({ code: 'ENVELOPE_MALFORMED' });
});

test.each([
  [true, 'opens as what it was'],
  [false, 'does not open'],
])(
  'an object that is replaced between its metadata and its content, versioned: %s, %s',
  async (versioned) => {
    const store = new MemoryObjectStore({ versioned });
    const address = store.put('sealed', myKey, scene.mine.sealed, { metadata: scene.mine.metadata });
    store.before('read', () => {
      store.put('sealed', myKey, scene.other.sealed, { metadata: scene.mine.metadata });
    });
    const { keyring, vault } = forged.reader;
    const opening = openToBuffer(address, { store, keyring, vault });
    if (versioned) expect((await opening).content).toEqual(scene.plaintext);
    else expect((await failureOf(() => opening)).code).toBe('OBJECT_CHANGED');
    expectNothingLeft();
  },
);

test.each([
  ['names of several versions', onObject({ 'x-amz-key-v2': 'AAAA' }), 'ENVELOPE_MALFORMED'],
  ['a content shorter than its tag', () => ({ sealed: Buffer.alloc(15) }), 'AUTHENTICATION_FAILED'],
] as const)('HeadObject tells no length of an object with %s', async (_, attack, code) => {
  forged = forge(scene, attack(scene));
  const client = clientOver(placeInS3(forged), forged.reader);
  expect((await failureOf(() => client.send(new HeadObjectCommand(request)))).code).toBe(code);
});
