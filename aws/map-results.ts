import type { ObjectAddress, ReadableStore } from '../operations/object-store.ts';

/** What came of one child of a distributed map in Step Functions. */
export interface MapResult {
  readonly status: 'SUCCEEDED' | 'FAILED' | 'PENDING';
  /** What it answered; of one that failed the JSON in its error's message, where there is some. */
  readonly output: unknown;
  /** How many items it was given, where that is told: of one that succeeded it is not. */
  readonly items: number;
}

/** A record of a result file. With the transformation `COMPACT`, only a child that failed has one of its own. */
interface ResultRecord {
  readonly Status?: string;
  readonly Input?: string;
  readonly Output?: string;
  readonly Cause?: string;
}

const resultFile = /\/(SUCCEEDED|FAILED|PENDING)_\d+\.jsonl?$/;

/**
 * Reads the result files of a distributed map, which its ResultWriter left below a prefix, one record at a time.
 *
 * Source: AWS Step Functions Developer Guide, "ResultWriter (Map)".
 *
 * @throws SyntaxError where a file is not JSON; what the store throws.
 */
export async function* readMapResults(
  store: ReadableStore,
  { bucket, prefix }: { readonly bucket: string; readonly prefix: string },
): AsyncGenerator<MapResult> {
  for await (const { key } of store.list(bucket, prefix)) {
    const status = resultFile.exec(key)?.[1] as MapResult['status'] | undefined;
    if (status === undefined) continue;
    for await (const record of recordsOf(store, { bucket, key })) yield toResult(status, record);
  }
}

/** One JSON value a line, or one array of them. */
async function* recordsOf(store: ReadableStore, address: ObjectAddress): AsyncGenerator {
  const { content } = await store.get(address);
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of content) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield* valuesIn(line);
  }
  yield* valuesIn(rest + decoder.decode());
}

function* valuesIn(line: string): Generator {
  if (line.trim() === '') return;
  const value: unknown = JSON.parse(line);
  if (Array.isArray(value)) yield* value;
  else yield value;
}

function toResult(status: MapResult['status'], record: unknown): MapResult {
  const { Input, Output, Cause } = (record ?? {}) as ResultRecord;
  const items = itemsIn(Input);
  if (status === 'FAILED') return { status, output: messageIn(Cause), items };
  return { status, output: Output === undefined ? record : parsed(Output), items };
}

function itemsIn(input: string | undefined): number {
  const { Items } = (parsed(input) ?? {}) as { Items?: readonly unknown[] };
  return Items?.length ?? 0;
}

/** Step Functions hands on what Lambda tells of an error: its type, its message and where it came from. */
function messageIn(cause: string | undefined): unknown {
  const { errorMessage } = (parsed(cause) ?? {}) as { errorMessage?: string };
  return parsed(errorMessage);
}

/** What is JSON; anything else tells nothing. */
function parsed(json: string | undefined): unknown {
  try {
    return json === undefined ? undefined : (JSON.parse(json) as unknown);
  } catch {
    return undefined;
  }
}
