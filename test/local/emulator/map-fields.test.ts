import { beforeAll, describe, expect, test } from '@jest/globals';
import { gzipSync } from 'node:zlib';
import { rewrapStack } from './rewrap-stack.ts';
import {
  mapOf,
  outputOf,
  StatesWorld,
  type Execution,
  type Exported,
  type Manifest,
} from './states-world.ts';

const world = new StatesWorld();
let stack: Record<string, string>;
beforeAll(async () => {
  stack = await world.deploy(rewrapStack);
});

const output = (name: string): string => stack[`${name}Output`] ?? '';
const getObject = (Key: string, ReaderConfig: object): object => ({
  ItemReader: {
    Resource: 'arn:aws:states:::s3:getObject',
    Parameters: { Bucket: output('Data'), Key },
    ReaderConfig,
  },
});
const runMap = async (more: object, states?: Record<string, object>, role = 'Able'): Promise<Execution> =>
  world.run(await world.machine(output(role), { Map: mapOf(more, states) }));

describe('ItemReader', () => {
  test('lists every page, with what S3 says of each object', async () => {
    const named = Array.from({ length: 1_001 }, (_, index) => `pages/${String(index).padStart(4, '0')}`);
    for (let start = 0; start < named.length; start += 100) {
      await Promise.all(
        named.slice(start, start + 100).map((key) => world.put(output('Data'), key, '12345')),
      );
    }
    const reader = {
      Resource: 'arn:aws:states:::s3:listObjectsV2',
      Parameters: { Bucket: output('Data'), Prefix: 'pages/' },
    };
    const ItemBatcher = { MaxItemsPerBatch: 500 };
    const batches = outputOf(await runMap({ ItemReader: reader, ItemBatcher })) as { Items: object[] }[];
    const items = batches.flatMap(({ Items }) => Items);
    expect(items).toHaveLength(1_001);
    expect(items[1_000]).toEqual({
      Etag: '"827ccb0eea8a706c4c34a16891f84e7b"',
      Key: 'pages/1000',
      LastModified: expect.any(Number),
      Size: 5,
      StorageClass: 'STANDARD',
    });
  });

  test('keeps keys as they are', async () => {
    const named = [`odd/a+b c%20"'&<>.txt`, 'odd/Grüße 世界'];
    await Promise.all(named.map((key) => world.put(output('Data'), key, key)));
    const reader = {
      Resource: 'arn:aws:states:::s3:listObjectsV2',
      Parameters: { Bucket: output('Data'), Prefix: 'odd/' },
    };
    const items = outputOf(await runMap({ ItemReader: reader })) as { Key: string }[];
    expect(items.map(({ Key }) => Key).sort()).toEqual([...named].sort());
  });

  test('reads an S3 Inventory through its manifest', async () => {
    await world.put(
      output('Data'),
      'inventory/1.csv.gz',
      gzipSync('"data","a+b.txt","v1","10"\n"data","c.txt","v2","20"\n'),
    );
    const manifest = {
      sourceBucket: 'data',
      destinationBucket: `arn:aws:s3:::${output('Data')}`,
      version: '2016-11-30',
      fileFormat: 'CSV',
      fileSchema: 'Bucket, Key, VersionId, Size',
      files: [{ key: 'inventory/1.csv.gz', size: 2, MD5checksum: '' }],
    };
    await world.put(output('Data'), 'inventory/manifest.json', JSON.stringify(manifest));
    const ran = await runMap(getObject('inventory/manifest.json', { InputType: 'MANIFEST' }));
    expect(outputOf(ran)).toEqual([
      { Bucket: 'data', Key: 'a+b.txt', VersionId: 'v1', Size: '10' },
      { Bucket: 'data', Key: 'c.txt', VersionId: 'v2', Size: '20' },
    ]);
  });

  test.each([
    ['JSON', '[{"a":"1"},{"a":"2"},{"a":"3"}]', {}],
    ['JSONL', '{"a":"1"}\n{"a":"2"}\n{"a":"3"}\n', {}],
    ['CSV', 'a\n1\n2\n3\n', { CSVHeaderLocation: 'FIRST_ROW' }],
  ])('reads %s, up to MaxItems', async (InputType, content, more) => {
    await world.put(output('Data'), `files/${InputType}`, content);
    const ran = await runMap(getObject(`files/${InputType}`, { InputType, MaxItems: 2, ...more }));
    expect(outputOf(ran)).toEqual([{ a: '1' }, { a: '2' }]);
  });

  test("fails where the machine's role may not read", async () => {
    expect(await runMap(getObject('files/JSON', { InputType: 'JSON' }), undefined, 'Unable')).toMatchObject({
      status: 'FAILED',
      error: 'States.ItemReaderFailed',
      cause: expect.stringContaining('is not authorized to perform: s3:GetObject'),
    });
  });
});

test('a batch ends where its bytes do, and takes the limits from the input', async () => {
  const stateMachineArn = await world.machine(output('Able'), {
    Map: mapOf({
      ItemsPath: '$.items',
      ItemBatcher: { MaxItemsPerBatchPath: '$.most', MaxInputBytesPerBatch: 40 },
    }),
  });
  const input = { most: 3, items: ['a', 'b', 'c', 'd', 'a name of twenty bytes', 'e'] };
  expect(outputOf(await world.run(stateMachineArn, input))).toEqual([
    { Items: ['a', 'b', 'c'] },
    { Items: ['d', 'a name of twenty bytes'] },
    { Items: ['e'] },
  ]);
});

test.each([
  ['COMPACT', 'JSON', '[[1,2],[1,2]]'],
  ['FLATTEN', 'JSON', '[1,2,1,2]'],
  ['FLATTEN', 'JSONL', '1\n2\n1\n2'],
])('ResultWriter writes %s as %s', async (Transformation, OutputType, content) => {
  const stateMachineArn = await world.machine(output('Able'), {
    Map: mapOf(
      {
        ResultWriter: {
          Resource: 'arn:aws:states:::s3:putObject',
          Parameters: { Bucket: output('Results'), Prefix: 'forms' },
          WriterConfig: { Transformation, OutputType },
        },
      },
      { Answer: { Type: 'Pass', Result: [1, 2], End: true } },
    ),
  });
  const { ResultWriterDetails: written } = outputOf(await world.run(stateMachineArn, ['a', 'b'])) as Exported;
  const manifest = JSON.parse(await world.read(written.Bucket, written.Key)) as Manifest;
  expect(await world.read(written.Bucket, manifest.ResultFiles.SUCCEEDED[0]?.Key ?? '')).toBe(content);
});
