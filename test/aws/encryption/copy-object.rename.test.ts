import { RenameObjectCommand } from '@aws-sdk/client-s3';
import { expect, jest, test } from '@jest/globals';
import { failureOf, thrownBy } from '../../support/bytes.ts';
import { bucketName, createScene } from '../../support/encryption-scene.ts';

const command = new RenameObjectCommand({ Bucket: bucketName, Key: 'new', RenameSource: 'old' });

test('an object that is bound to its key is not renamed', async () => {
  const { clientWith, service } = createScene();
  const client = clientWith({ vault: { vaultId: 'archive', binding: 'object' } });
  expect((await failureOf(() => client.send(command))).code).toBe('COPY_UNSUPPORTED');
  expect(service.requests).toEqual([]);
});

test.each([
  ['no context', {}],
  ['a context', { encryptionContext: { team: 'blue' } }],
  ['the context of a vault', { vault: { vaultId: 'archive', binding: 'vault' } }],
  ['no context of a vault', { vault: { vaultId: 'archive', binding: 'none' } }],
] as const)('an object under %s is renamed as S3 renames it', async (_, options) => {
  const { clientWith, plain } = createScene();
  const answer = { $metadata: {} };
  const sent: unknown[][] = [];
  const send = jest.fn((...request: unknown[]) => {
    sent.push(request);
    return Promise.resolve(answer);
  });
  const client = clientWith(options);
  Object.assign(plain, { send });
  const { signal } = new AbortController();
  expect(await client.send(command, { requestTimeout: 1234, abortSignal: signal })).toBe(answer);
  expect(sent).toHaveLength(1);
  const [request, requestOptions] = sent[0] ?? [];
  expect(request).toBeInstanceOf(RenameObjectCommand);
  expect(request).toMatchObject({ input: command.input });
  expect(requestOptions).toEqual({ requestTimeout: 1234, abortSignal: signal });
});

test('what S3 says of a rename is thrown as the SDK throws it', async () => {
  const { client, plain } = createScene();
  Object.assign(plain, { send: () => Promise.reject(new Error('no such object')) });
  expect(await thrownBy(() => client.send(command))).toEqual(new Error('no such object'));
});
