import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { describe, expect, test } from '@jest/globals';
import { reasonOf, VaultClient } from '../support/vault-client.ts';

const vault = new VaultClient();
const { IntakeBucketName, QueueUrl, SealedBucketName } = vault.stack.outputs;

describe('a drop that cannot be sealed: the reason arrives in the dead-letter queue, the source stays', () => {
  test.each([
    ['RESERVED_NAME', 'refused/a.instruction', {}],
    ['RESERVED_METADATA', 'refused/own-metadata', { 'sealdrop-key': 'mine' }],
    ['RESERVED_METADATA', 'refused/format-metadata', { 'x-amz-c': '115' }],
    ['METADATA_TOO_LARGE', 'refused/metadata', { note: 'n'.repeat(1500) }],
  ])('%s for %s', async (code, key, metadata) => {
    const versionId = await vault.drop(key, 'content', { Metadata: metadata });
    const letter = await vault.deadLetter(key, (body) =>
      body.includes(encodeURIComponent(key).replaceAll('%2F', '/')),
    );
    expect(reasonOf(letter)).toBe(code);
    expect(letter.MessageAttributes?.['error-hint']?.StringValue).toMatch(/^[a-z0-9]/i);
    const source = await vault.headIfThere(IntakeBucketName, key);
    expect(source?.address.versionId).toBe(versionId);
    expect(await vault.headIfThere(SealedBucketName, key)).toBeUndefined();
  });

  test.each([
    ['EVENT_INVALID', 'not JSON', 'this is not an event'],
    ['EVENT_INVALID', 'no S3 event', '{"detail-type":"Object Created","marker":"no-s3-event"}'],
    ['EVENT_KEY_INVALID', 'a key that does not decode', undecodable()],
  ])('%s for %s', async (code, _, body) => {
    await vault.administrator.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: body }));
    expect(reasonOf(await vault.deadLetter(body, (received) => received === body))).toBe(code);
  });
});

function undecodable(): string {
  const object = { key: 'refused/%E0%A4%A', sequencer: '01', versionId: 'v' };
  const s3 = { bucket: { name: IntakeBucketName }, object };
  const record = { eventVersion: '2.1', eventSource: 'aws:s3', eventName: 'ObjectCreated:Put', s3 };
  return JSON.stringify({ Records: [record] });
}
