import { DecryptCommand, DescribeKeyCommand, GenerateDataKeyCommand } from '@aws-sdk/client-kms';
import { describe, expect, test } from '@jest/globals';
import { authenticationFailure } from '../../envelope/errors.ts';
import { committingSuite } from '../../envelope/suite.ts';
import { failureOf, isWiped, patternBytes } from '../support/bytes.ts';
import { wellFormed } from '../support/envelopes.ts';
import { FakeKms, FakeKmsException } from '../support/fake-kms.ts';
import { keyringOver } from '../support/mock-kms.ts';

const context = { 'aws:x-amz-cek-alg': '115', 'sealdrop-vault': 'archive' };

function world() {
  const kms = new FakeKms();
  const keyArn = kms.createKey();
  return { kms, keyArn, ...keyringOver(kms, keyArn) };
}

describe('the keyring over KMS', () => {
  test('generates a data key of 256 bits under the key and the context', async () => {
    const { keyring, inputs, keyArn, kms } = world();
    const generated = await keyring.generateDataKey(context, committingSuite);
    expect(inputs()).toEqual([{ KeyId: keyArn, KeySpec: 'AES_256', EncryptionContext: context }]);
    expect(generated.plaintext).toBe(kms.plaintexts[0]);
    expect(generated.wrapping).toEqual({ keyArn, keyMaterialId: expect.any(String) });
    expect(generated.encryptedDataKey).toEqual({
      wrappingAlgorithm: 'kms+context',
      ciphertext: expect.any(Buffer),
      context,
      suite: committingSuite,
    });
  });

  test('decrypts always with the id of the key, and the context', async () => {
    const { keyring, inputs, keyArn } = world();
    const { encryptedDataKey, plaintext } = await keyring.generateDataKey(context, committingSuite);
    const decrypted = await keyring.decryptDataKey(encryptedDataKey);
    expect(inputs()[1]).toEqual({
      KeyId: keyArn,
      CiphertextBlob: encryptedDataKey.ciphertext,
      EncryptionContext: context,
    });
    expect(Buffer.from(decrypted.plaintext).equals(plaintext)).toBe(true);
    expect(decrypted.wrapping).toEqual({ keyArn, keyMaterialId: expect.any(String) });
  });

  test('rewraps from and to its own key, with both contexts, and without a plaintext', async () => {
    const { keyring, inputs, keyArn, kms } = world();
    const { encryptedDataKey } = await keyring.generateDataKey(context, committingSuite);
    const keyMaterialId = kms.rotate(keyArn);
    const to = { ...context, team: 'blue' };
    const rewrapped = await keyring.rewrapDataKey(encryptedDataKey, to);
    expect(inputs()[1]).toEqual({
      CiphertextBlob: encryptedDataKey.ciphertext,
      SourceKeyId: keyArn,
      SourceEncryptionContext: context,
      DestinationKeyId: keyArn,
      DestinationEncryptionContext: to,
    });
    expect(rewrapped).toEqual({
      encryptedDataKey: { ...encryptedDataKey, ciphertext: expect.any(Buffer), context: to },
      wrapping: { keyArn, keyMaterialId },
    });
    const opened = await keyring.decryptDataKey(rewrapped.encryptedDataKey);
    expect(opened.plaintext.length).toBe(32);
  });

  test('takes an alias, sends it as it is, and records the ARN', async () => {
    const { kms, keyArn } = world();
    kms.setAlias('alias/vault', keyArn);
    const { keyring, inputs } = keyringOver(kms, 'alias/vault');
    expect((await keyring.generateDataKey(context, committingSuite)).wrapping?.keyArn).toBe(keyArn);
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
    const { encryptedDataKey } = await keyring.generateDataKey(context, committingSuite, signal);
    await keyring.decryptDataKey(encryptedDataKey, signal);
    await keyring.rewrapDataKey(encryptedDataKey, context, signal);
    await keyring.currentWrapping(signal);
    const options = mock.calls().map((call) => (call.args as unknown[])[1]);
    expect(options).toEqual(Array.from({ length: 4 }, () => ({ abortSignal: signal })));
  });
});

describe('what KMS refuses', () => {
  test('another context is an authentication failure, the same as any other', async () => {
    const { keyring } = world();
    const { encryptedDataKey } = await keyring.generateDataKey(context, committingSuite);
    const moved = { ...encryptedDataKey, context: { a: 'b' } };
    const failure = await failureOf(() => keyring.decryptDataKey(moved));
    expect(failure.code).toBe('AUTHENTICATION_FAILED');
    expect([failure.message, failure.cause]).toEqual([authenticationFailure().message, undefined]);
  });

  test('a data key of another key is told as such', async () => {
    const { keyring, kms } = world();
    const other = keyringOver(kms, kms.createKey());
    const { encryptedDataKey } = await other.keyring.generateDataKey(context, committingSuite);
    expect((await failureOf(() => keyring.decryptDataKey(encryptedDataKey))).code).toBe('KEY_MISMATCH');
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
    const failure = await failureOf(() => keyring.generateDataKey(context, committingSuite));
    expect([failure.code, failure.retryable]).toEqual([code, retryable]);
    if (code === 'AUTHENTICATION_FAILED') return;
    expect(failure.message).toContain('kms:GenerateDataKey');
    expect(failure.message).toContain(keyArn);
  });

  test.each(['KMSInternalException', 'DependencyTimeoutException'])('%s may pass', async (name) => {
    const { keyring, kms } = world();
    kms.failNext(new FakeKmsException(name, 'busy', 500));
    expect((await failureOf(() => keyring.generateDataKey(context, committingSuite))).code).toBe(
      'SERVICE_UNAVAILABLE',
    );
  });

  test.each([
    ['Disabled', 'KEY_DISABLED'],
    ['PendingDeletion', 'KEY_PENDING_DELETION'],
    ['PendingReplicaDeletion', 'KEY_PENDING_DELETION'],
    ['PendingImport', 'KEY_UNAVAILABLE'],
    ['Unavailable', 'KEY_UNAVAILABLE'],
  ])('a key in the state %s is told from its description', async (state, code) => {
    const { keyring, kms, keyArn } = world();
    const { encryptedDataKey } = await keyring.generateDataKey(context, committingSuite);
    kms.setState(keyArn, state);
    for (const work of [
      () => keyring.generateDataKey(context, committingSuite),
      () => keyring.decryptDataKey(encryptedDataKey),
      () => keyring.rewrapDataKey(encryptedDataKey, context),
      () => keyring.currentWrapping(),
    ]) {
      expect((await failureOf(work)).code).toBe(code);
    }
  });

  test('an AWS managed key is told from its description', async () => {
    const { kms } = world();
    const { keyring } = keyringOver(kms, kms.createKey({ manager: 'AWS' }));
    for (const work of [
      () => keyring.generateDataKey(context, committingSuite),
      () => keyring.currentWrapping(),
    ]) {
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
    expect((await failureOf(() => keyring.generateDataKey(context, committingSuite))).code).toBe(
      'ACCESS_DENIED',
    );
    kms.failNext(
      new FakeKmsException('AccessDeniedException'),
      new FakeKmsException('AccessDeniedException'),
    );
    const failure = await failureOf(() => keyring.generateDataKey(context, committingSuite));
    expect(failure.code).toBe('ACCESS_DENIED');
    expect(failure.message).toContain('kms:GenerateDataKey');
  });

  test('a key store outside AWS that does not do its part is told where the key itself is in order', async () => {
    const { keyring, kms, mock } = world();
    const CustomKeyStoreId = 'cks-1';
    const described = {
      KeyManager: 'CUSTOMER',
      KeySpec: 'SYMMETRIC_DEFAULT',
      KeyUsage: 'ENCRYPT_DECRYPT',
    } as const;
    mock.on(DescribeKeyCommand).resolves({
      KeyMetadata: {
        ...described,
        KeyId: 'k',
        KeyState: 'Enabled',
        Origin: 'EXTERNAL_KEY_STORE',
        CustomKeyStoreId,
      },
    });
    kms.failNext(new FakeKmsException('KMSInvalidStateException'));
    const failure = await failureOf(() => keyring.generateDataKey(context, committingSuite));
    expect([failure.code, failure.retryable]).toEqual(['KEY_UNAVAILABLE', true]);
    expect(failure.hint).toMatch(/proxy and its key manager.*cks-1$/);

    kms.failNext(new FakeKmsException('AccessDeniedException'));
    const denied = await failureOf(() => keyring.generateDataKey(context, committingSuite));
    expect(denied.code).toBe('ACCESS_DENIED');
  });

  test('a store that is away is not looked for where KMS keeps the material itself', async () => {
    const { keyring, kms } = world();
    kms.failNext(new FakeKmsException('KMSInvalidStateException'));
    const { hint } = await failureOf(() => keyring.generateDataKey(context, committingSuite));
    expect(hint).not.toMatch(/proxy/);
  });

  test('throttling asks KMS for nothing more', async () => {
    const { keyring, kms, mock } = world();
    kms.failNext(new FakeKmsException('ThrottlingException'));
    await failureOf(() => keyring.generateDataKey(context, committingSuite));
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
    expect((await failureOf(() => keyring.generateDataKey(context, committingSuite))).code).toBe(
      'SERVICE_FAILED',
    );
  });

  test.each(['CiphertextBlob', 'KeyId'])('leaves no data key behind where it lacks %s', async (field) => {
    const { keyring, mock } = world();
    const plaintext = patternBytes(32);
    const whole = { Plaintext: plaintext, CiphertextBlob: patternBytes(184), KeyId: 'arn:aws:kms:key' };
    mock.on(GenerateDataKeyCommand).resolves({ ...whole, [field]: undefined });
    await failureOf(() => keyring.generateDataKey(context, committingSuite));
    expect(isWiped(plaintext)).toBe(true);
  });

  test('leaves no data key behind where Decrypt does not name the key', async () => {
    const { keyring, mock } = world();
    const plaintext = patternBytes(32);
    mock.on(DecryptCommand).resolves({ Plaintext: plaintext });
    await failureOf(() => keyring.decryptDataKey(wellFormed.encryptedDataKey));
    expect(isWiped(plaintext)).toBe(true);
  });
});
