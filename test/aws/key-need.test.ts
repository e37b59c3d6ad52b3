import { KMSClient, ReEncryptCommand } from '@aws-sdk/client-kms';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { keyNeedOf, type KeyNeed } from '../../aws/key-need.ts';
import { SealdropError, type Metadata } from '../../envelope/index.ts';
import { RequestPace } from '../../operations/request-pace.ts';
import { failureOf } from '../support/bytes.ts';
import { MemoryObjectStore } from '../support/memory-object-store.ts';

const client = new KMSClient({ region: 'eu-west-1' });
const mock = mockClient(client as unknown as Parameters<typeof mockClient>[0]);
const pace = new RequestPace({ perSecond: 100_000 });

/** KMS, by the words in the place of the encrypted data keys. */
const exceptions: Readonly<Record<string, string>> = {
  ours: 'DryRunOperationException',
  theirs: 'IncorrectKeyException',
  none: 'InvalidCiphertextException',
};

let store = new MemoryObjectStore();

beforeEach(() => {
  store = new MemoryObjectStore();
  mock.reset();
  mock.on(ReEncryptCommand).callsFake(({ CiphertextBlob }: { CiphertextBlob: Uint8Array }) => {
    throw Object.assign(new Error('no'), { name: exceptions[Buffer.from(CiphertextBlob).toString()] });
  });
});

const base64 = (word: string): string => Buffer.from(word).toString('base64');

function needOf(
  metadata: Metadata,
  { content = 'content', key = 'a', facts = {}, suffix = undefined as string | undefined } = {},
): ReturnType<typeof keyNeedOf> {
  const address = store.put('bucket', key, Buffer.from(content), { metadata, facts });
  const instructionFileSuffixes = suffix === undefined ? [] : [suffix];
  return keyNeedOf(address, { store, client, keyArn: 'arn:1', pace, instructionFileSuffixes });
}

const mark = { 'x-amz-crypto-instr-file': '' };
const file = (word: string): string => JSON.stringify({ 'x-amz-3': base64(word), 'x-amz-t': '{}' });

describe('a version', () => {
  test.each<[string, Metadata, KeyNeed]>([
    ['whose data key it wraps', { 'x-amz-3': base64('ours'), 'x-amz-t': '{}' }, 'needed'],
    ['that says that another key wraps', { 'x-amz-3': base64('ours'), 'sealdrop-key': 'arn:2' }, 'needed'],
    ['whose data key another key wraps', { 'x-amz-3': base64('theirs') }, 'not-needed'],
    ['that says that it wraps', { 'x-amz-3': base64('theirs'), 'sealdrop-key': 'arn:1' }, 'not-needed'],
    ['of V2', { 'x-amz-key-v2': base64('ours'), 'x-amz-matdesc': '{}' }, 'needed'],
    ['with two data keys', { 'x-amz-3': base64('theirs'), 'x-amz-key-v2': base64('ours') }, 'needed'],
    [
      'with one that nobody knows',
      { 'x-amz-3': base64('theirs'), 'x-amz-key-v2': base64('none') },
      'unclear',
    ],
    ['that KMS does not know', { 'x-amz-3': base64('none') }, 'unclear'],
    ['that is malformed', { 'x-amz-3': '!' }, 'unclear'],
    ['that is not sealed', { author: 'someone' }, 'no-data-key'],
    ['whose data key is nowhere', { 'x-amz-c': '115', 'x-amz-d': '', 'x-amz-i': '' }, 'unclear'],
    ['of V2 whose data key is nowhere', { 'x-amz-iv': '' }, 'unclear'],
  ])('%s', async (_, metadata, need) => {
    expect(await needOf(metadata)).toEqual({ need, isArchived: false });
  });

  test('with metadata that S3 cannot show is unclear', async () => {
    expect((await needOf({}, { facts: { hiddenEntries: 1 } })).need).toBe('unclear');
  });

  test('that is archived is asked about, too', async () => {
    const metadata = { 'x-amz-3': base64('ours') };
    expect(await needOf(metadata, { facts: { isArchived: true } })).toEqual({
      need: 'needed',
      isArchived: true,
    });
    expect(store.countOf('read')).toBe(0);
  });

  test('that is not sealed takes no request to KMS, and is not read', async () => {
    await needOf({});
    expect([mock.calls().length, store.countOf('get')]).toEqual([0, 0]);
  });
});

describe('a version whose data key must be in a file', () => {
  const content = { 'x-amz-c': '115', 'x-amz-d': '', 'x-amz-i': '' };
  const putFile = (key: string, text: string) => store.put('bucket', key, Buffer.from(text));

  test.each<[string, string, string, string | undefined, KeyNeed]>([
    ['that is there', 'a.instruction', file('ours'), undefined, 'no-data-key'],
    ['that is there under a name that the user told', 'a.key', file('ours'), '.key', 'no-data-key'],
    ['that is there under a name that nobody told', 'a.key', file('ours'), undefined, 'unclear'],
    ['of another object', 'ab.instruction', file('ours'), undefined, 'unclear'],
    ['that cannot be read', 'a.instruction', '{"x-amz-3":{}}', undefined, 'unclear'],
    ['that holds no data key', 'a.instruction', '{}', undefined, 'unclear'],
  ])('%s', async (_, key, text, suffix, need) => {
    putFile(key, text);
    expect((await needOf(content, { suffix })).need).toBe(need);
  });

  test('that is hidden by now, in the version that it records', async () => {
    const { versionId = '' } = putFile('a.instruction', file('ours'));
    await store.hide(await store.head({ bucket: 'bucket', key: 'a.instruction' }));
    expect((await needOf(content)).need).toBe('unclear');
    const recorded = { ...content, 'sealdrop-instruction-version': versionId };
    expect((await needOf(recorded)).need).toBe('no-data-key');
  });

  test('has none where its key leaves no room for one', async () => {
    expect((await needOf(content, { key: 'k'.repeat(1020) })).need).toBe('unclear');
  });

  test("that may not be looked at is nobody's guess", async () => {
    store.before('get', () => {
      throw new SealdropError('ACCESS_DENIED', 'no');
    });
    expect((await failureOf(() => needOf(content))).code).toBe('ACCESS_DENIED');
  });
});

describe('an instruction file', () => {
  test.each<[string, Metadata, string, string, KeyNeed]>([
    ['that is marked', mark, 'a.other', file('ours'), 'needed'],
    ['of another key', mark, 'a.other', file('theirs'), 'not-needed'],
    ['that is marked and malformed', mark, 'a.other', 'no JSON', 'unclear'],
    ['that is marked and holds no data key', mark, 'a.other', '{}', 'no-data-key'],
    ['that is known by its name alone', {}, 'a.instruction', file('ours'), 'needed'],
    [
      'that has the name, and numbers in it',
      {},
      'a.instruction',
      JSON.stringify({ 'x-amz-key-v2': base64('ours'), 'x-amz-tag-len': 128, 'x-amz-matdesc': '{}' }),
      'needed',
    ],
    ['that has the name and is broken off', {}, 'a.instruction', file('ours').slice(0, -1), 'unclear'],
    ['that has the name and is deeper', {}, 'a.instruction', `{"a":${file('ours')}}`, 'unclear'],
    ['that has the name and no base64', {}, 'a.instruction', '{"X-Amz-Key":"!"}', 'unclear'],
    ['that has the name, of V1', {}, 'a.instruction', '{"x-amz-key":1,"b":{}}', 'unclear'],
    ['that has the name and escapes', {}, 'a.instruction', '{"x\\u002damz-3":[]}', 'unclear'],
    ['that has the name, and is JSON of others', {}, 'a.instruction', '{"a":[{}]}', 'no-data-key'],
    ['that has the name and is none', {}, 'a.instruction', 'anything', 'no-data-key'],
    ['that has the name and is too long', {}, 'a.instruction', 'x'.repeat(70_000), 'no-data-key'],
    ['that is marked and too long', mark, 'a.instruction', 'x'.repeat(70_000), 'unclear'],
    [
      'with a data key in its own metadata',
      { ...mark, 'x-amz-3': base64('ours') },
      'a',
      file('theirs'),
      'needed',
    ],
  ])('%s', async (_, metadata, key, content, need) => {
    expect((await needOf(metadata, { key, content })).need).toBe(need);
  });

  test('may have a name that the user told', async () => {
    expect((await needOf({}, { key: 'a.key', content: file('ours'), suffix: '.key' })).need).toBe('needed');
  });

  test('that is archived cannot be looked at', async () => {
    const failure = await failureOf(() =>
      needOf(mark, { content: file('ours'), facts: { isArchived: true } }),
    );
    expect(failure.code).toBe('OBJECT_ARCHIVED');
  });
});
