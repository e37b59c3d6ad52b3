import { z } from 'zod';
import { SealdropError } from '../envelope/index.ts';
import type { Drop } from '../operations/drop.ts';

/** What one message of the queue holds. */
export interface S3Notification {
  /** The objects that were created, in the order of the message. */
  readonly drops: readonly Drop[];
  /** Events that ask for no work: S3's test event, deletes, folder markers. */
  readonly ignored: number;
}

const testEvent = z.object({ Event: z.literal('s3:TestEvent') });

const eventRecord = z.object({
  eventSource: z.literal('aws:s3'),
  eventVersion: z.string().regex(/^2\.\d+$/),
  eventName: z.string().min(1),
  s3: z.object({
    bucket: z.object({ name: z.string().min(1) }),
    object: z.object({
      key: z.string().min(1),
      size: z.number().optional(),
      versionId: z.string().min(1).optional(),
      sequencer: z
        .string()
        .regex(/^[0-9a-fA-F]+$/)
        .optional(),
    }),
  }),
});

const notification = z.object({ Records: z.array(eventRecord).min(1) });

type EventRecord = z.infer<typeof eventRecord>;

/**
 * Parses the body of a message that S3 sent to the queue. Fields of later minor versions are passed over.
 *
 * @throws {@link SealdropError} EVENT_INVALID where it is no S3 event, EVENT_KEY_INVALID where an object key
 *   does not decode.
 */
export function parseS3Notification(body: string): S3Notification {
  const json = parseJson(body);
  if (testEvent.safeParse(json).success) return { drops: [], ignored: 1 };
  const parsed = notification.safeParse(json);
  if (!parsed.success) {
    const paths = parsed.error.issues.map((issue) => issue.path.join('.') || 'the message');
    throw new SealdropError('EVENT_INVALID', 'the message is not an S3 event notification', {
      fields: { paths: [...new Set(paths)] },
    });
  }
  const created = parsed.data.Records.filter(({ eventName }) => /^(s3:)?ObjectCreated:/.test(eventName));
  const drops = created.filter((record) => !isFolderMarker(record)).map(toDrop);
  return { drops, ignored: parsed.data.Records.length - drops.length };
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new SealdropError('EVENT_INVALID', 'the message is not JSON');
  }
}

function isFolderMarker({ s3: { object } }: EventRecord): boolean {
  return object.size === 0 && decodeKey(object.key).endsWith('/');
}

function toDrop({ s3: { bucket, object } }: EventRecord): Drop {
  if (object.sequencer === undefined) {
    throw new SealdropError('EVENT_INVALID', 'the event of a created object has no sequencer');
  }
  return {
    bucket: bucket.name,
    key: decodeKey(object.key),
    sequencer: object.sequencer,
    ...(object.versionId === undefined ? {} : { versionId: object.versionId }),
  };
}

/** S3 encodes keys in events as HTML forms do: a space is "+". */
function decodeKey(encoded: string): string {
  try {
    return decodeURIComponent(encoded.replaceAll('+', ' '));
  } catch {
    throw new SealdropError('EVENT_KEY_INVALID', 'the object key of the event does not decode', {
      fields: { encodedKey: encoded },
    });
  }
}
