import { stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Contender, ContenderSettings } from './contender.ts';
import { createPlain } from './contenders/plain.ts';
import { createSealdrop } from './contenders/sealdrop.ts';
import { encodeAnswer, parseTask, type Done, type Task } from './driver-protocol.ts';

// The driver of the contenders that run in Node: `node node-driver.ts plain|sealdrop`.

const create = { plain: createPlain, sealdrop: createSealdrop }[process.argv[2] ?? ''];
if (create === undefined) throw new Error('name a contender');
const settings: ContenderSettings = {
  bucket: variable('BENCH_BUCKET'),
  keyArn: variable('BENCH_KEY_ARN'),
  partSizeBytes: Number(variable('BENCH_PART_SIZE_BYTES')),
  partsAtOnce: Number(variable('BENCH_PARTS_AT_ONCE')),
  objectsAtOnce: Number(variable('BENCH_OBJECTS_AT_ONCE')),
};
const contender = create(settings);

for await (const line of createInterface({ input: process.stdin })) {
  console.log(encodeAnswer(await measure(contender, parseTask(line)).catch(toError)));
}

async function measure(contender: Contender, task: Task): Promise<Done> {
  const startedAt = performance.now();
  const bytes = await perform(contender, task);
  return { milliseconds: performance.now() - startedAt, bytes };
}

async function perform(contender: Contender, task: Task): Promise<number> {
  const { workload, key, path } = task;
  switch (workload) {
    case 'seal-file':
      await contender.sealFile(key, path);
      return (await stat(path)).size;
    case 'open-file':
      await contender.openFile(key, path);
      return (await stat(path)).size;
    case 'open-stream': {
      let bytes = 0;
      for await (const chunk of await contender.openStream(key)) bytes += chunk.length;
      return bytes;
    }
    case 'seal-many': {
      const content = Buffer.alloc(task.objectBytes, 's');
      return sumOverObjects(task, async (each) => {
        await contender.seal(each, content);
        return content.length;
      });
    }
    case 'open-many':
      return sumOverObjects(task, async (each) => (await contender.open(each)).length);
  }
}

/** Does the same for each small object, so many at once, and adds up what it returns. */
async function sumOverObjects(
  { key, objects }: Task,
  perform: (key: string) => Promise<number>,
): Promise<number> {
  let next = 0;
  let sum = 0;
  const work = async (): Promise<void> => {
    while (next < objects) {
      next += 1;
      const bytes = await perform(`${key}${next - 1}`);
      sum += bytes;
    }
  };
  await Promise.all(Array.from({ length: settings.objectsAtOnce }, work));
  return sum;
}

function variable(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
