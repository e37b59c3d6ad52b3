import { DisableKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { beforeEach, expect, test } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { disableKey } from '../../aws/disable-key.ts';
import { failureOf } from '../support/bytes.ts';

const client = new KMSClient({ region: 'eu-west-1' });
const mock = mockClient(client as unknown as Parameters<typeof mockClient>[0]);

beforeEach(() => {
  mock.reset();
});

test('a key is disabled', async () => {
  mock.on(DisableKeyCommand).resolves({});
  await disableKey(client, 'arn:1');
  expect(mock.call(0).args[0].input).toEqual({ KeyId: 'arn:1' });
});

test('who may not is told which action on what', async () => {
  mock.on(DisableKeyCommand).rejects(Object.assign(new Error('no'), { name: 'AccessDeniedException' }));
  expect(await failureOf(() => disableKey(client, 'arn:1'))).toMatchObject({
    code: 'ACCESS_DENIED',
    message: 'kms:DisableKey on arn:1 failed: AccessDeniedException',
  });
});
