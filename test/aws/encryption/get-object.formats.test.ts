import { GetObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, test } from '@jest/globals';
import { failureOf, patternBytes } from '../../support/bytes.ts';
import { bucketName, createScene, expectClosed, get, put } from '../../support/encryption-scene.ts';
import { rawObject } from '../../support/sealed-objects.ts';

const lengths = [0, 1, 15, 16, 17, 1000];

describe('older formats', () => {
  test('V2 opens where the policy allows it', async () => {
    const scene = createScene();
    const older = scene.clientWith({ commitmentPolicy: 'FORBID_ENCRYPT_ALLOW_DECRYPT' });
    await put(older, 'k', 'content');
    expect(scene.stored('k').metadata).toMatchObject({
      'x-amz-cek-alg': 'AES/GCM/NoPadding',
    });
    const allowing = scene.clientWith({ commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT' });
    expect((await get(older, 'k')).toString()).toBe('content');
    expect((await get(allowing, 'k')).toString()).toBe('content');
    expect((await failureOf(() => get(scene.client, 'k'))).code).toBe('COMMITMENT_REQUIRED');
    expectClosed(scene);
  });

  test.each(lengths)('CBC of %i bytes opens where it was asked for, whatever its length', async (size) => {
    const scene = createScene();
    const plaintext = patternBytes(size);
    rawObject(scene, 'k', plaintext, 'cbc');
    const commitmentPolicy = 'REQUIRE_ENCRYPT_ALLOW_DECRYPT';
    const client = scene.clientWith({ commitmentPolicy, legacyContent: true });
    expect(await get(client, 'k')).toEqual(plaintext);
    const delayed = scene.clientWith({ commitmentPolicy, legacyContent: true, delayedAuthentication: true });
    const answer = await delayed.send(new GetObjectCommand({ Bucket: bucketName, Key: 'k' }));
    expect(answer).not.toHaveProperty('ContentLength');
    expect(Buffer.from((await answer.Body?.transformToByteArray()) ?? [])).toEqual(plaintext);
    const refusing = scene.clientWith({ commitmentPolicy });
    expect((await failureOf(() => get(refusing, 'k'))).code).toBe('LEGACY_CONTENT_DISABLED');
    const small = scene.clientWith({ commitmentPolicy, legacyContent: true, bufferLimitBytes: 1 });
    if (size > 1) expect((await failureOf(() => get(small, 'k'))).code).toBe('BUFFER_LIMIT_EXCEEDED');
    expectClosed(scene);
  });
});
