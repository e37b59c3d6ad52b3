import { KMSClient, ListKeyRotationsCommand, RotateKeyOnDemandCommand } from '@aws-sdk/client-kms';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { listRotations, rotateOnDemand } from '../../aws/key-rotations.ts';
import { failureOf } from '../support/bytes.ts';

const client = new KMSClient({ region: 'eu-west-1' });
const mock = mockClient(client as unknown as Parameters<typeof mockClient>[0]);
const keyArn = 'arn:aws:kms:eu-west-1:111122223333:key/1';

beforeEach(() => {
  mock.reset();
});

const refusal = (name: string): Error => Object.assign(new Error('no'), { name });

test('all materials are told, the oldest first, of all pages', async () => {
  const [first, second] = [new Date('2025-01-01T00:00:00Z'), new Date('2026-01-01T00:00:00Z')];
  mock
    .on(ListKeyRotationsCommand, { KeyId: keyArn, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' })
    .resolves({
      ...{ Truncated: true, NextMarker: 'more' },
      Rotations: [
        { KeyMaterialId: 'd', KeyMaterialState: 'PENDING_ROTATION' },
        { KeyMaterialId: 'c', RotationDate: second, RotationType: 'ON_DEMAND', KeyMaterialState: 'CURRENT' },
      ],
    })
    .on(ListKeyRotationsCommand, { Marker: 'more' })
    .resolves({
      Rotations: [
        {
          KeyMaterialId: 'b',
          RotationDate: first,
          RotationType: 'AUTOMATIC',
          KeyMaterialState: 'NON_CURRENT',
        },
        { KeyMaterialId: 'a', KeyMaterialState: 'NON_CURRENT' },
        {},
      ],
    });
  const rotations = await listRotations(client, keyArn);
  expect(rotations).toEqual([
    { keyMaterialId: 'a', state: 'NON_CURRENT' },
    {},
    { keyMaterialId: 'b', rotatedAt: first, kind: 'automatic', state: 'NON_CURRENT' },
    { keyMaterialId: 'c', rotatedAt: second, kind: 'on-demand', state: 'CURRENT' },
    { keyMaterialId: 'd', state: 'PENDING_ROTATION' },
  ]);
});

test('materials that may not be listed are a failure', async () => {
  mock.on(ListKeyRotationsCommand).rejects(refusal('AccessDeniedException'));
  expect(await failureOf(() => listRotations(client, keyArn))).toMatchObject({
    code: 'ACCESS_DENIED',
    message: `kms:ListKeyRotations on ${keyArn} failed: AccessDeniedException`,
  });
});

test('materials of a key that has one for good are a failure that says so', async () => {
  mock.on(ListKeyRotationsCommand).rejects(refusal('UnsupportedOperationException'));
  const { code, hint } = await failureOf(() => listRotations(client, keyArn));
  expect([code, hint]).toEqual(['KEY_NOT_ROTATABLE', expect.stringContaining('custom key stores')]);
});

describe('a rotation', () => {
  test('is asked for', async () => {
    mock.on(RotateKeyOnDemandCommand, { KeyId: keyArn }).resolves({});
    await rotateOnDemand(client, keyArn);
    expect(mock.calls()).toHaveLength(1);
  });

  test.each([
    ['LimitExceededException', 'ROTATION_LIMIT_REACHED', /all rotations on demand/],
    ['ConflictException', 'KEY_UNAVAILABLE', /under way/],
    ['UnsupportedOperationException', 'KEY_NOT_ROTATABLE', /new key/],
    ['AccessDeniedException', 'ACCESS_DENIED', /grant/],
    ['NotFoundException', 'KEY_NOT_FOUND', /check/],
    ['ThrottlingException', 'THROTTLED', /later/],
  ])('that ends in %s fails: %s', async (name, code, hint) => {
    mock.on(RotateKeyOnDemandCommand).rejects(refusal(name));
    const failure = await failureOf(() => rotateOnDemand(client, keyArn));
    expect([failure.code, failure.message]).toEqual([
      code,
      `kms:RotateKeyOnDemand on ${keyArn} failed: ${name}`,
    ]);
    expect(failure.hint).toMatch(hint);
  });
});
