import { DecryptCommand, DescribeKeyCommand, GenerateDataKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { describe, expect, test } from '@jest/globals';
import { KmsKeyring } from '../../aws/kms-keyring.ts';
import { authenticationFailure } from '../../envelope/errors.ts';
import { failureOf, isWiped, patternBytes } from '../support/bytes.ts';
import { FakeKms, FakeKmsException } from '../support/fake-kms.ts';
import { mockKms } from '../support/mock-kms.ts';

const context = { 'aws:x-amz-cek-alg': '115', 'sealdrop-vault': 'archive' };

function keyringOver(kms: FakeKms, keyId: string) {
  const client = new KMSClient({ region: 'eu-west-1' });
  const mock = mockKms(client, kms);
  const inputs = () => mock.calls().map((call) => call.args[0].input as Record<string, unknown>);
  return { keyring: new KmsKeyring({ keyId, client }), mock, inputs };
}

function world() {
  const kms = new FakeKms();
  const keyArn = kms.createKey();
  return { kms, keyArn, ...keyringOver(kms, keyArn) };
}

describe('the keyring over KMS', () => {
  test('generates a data key of 256 bits under the key and the context', async () => {
    const { keyring, inputs, keyArn, kms } = world();
    const generated = await keyring.generateDataKey(context);
    expect(inputs()).toEqual([{ KeyId: keyArn, KeySpec: 'AES_256', EncryptionContext: context }]);
    expect(generated.plaintext).toBe(kms.plaintexts[0]);
    expect(generated).toMatchObject({ keyArn, keyMaterialId: expect.any(String) });
  });

  test('decrypts always with the id of the key, and the context', async () => {
    const { keyring, inputs, keyArn } = world();
    const { encryptedDataKey, plaintext } = await keyring.generateDataKey(context);
    const decrypted = await keyring.decryptDataKey(encryptedDataKey, context);
    expect(inputs()[1]).toEqual({
      KeyId: keyArn,
      CiphertextBlob: encryptedDataKey,
      EncryptionContext: context,
    });
    expect(Buffer.from(decrypted.plaintext).equals(plaintext)).toBe(true);
    expect(decrypted.keyArn).toBe(keyArn);
  });

  test('rewraps from and to its own key, with both contexts, and without a plaintext', async () => {
    const { keyring, inputs, keyArn, kms } = world();
    const { encryptedDataKey } = await keyring.generateDataKey(context);
    const keyMaterialId = kms.rotate(keyArn);
    const to = { ...context, team: 'blue' };
    const rewrapped = await keyring.rewrapDataKey(encryptedDataKey, context, to);
    expect(inputs()[1]).toEqual({
      CiphertextBlob: encryptedDataKey,
      SourceKeyId: keyArn,
      SourceEncryptionContext: context,
      DestinationKeyId: keyArn,
      DestinationEncryptionContext: to,
    });
    expect(rewrapped).toEqual({
      encryptedDataKey: rewrapped.encryptedDataKey,
      keyArn,
      keyMaterialId,
    });
    const opened = await keyring.decryptDataKey(rewrapped.encryptedDataKey, to);
    expect(opened.plaintext.length).toBe(32);
  });

  test('takes an alias, sends it as it is, and records the ARN', async () => {
    const { kms, keyArn } = world();
    kms.setAlias('alias/vault', keyArn);
    const { keyring, inputs } = keyringOver(kms, 'alias/vault');
    expect((await keyring.generateDataKey(context)).keyArn).toBe(keyArn);
    expect(inputs()[0]).toMatchObject({ KeyId: 'alias/vault' });
    expect((await keyring.currentWrapping()).keyArn).toBe(keyArn);
  });

  test('tells the wrapping that is current', async () => {
    const { keyring, kms, keyArn } = world();
    const keyMaterialId = kms.rotate(keyArn);
    expect(await keyring.currentWrapping()).toEqual({ keyArn, keyMaterialId });
  });

  test('hands the signal on to every command', async () => {
    const { keyring, mock } = world();
    const { signal } = new AbortController();
    const { encryptedDataKey } = await keyring.generateDataKey(context, signal);
    await keyring.decryptDataKey(encryptedDataKey, context, signal);
    await keyring.rewrapDataKey(encryptedDataKey, context, context, signal);
    await keyring.currentWrapping(signal);
    const options = mock.calls().map((call) => (call.args as unknown[])[1]);
    expect(options).toEqual(Array.from({ length: 4 }, () => ({ abortSignal: signal })));
  });
});

describe('what KMS refuses', () => {
  test('another context is an authentication failure, the same as any other', async () => {
    const { keyring } = world();
    const { encryptedDataKey } = await keyring.generateDataKey(context);
    const failure = await failureOf(() => keyring.decryptDataKey(encryptedDataKey, { a: 'b' }));
    expect(failure.code).toBe('AUTHENTICATION_FAILED');
    expect([failure.message, failure.cause]).toEqual([authenticationFailure().message, undefined]);
  });

  test('a data key of another key is told as such', async () => {
    const { keyring, kms } = world();
    const other = keyringOver(kms, kms.createKey());
    const { encryptedDataKey } = await other.keyring.generateDataKey(context);
    expect((await failureOf(() => keyring.decryptDataKey(encryptedDataKey, context))).code).toBe(
      'KEY_MISMATCH',
    );
  });

  test.each([
    ['DisabledException', 'KEY_DISABLED', false],
    ['IncorrectKeyException', 'KEY_MISMATCH', false],
    ['InvalidArnException', 'KEY_NOT_FOUND', false],
    ['InvalidCiphertextException', 'AUTHENTICATION_FAILED', false],
    ['InvalidKeyUsageException', 'KEY_WRONG_TYPE', false],
    ['KeyUnavailableException', 'KEY_UNAVAILABLE', true],
    ['KMSInvalidStateException', 'KEY_UNAVAILABLE', true],
    ['NotFoundException', 'KEY_NOT_FOUND', false],
    ['AccessDeniedException', 'ACCESS_DENIED', false],
    ['ThrottlingException', 'THROTTLED', true],
    ['LimitExceededException', 'THROTTLED', true],
    ['AbortError', 'ABORTED', true],
    ['TimeoutError', 'SERVICE_UNAVAILABLE', true],
    ['SomethingElseException', 'SERVICE_FAILED', false],
  ])('%s is %s', async (name, code, retryable) => {
    const { keyring, kms, keyArn } = world();
    kms.failNext(new FakeKmsException(name, 'detail of the service'));
    const failure = await failureOf(() => keyring.generateDataKey(context));
    expect([failure.code, failure.retryable]).toEqual([code, retryable]);
    if (code === 'AUTHENTICATION_FAILED') return;
    expect(failure.message).toContain('kms:GenerateDataKey');
    expect(failure.message).toContain(keyArn);
  });

  test.each(['KMSInternalException', 'DependencyTimeoutException'])('%s may pass', async (name) => {
    const { keyring, kms } = world();
    kms.failNext(new FakeKmsException(name, 'busy', 500));
    expect((await failureOf(() => keyring.generateDataKey(context))).code).toBe('SERVICE_UNAVAILABLE');
  });

  test.each([
    ['Disabled', 'KEY_DISABLED'],
    ['PendingDeletion', 'KEY_PENDING_DELETION'],
    ['PendingReplicaDeletion', 'KEY_PENDING_DELETION'],
    ['PendingImport', 'KEY_UNAVAILABLE'],
    ['Unavailable', 'KEY_UNAVAILABLE'],
  ])('a key in the state %s is told from its description', async (state, code) => {
    const { keyring, kms, keyArn } = world();
    const { encryptedDataKey } = await keyring.generateDataKey(context);
    kms.setState(keyArn, state);
    for (const work of [
      () => keyring.generateDataKey(context),
      () => keyring.decryptDataKey(encryptedDataKey, context),
      () => keyring.rewrapDataKey(encryptedDataKey, context, context),
      () => keyring.currentWrapping(),
    ]) {
      expect((await failureOf(work)).code).toBe(code);
    }
  });

  test('an AWS managed key is told from its description', async () => {
    const { kms } = world();
    const { keyring } = keyringOver(kms, kms.createKey({ manager: 'AWS' }));
    for (const work of [() => keyring.generateDataKey(context), () => keyring.currentWrapping()]) {
      expect((await failureOf(work)).code).toBe('KEY_NOT_CUSTOMER_MANAGED');
    }
  });

  test('a key of the wrong type is told before anything is wrapped', async () => {
    const { kms } = world();
    const { keyring } = keyringOver(kms, kms.createKey({ keySpec: 'RSA_2048' }));
    expect((await failureOf(() => keyring.currentWrapping())).code).toBe('KEY_WRONG_TYPE');
  });

  test('a refusal stays a refusal where the key is in order, or may not be described', async () => {
    const { keyring, kms } = world();
    kms.failNext(new FakeKmsException('AccessDeniedException'));
    expect((await failureOf(() => keyring.generateDataKey(context))).code).toBe('ACCESS_DENIED');
    kms.failNext(
      new FakeKmsException('AccessDeniedException'),
      new FakeKmsException('AccessDeniedException'),
    );
    const failure = await failureOf(() => keyring.generateDataKey(context));
    expect(failure.code).toBe('ACCESS_DENIED');
    expect(failure.message).toContain('kms:GenerateDataKey');
  });

  test('throttling asks KMS for nothing more', async () => {
    const { keyring, kms, mock } = world();
    kms.failNext(new FakeKmsException('ThrottlingException'));
    await failureOf(() => keyring.generateDataKey(context));
    expect(mock.commandCalls(DescribeKeyCommand)).toEqual([]);
  });
});

describe('an answer of KMS that is not whole', () => {
  test.each(['Plaintext', 'CiphertextBlob', 'KeyId'])('is refused where it lacks %s', async (field) => {
    const { keyring, mock } = world();
    const whole = {
      Plaintext: patternBytes(32),
      CiphertextBlob: patternBytes(184),
      KeyId: 'arn:aws:kms:key',
    };
    mock.on(GenerateDataKeyCommand).resolves({ ...whole, [field]: undefined });
    expect((await failureOf(() => keyring.generateDataKey(context))).code).toBe('SERVICE_FAILED');
  });

  test.each(['CiphertextBlob', 'KeyId'])('leaves no data key behind where it lacks %s', async (field) => {
    const { keyring, mock } = world();
    const plaintext = patternBytes(32);
    const whole = { Plaintext: plaintext, CiphertextBlob: patternBytes(184), KeyId: 'arn:aws:kms:key' };
    mock.on(GenerateDataKeyCommand).resolves({ ...whole, [field]: undefined });
    await failureOf(() => keyring.generateDataKey(context));
    expect(isWiped(plaintext)).toBe(true);
  });

  test('leaves no data key behind where Decrypt does not name the key', async () => {
    const { keyring, mock } = world();
    const plaintext = patternBytes(32);
    mock.on(DecryptCommand).resolves({ Plaintext: plaintext });
    await failureOf(() => keyring.decryptDataKey(patternBytes(184), context));
    expect(isWiped(plaintext)).toBe(true);
  });
});
