import { workloads, type Concurrency, type Workload } from './workloads.ts';

/*
 * A driver is a process that does tasks with one contender, and measures each itself. It reads a task from each
 * line of its standard input and answers with a line on its standard output, the fields divided by tabs:
 *
 *     <workload> <key> <path> <objects> <bytes of an object>
 *     done <milliseconds> <bytes of plaintext>      or      failed <message>
 *
 * What it is to use it finds in its environment. It ends when its input does.
 */

/** One thing for a driver to do. */
export interface Task {
  readonly workload: Workload;
  /** The object's key; with small objects, what each key starts with: `<key>0`, `<key>1`, …. */
  readonly key: string;
  /** The file to read or to write; empty where there is none. */
  readonly path: string;
  readonly objects: number;
  readonly objectBytes: number;
}

/** How a driver's task went. */
export interface Done {
  readonly milliseconds: number;
  /** The plaintext that was read or written, in bytes. */
  readonly bytes: number;
}

/** The environment variables that tell a driver what to use, beside those of AWS. */
export function driverEnvironment(
  bucket: string,
  keyArn: string,
  { partSizeBytes, partsAtOnce, objectsAtOnce }: Concurrency,
): Record<string, string> {
  return {
    BENCH_BUCKET: bucket,
    BENCH_KEY_ARN: keyArn,
    BENCH_PART_SIZE_BYTES: String(partSizeBytes),
    BENCH_PARTS_AT_ONCE: String(partsAtOnce),
    BENCH_OBJECTS_AT_ONCE: String(objectsAtOnce),
  };
}

/** A task as its line, without the end of the line. */
export function encodeTask({ workload, key, path, objects, objectBytes }: Task): string {
  return [workload, key, path, objects, objectBytes].join('\t');
}

/** @throws Error for a line that is no task. */
export function parseTask(line: string): Task {
  const [name, key = '', path = '', objects, objectBytes] = line.split('\t');
  const workload = workloads.find((each) => each === name);
  if (workload === undefined) throw new Error(`not a task: ${line}`);
  return { workload, key, path, objects: Number(objects), objectBytes: Number(objectBytes) };
}

/** A driver's answer as its line, without the end of the line. */
export function encodeAnswer(answer: Done | Error): string {
  return answer instanceof Error
    ? `failed\t${answer.message.replaceAll(/\s+/g, ' ')}`
    : `done\t${answer.milliseconds}\t${answer.bytes}`;
}

/** @throws Error with what the driver says of its failure. */
export function parseAnswer(line: string): Done {
  const [verdict, first = '', bytes] = line.split('\t');
  if (verdict !== 'done') throw new Error(verdict === 'failed' ? first : `not an answer: ${line}`);
  return { milliseconds: Number(first), bytes: Number(bytes) };
}
