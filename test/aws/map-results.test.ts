import { describe, expect, test } from '@jest/globals';
import { readMapResults, type MapResult } from '../../aws/map-results.ts';
import { thrownBy } from '../support/bytes.ts';
import { MemoryObjectStore } from '../support/memory-object-store.ts';

const place = { bucket: 'reports', prefix: 'runs/1/' };

async function resultsOf(files: Record<string, string | Buffer>, chunkBytes = 1000): Promise<MapResult[]> {
  const store = new MemoryObjectStore();
  store.chunkBytes = chunkBytes;
  for (const [name, content] of Object.entries(files)) store.put('reports', name, Buffer.from(content));
  const results: MapResult[] = [];
  for await (const result of readMapResults(store, place)) results.push(result);
  return results;
}

const inputOf = (...keys: string[]) =>
  JSON.stringify({ Items: keys.map((Key) => ({ Key })), BatchInput: {} });
const causeOf = (errorMessage: string) =>
  JSON.stringify({ errorType: 'Error', errorMessage, trace: ['at x'] });

describe('the results of a distributed map', () => {
  const report = { counts: { rewrapped: 2 }, note: 'größe 📦' };
  const whole = [
    { ExecutionArn: 'arn:1', Status: 'SUCCEEDED', Input: inputOf('a', 'b'), Output: JSON.stringify(report) },
    { ExecutionArn: 'arn:2', Status: 'SUCCEEDED', Input: inputOf('c'), Output: '{}' },
  ];

  test.each([
    ['one value a line', `${whole.map((each) => JSON.stringify(each)).join('\n')}\n`, 'jsonl'],
    ['one value a line, the last line open', whole.map((each) => JSON.stringify(each)).join('\n'), 'jsonl'],
    ['one array', JSON.stringify(whole), 'json'],
    ['empty lines between', whole.map((each) => JSON.stringify(each)).join('\n\n \r\n'), 'jsonl'],
  ])('are read from %s, however it is cut into chunks', async (_, content, extension) => {
    for (const chunkBytes of [1, 2, 3, 7, 64, 100_000]) {
      const file = `runs/1/arn/SUCCEEDED_0.${extension}`;
      expect(await resultsOf({ [file]: content }, chunkBytes)).toEqual([
        { status: 'SUCCEEDED', output: report, items: 2 },
        { status: 'SUCCEEDED', output: {}, items: 1 },
      ]);
    }
  });

  test('are what the children answered, and nothing else, where the transformation is COMPACT', async () => {
    const content = `${JSON.stringify(report)}\n${JSON.stringify({ left: [] })}\n`;
    expect(await resultsOf({ 'runs/1/SUCCEEDED_0.jsonl': content })).toEqual([
      { status: 'SUCCEEDED', output: report, items: 0 },
      { status: 'SUCCEEDED', output: { left: [] }, items: 0 },
    ]);
    expect(await resultsOf({ 'runs/1/SUCCEEDED_0.json': JSON.stringify([report, null]) })).toEqual([
      { status: 'SUCCEEDED', output: report, items: 0 },
      { status: 'SUCCEEDED', output: null, items: 0 },
    ]);
  });

  test('of children that failed are what their errors carry, with the number of their items', async () => {
    const records = [
      {
        Status: 'FAILED',
        Input: inputOf('a', 'b', 'c'),
        Error: 'Error',
        Cause: causeOf(JSON.stringify(report)),
      },
      { Status: 'FAILED', Input: inputOf('d'), Error: 'Error', Cause: causeOf('out of memory') },
      { Status: 'FAILED', Input: inputOf('e'), Error: 'States.Timeout' },
      { Status: 'FAILED', Input: inputOf('f'), Cause: causeOf(JSON.stringify(report)).slice(0, 40) },
      { Status: 'FAILED', Input: inputOf('g'), Cause: 'The function could not be started' },
      { Status: 'FAILED', Input: '{"Items":[{"Ke', Cause: '{}' },
      { Status: 'FAILED', Cause: 'null' },
    ];
    const content = records.map((each) => JSON.stringify(each)).join('\n');
    const results = await resultsOf({ 'runs/1/FAILED_0.jsonl': content });
    expect(results.map(({ items }) => items)).toEqual([3, 1, 1, 1, 1, 0, 0]);
    expect(results.map(({ output }) => output)).toEqual([report, ...Array<undefined>(6).fill(undefined)]);
    expect(new Set(results.map(({ status }) => status))).toEqual(new Set(['FAILED']));
  });

  test('of children that never began have items and no output of their own', async () => {
    const content = JSON.stringify({ Status: 'PENDING', Input: inputOf('a', 'b') });
    const [result] = await resultsOf({ 'runs/1/PENDING_0.jsonl': content });
    expect(result).toMatchObject({ status: 'PENDING', items: 2 });
  });

  test('are read from all files of a run, and from nothing else', async () => {
    const line = '{"n":1}\n';
    const results = await resultsOf({
      'runs/1/arn/SUCCEEDED_0.jsonl': line,
      'runs/1/arn/SUCCEEDED_1.jsonl': line + line,
      'runs/1/arn/FAILED_10.json': '[]',
      'runs/1/arn/manifest.json': '{"DestinationBucket":"reports"}',
      'runs/1/arn/SUCCEEDED_x.jsonl': 'not read',
      'runs/1/arn/SUCCEEDED_0.jsonl.bak': 'not read',
      'runs/2/SUCCEEDED_0.jsonl': 'not read',
    });
    expect(results).toHaveLength(3);
  });

  test('of a file that is empty are none', async () => {
    expect(await resultsOf({ 'runs/1/SUCCEEDED_0.jsonl': '' })).toEqual([]);
  });

  test('that are not JSON are an error, and not passed over', async () => {
    const error = await thrownBy(() => resultsOf({ 'runs/1/SUCCEEDED_0.jsonl': '{"n":1}\n{"n":' }));
    expect(error).toBeInstanceOf(SyntaxError);
  });

  test('come one at a time: what follows is not read before it is asked for', async () => {
    const store = new MemoryObjectStore();
    for (const name of ['a', 'b'])
      store.put('reports', `runs/1/${name}/SUCCEEDED_0.jsonl`, Buffer.from('{}\n'));
    for await (const result of readMapResults(store, place)) {
      expect(result.status).toBe('SUCCEEDED');
      break;
    }
    expect(store.countOf('get')).toBe(1);
  });
});
