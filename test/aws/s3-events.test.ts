import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseS3Notification } from '../../aws/s3-events.ts';
import { failureOf } from '../support/bytes.ts';

interface RecordChanges {
  readonly eventName?: string;
  readonly eventVersion?: string;
  readonly eventSource?: string;
  readonly object?: Record<string, unknown>;
}

/** A record as S3 writes it. */
function record(key: string, { object, ...changes }: RecordChanges = {}): object {
  return {
    eventVersion: '2.1',
    eventSource: 'aws:s3',
    awsRegion: 'eu-west-1',
    eventTime: '2026-11-22T03:38:00.000Z',
    eventName: 'ObjectCreated:Put',
    userIdentity: { principalId: 'AWS:AIDAEXAMPLE' },
    requestParameters: { sourceIPAddress: '203.0.113.7' },
    responseElements: { 'x-amz-request-id': 'C3D13FE58DE4C810', 'x-amz-id-2': 'FMyUVURIY8' },
    s3: {
      s3SchemaVersion: '1.0',
      configurationId: 'drops',
      bucket: {
        name: 'intake',
        ownerIdentity: { principalId: 'A3NL1KOZZKExample' },
        arn: 'arn:aws:s3:::intake',
      },
      object: {
        key,
        size: 1024,
        eTag: 'd41d8cd98f00b204e9800998ecf8427e',
        versionId: '096fKKXTRTtl3on89fVO.nfljtsv6qko',
        sequencer: '0055AED6DCD90281E5',
        ...object,
      },
    },
    ...changes,
  };
}

const body = (...records: object[]) => JSON.stringify({ Records: records });

describe('the event of a created object', () => {
  test('is a drop', () => {
    expect(parseS3Notification(body(record('a.txt')))).toEqual({
      drops: [
        {
          bucket: 'intake',
          key: 'a.txt',
          versionId: '096fKKXTRTtl3on89fVO.nfljtsv6qko',
          sequencer: '0055AED6DCD90281E5',
        },
      ],
      ignored: 0,
    });
  });

  test.each([
    ['red+flower.jpg', 'red flower.jpg'],
    ['a%2Bb.txt', 'a+b.txt'],
    ['a%20b.txt', 'a b.txt'],
    ['100%25.txt', '100%.txt'],
    ['a%252Fb', 'a%2Fb'],
    ['caf%C3%A9.txt', 'café.txt'],
    ['cafe%CC%81.txt', 'cafe\u0301.txt'],
    ['%F0%9F%93%A6', '📦'],
    ['folder/sub/a.txt', 'folder/sub/a.txt'],
    ['folder%2Fa.txt', 'folder/a.txt'],
    ['a%26b%3Dc%3Fd%23e', 'a&b=c?d#e'],
    ['%01', '\u0001'],
    ['..%2F..%2Fetc', '../../etc'],
    ['ü', 'ü'],
  ])('has its key decoded: %s', (key, expected) => {
    expect(parseS3Notification(body(record(key))).drops[0]?.key).toBe(expected);
  });

  test('has any key decoded that was encoded as forms are', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (key) => {
        const encoded = encodeURIComponent(key).replaceAll('%20', '+');
        expect(parseS3Notification(body(record(encoded))).drops[0]?.key).toBe(key);
      }),
    );
  });

  test.each(['%E0%A4%A', '%', '%zz', '%C3', '%ff'])(
    'is refused where its key does not decode: %s',
    async (key) => {
      const failure = await failureOf(() => parseS3Notification(body(record('fine'), record(key))));
      expect(failure.code).toBe('EVENT_KEY_INVALID');
      expect(failure.fields).toEqual({ encodedKey: key });
    },
  );

  test.each([
    'ObjectCreated:Put',
    'ObjectCreated:Post',
    'ObjectCreated:Copy',
    's3:ObjectCreated:CompleteMultipartUpload',
  ])('may be named %s', (eventName) => {
    expect(parseS3Notification(body(record('a', { eventName }))).drops).toHaveLength(1);
  });

  test.each(['2.0', '2.1', '2.5', '2.99'])(
    'may have the version %s, with fields unheard of',
    (eventVersion) => {
      const later = { ...record('a', { eventVersion, object: { later: true } }), lifecycleEventData: {} };
      expect(parseS3Notification(body(later)).drops).toHaveLength(1);
    },
  );

  test('of an unversioned bucket has no version', () => {
    const { drops } = parseS3Notification(body(record('a', { object: { versionId: undefined } })));
    expect(drops).toEqual([{ bucket: 'intake', key: 'a', sequencer: '0055AED6DCD90281E5' }]);
  });

  test.each([undefined, '', 'not hex'])('is refused where its sequencer is %p', async (sequencer) => {
    const failure = await failureOf(() => parseS3Notification(body(record('a', { object: { sequencer } }))));
    expect(failure.code).toBe('EVENT_INVALID');
  });
});

describe('a message', () => {
  test('may hold several records, in their order', () => {
    const { drops, ignored } = parseS3Notification(
      body(record('b'), record('x', { eventName: 'ObjectRemoved:Delete' }), record('a')),
    );
    expect(drops.map(({ key }) => key)).toEqual(['b', 'a']);
    expect(ignored).toBe(1);
  });

  test.each([
    [
      'the test event of S3',
      '{"Service":"Amazon S3","Event":"s3:TestEvent","Time":"2026-11-22T03:38:00.000Z","Bucket":"intake","RequestId":"1","HostId":"2"}',
    ],
    ['a delete', body(record('a', { eventName: 'ObjectRemoved:Delete' }))],
    [
      'a delete marker',
      body(record('a', { eventName: 'ObjectRemoved:DeleteMarkerCreated', object: { sequencer: undefined } })),
    ],
    ['a restore', body(record('a', { eventName: 'ObjectRestore:Completed' }))],
    ['a tagging', body(record('a', { eventName: 'ObjectTagging:Put' }))],
    ['an expiry', body(record('%', { eventName: 'LifecycleExpiration:Delete' }))],
    ['a folder marker', body(record('photos/', { object: { size: 0 } }))],
    ['a folder marker with an encoded slash', body(record('my+photos%2F', { object: { size: 0 } }))],
  ])('asks for no work where it is %s', (_, text) => {
    expect(parseS3Notification(text)).toEqual({ drops: [], ignored: 1 });
  });

  test('asks for work where a file of a folder’s name has content', () => {
    expect(parseS3Notification(body(record('photos/'))).drops).toHaveLength(1);
    expect(parseS3Notification(body(record('empty.txt', { object: { size: 0 } }))).drops).toHaveLength(1);
  });

  test.each([
    ['not JSON', 'hello'],
    ['empty', ''],
    ['null', 'null'],
    ['a text', '"s3:TestEvent"'],
    ['an array', '[]'],
    ['without records', '{}'],
    ['with no record', '{"Records":[]}'],
    ['of another service', body(record('a', { eventSource: 'aws:sqs' }))],
    ['of version 1', body(record('a', { eventVersion: '1.0' }))],
    ['of version 3', body(record('a', { eventVersion: '3.0' }))],
    ['of version 20', body(record('a', { eventVersion: '20.1' }))],
    ['with an empty key', body(record(''))],
    ['with a key that is a number', body(record('a', { object: { key: 1 } }))],
    ['wrapped by SNS', JSON.stringify({ Type: 'Notification', Message: body(record('a')) })],
    ['from EventBridge', JSON.stringify({ source: 'aws.s3', 'detail-type': 'Object Created', detail: {} })],
  ])('is refused where it is %s', async (_, text) => {
    const failure = await failureOf(() => parseS3Notification(text));
    expect([failure.code, failure.retryable]).toEqual(['EVENT_INVALID', false]);
  });

  test('that is refused shows which fields were wrong, and nothing of their values', async () => {
    const wrong = record('secret-key', { eventVersion: '9.secret' });
    const failure = await failureOf(() => parseS3Notification(body(wrong)));
    expect(failure.fields).toEqual({ paths: ['Records.0.eventVersion'] });
    expect(JSON.stringify([failure.message, failure.hint])).not.toContain('secret');
  });
});
