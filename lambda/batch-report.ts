import { brotliDecompressSync } from 'node:zlib';
import { z } from 'zod';
import { noCounts, type RewrapBatchReport, type RewrapFailure, type RewrapResult } from '../aws/index.ts';

const results = Object.keys(noCounts()) as RewrapResult[];

/** Far more than a hundred failures take. */
const maxUnpackedBytes = 4 * 1024 * 1024;

/**
 * What a batch of a rewrap run told, as it comes back from the state machine or from a result file. Of a batch that
 * failed, the failures may be compressed.
 */
export const batchReport: z.ZodType<RewrapBatchReport> = z.preprocess(
  unpacked,
  z.object({
    counts: z.record(z.enum(results), z.number()),
    failures: z.array(
      z.object({ key: z.string(), code: z.custom<RewrapFailure['code']>(isText), message: z.string() }),
    ),
    left: z.array(z.string()),
    requests: z.record(z.string(), z.number()),
  }),
);

/** A code of a later version may be one that this one does not know. */
function isText(value: unknown): boolean {
  return typeof value === 'string';
}

/** What does not unpack is no report. */
function unpacked(value: unknown): unknown {
  const { packedFailures, ...report } = (value ?? {}) as { packedFailures?: unknown };
  if (typeof packedFailures !== 'string') return value;
  try {
    const json = brotliDecompressSync(Buffer.from(packedFailures, 'base64'), {
      maxOutputLength: maxUnpackedBytes,
    });
    return { ...report, failures: JSON.parse(json.toString()) as unknown };
  } catch {
    return undefined;
  }
}
