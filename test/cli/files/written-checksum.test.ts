import { expect, test } from '@jest/globals';
import { treePaths } from '../../../cli/files/key-paths.ts';
import { SealedFiles } from '../../../cli/files/sealed-files.ts';
import { tellingWrittenChecksum } from '../../../cli/files/written-checksum.ts';
import { crc32Of } from '../../../operations/crc32.ts';
import { gather, inChunks, thrownBy } from '../../support/bytes.ts';
import { broken, objectOf, Scene, textOf } from './scene.ts';

const scene = new Scene();
const at = (key: string) => ({ bucket: '', key });
const opened = () => tellingWrittenChecksum(new SealedFiles({ paths: treePaths(scene.root, '') }));

async function checksumOf(text: string): Promise<string> {
  const passed = crc32Of(inChunks(Buffer.from(text)));
  await gather(passed.body);
  return passed.base64();
}

test('what was written is told with its checksum, and nothing else is', async () => {
  const store = opened();
  scene.file('b', 'other');
  await store.write(objectOf('a', 'content', { metadata: { 'x-amz-c': '115' } }));
  expect((await store.head(at('a'))).crc32).toBe(await checksumOf('content'));
  expect((await store.head(at('b'))).crc32).toBeUndefined();
});

test('what could not be written has none', async () => {
  const store = opened();
  scene.file('a', 'earlier');
  await thrownBy(() => store.write(objectOf('a', '', { body: broken() })));
  expect((await store.head(at('a'))).crc32).toBeUndefined();
});

test('all else is as the store has it', async () => {
  const store = opened();
  await store.write(objectOf('a', 'content', { metadata: { 'x-amz-c': '115' } }));
  expect(await textOf((await store.get(at('a'))).content)).toBe('content');
  expect(await store.tags(at('a'))).toEqual({});
  const object = await store.head(at('a'));
  await store.copy(object, {
    address: at('a'),
    metadata: { 'x-amz-c': '1' },
    condition: { etag: object.etag },
  });
  const listed: string[] = [];
  for await (const { key } of store.list('', '')) listed.push(key);
  expect([listed, (await store.head(at('a'))).metadata]).toEqual([['a'], { 'x-amz-c': '1' }]);
});
