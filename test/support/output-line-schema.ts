import { z } from 'zod';
import type { OutputLine } from '../../cli/output-line.ts';

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
