import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, test } from '@jest/globals';
import { S3EncryptionClient } from '../../../aws/encryption/s3-encryption-client.ts';
import { failureOf } from '../../support/bytes.ts';
import { bucketName, createScene, get, put } from '../../support/encryption-scene.ts';

describe('a client for other requests', () => {
  test('has another context, and shares the rest', async () => {
    const { clientWith } = createScene();
    const client = clientWith({ encryptionContext: { team: 'blue' }, unauthenticatedRanges: true });
    const red = client.with({ encryptionContext: { team: 'red' } });
    expect(red).toBeInstanceOf(S3EncryptionClient);
    await put(red, 'k', 'content');
    expect((await get(red, 'k', { Range: 'bytes=0-2' })).toString()).toBe('con');
    expect((await failureOf(() => get(client, 'k'))).code).toBe('CONTEXT_MISMATCH');
    expect((await get(client.with({ encryptionContext: { team: 'red' } }), 'k')).toString()).toBe('content');
  });

  test('keeps the context where only something else is different', async () => {
    const { clientWith, stored, bucket } = createScene();
    const client = clientWith({ encryptionContext: { team: 'blue' } });
    const filing = client.with({ metadataStrategy: 'instruction-file' });
    await put(filing, 'k', 'content');
    expect(bucket.keys()).toEqual(['k', 'k.instruction']);
    expect((await get(client, 'k')).toString()).toBe('content');
    expect(stored('k.instruction').content.toString()).toContain('blue');
  });

  test('changes a context for a vault, and a vault for a context', async () => {
    const { clientWith, stored } = createScene();
    const vault = { vaultId: 'archive', binding: 'vault' } as const;
    const vaulted = clientWith({ encryptionContext: { team: 'blue' } }).with({ vault });
    await put(vaulted, 'k', 'content');
    expect(stored('k').metadata['x-amz-t']).toContain('archive');
    const free = vaulted.with({ encryptionContext: { team: 'red' } });
    await put(free, 'k', 'content');
    expect(stored('k').metadata['x-amz-t']).not.toContain('archive');
    await put(vaulted.with({}), 'k', 'content');
    expect(stored('k').metadata['x-amz-t']).toContain('archive');
    const error = await failureOf(() => vaulted.with({ vault, encryptionContext: {} }));
    expect(error.code).toBe('CONFIGURATION_INVALID');
  });

  test('keeps the vault where a caller without types overrides it with nothing', async () => {
    const { clientWith, stored } = createScene();
    const vaulted = clientWith({ vault: { vaultId: 'archive', binding: 'vault' } });
    await put(vaulted.with({ vault: undefined, encryptionContext: undefined } as never), 'k', 'content');
    expect(stored('k').metadata['x-amz-t']).toContain('archive');
  });

  test('goes on with uploads that the first one created', async () => {
    const { client } = createScene();
    const named = { Bucket: bucketName, Key: 'k' };
    const { UploadId } = await client.send(new CreateMultipartUploadCommand(named));
    const other = client.with({ instructionFileSuffix: '.keys' });
    const part = new UploadPartCommand({ ...named, UploadId, PartNumber: 1, Body: 'content' });
    const { ETag } = await other.send(part);
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
    await client.with({}).send(new CompleteMultipartUploadCommand({ ...named, UploadId, MultipartUpload }));
    expect((await get(client, 'k')).toString()).toBe('content');
  });
});
