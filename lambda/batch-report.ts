import { z } from 'zod';
import { noCounts, type RewrapBatchReport, type RewrapFailure, type RewrapResult } from '../aws/index.ts';

const results = Object.keys(noCounts()) as RewrapResult[];

/** What a batch of a rewrap run told, as it comes back from the state machine or from a result file. */
export const batchReport: z.ZodType<RewrapBatchReport> = z.object({
  counts: z.record(z.enum(results), z.number()),
  failures: z.array(
    z.object({ key: z.string(), code: z.custom<RewrapFailure['code']>(isText), message: z.string() }),
  ),
  left: z.array(z.string()),
  requests: z.record(z.string(), z.number()),
});

/** A code of a later version may be one that this one does not know. */
function isText(value: unknown): boolean {
  return typeof value === 'string';
}
