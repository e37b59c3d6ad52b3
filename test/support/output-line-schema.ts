import { z } from 'zod';
import type { OutputLine } from '../../cli/output-line.ts';
import type { DrillLine } from '../../cli/tell-drill.ts';
import { errorCatalogue, type SealdropErrorCode } from '../../envelope/index.ts';

const error = z.strictObject({
  code: z.string().describe('A code of the table of errors, or DEFECT.'),
  message: z.string(),
  hint: z.string().describe('What to do next.'),
});

/** What `--json` writes for each object that was worked on, one line each. */
export const outputLine: z.ZodType<OutputLine> = z.strictObject({
  verb: z.enum(['seal', 'open', 'verify', 'rewrap', 'rebind', 'share', 'unshare', 'warm']),
  from: z.string().describe('What was read: a path, "-" or s3://bucket/key.'),
  to: z.string().optional().describe('Where the result is.'),
  status: z
    .enum([
      ...(['sealed', 'opened', 'rewrapped', 'resealed', 'rebound', 'moved', 'current', 'planned'] as const),
      ...(['shared', 'unshared', 'not-shared', 'warmed'] as const),
      ...(['archived', 'not-sealed', 'gone', 'sound', 'repaired', 'finding', 'failed'] as const),
    ])
    .describe('"current" was there already, "planned" is what --dry-run would do.'),
  contentLengthBytes: z.number().int().nonnegative().optional().describe('The length of the plaintext.'),
  sealedLengthBytes: z
    .number()
    .int()
    .nonnegative()
    .optional()
    .describe('With rewrap, rebind and share: the length of the object.'),
  versionId: z.string().optional().describe('The version that was written, where there are versions.'),
  error: error.optional().describe('With "failed" and "finding".'),
});

const count = z.number().int().nonnegative();
const seconds = z.number().nonnegative();
const errorCode = z.enum([...(Object.keys(errorCatalogue) as SealdropErrorCode[]), 'UNEXPECTED']);

/** The one line that `drill --json` writes. */
export const drillLine: z.ZodType<DrillLine> = z.strictObject({
  verb: z.literal('drill'),
  place: z.string(),
  region: z.string().describe('The one Region that was called.'),
  isPassed: z.boolean(),
  startedAt: z.iso.datetime(),
  objects: count.describe('All that are there, instruction files aside.'),
  sealedBytes: count,
  counts: z.strictObject({ opened: count, failed: count, gone: count, left: count, share: count }),
  reasons: z.partialRecord(errorCode, count),
  failures: z.array(
    z.strictObject({ key: z.string(), code: errorCode, message: z.string(), hint: z.string() }),
  ),
  recoveryTimeSeconds: z.strictObject({
    listed: seconds,
    firstOpened: seconds.optional(),
    sample: seconds,
    whole: seconds.optional(),
  }) as z.ZodType<DrillLine['recoveryTimeSeconds']>,
  newestAgeSeconds: seconds.optional(),
  recoveryPoint: z
    .union([
      z.strictObject({ basis: z.literal('source'), seconds, behindObjects: count }),
      z.strictObject({ basis: z.literal('newest-replica'), seconds }),
    ])
    .optional(),
  calls: z.record(z.string(), z.record(z.string(), count)),
}) as z.ZodType<DrillLine>;
