import {
  DecryptCommand,
  DescribeKeyCommand,
  GenerateDataKeyCommand,
  ReEncryptCommand,
} from '@aws-sdk/client-kms';
import { describe, expect, test } from '@jest/globals';
import { cbcSuite, committingSuite } from '../../envelope/suite.ts';
import type { WrappingAlgorithm } from '../../envelope/wrapping-algorithm.ts';
import { failureOf, patternBytes } from '../support/bytes.ts';
import { wellFormed } from '../support/envelopes.ts';
import { FakeKms, FakeKmsException } from '../support/fake-kms.ts';
import { keyringOver } from '../support/mock-kms.ts';

const context = { 'aws:x-amz-cek-alg': '115', 'sealdrop-vault': 'archive' };

function world() {
  const kms = new FakeKms();
  const keyArn = kms.createKey();
  return { kms, keyArn, ...keyringOver(kms, keyArn) };
}

describe('a data key that an older client wrapped', () => {
  test('with "kms" is decrypted with the context that is stored beside it', async () => {
    const { keyring, inputs, keyArn, kms } = world();
    const stored = { kms_cmk_id: keyArn, mail: '17' };
    const { CiphertextBlob } = kms.generateDataKey({ KeyId: keyArn, EncryptionContext: stored });
    const opened = await keyring.decryptDataKey({
      wrappingAlgorithm: 'kms',
      ciphertext: CiphertextBlob,
      context: stored,
      suite: cbcSuite,
    });
    expect(inputs()).toEqual([{ KeyId: keyArn, CiphertextBlob, EncryptionContext: stored }]);
    expect(opened.plaintext).toHaveLength(32);
  });

  test.each([
    'AES/GCM',
    'AESWrap',
    'AES',
    'RSA-OAEP-SHA1',
    'RSA/ECB/OAEPWithSHA-256AndMGF1Padding',
    'RSA',
  ] as WrappingAlgorithm[])(
    'with the raw "%s" is refused, and KMS is not asked',
    async (wrappingAlgorithm) => {
      const { keyring, inputs } = world();
      const failure = await failureOf(() =>
        keyring.decryptDataKey({ ...wellFormed.encryptedDataKey, wrappingAlgorithm }),
      );
      expect(failure.code).toBe('ENVELOPE_UNSUPPORTED');
      expect(failure.fields).toEqual({ wrappingAlgorithm });
      expect(inputs()).toEqual([]);
    },
  );
});

describe('further keys that are accepted', () => {
  function moving() {
    const kms = new FakeKms();
    const [now, before, oldest] = [kms.createKey(), kms.createKey(), kms.createKey()];
    return { kms, now, before, oldest, ...keyringOver(kms, now, [before, oldest]) };
  }
  const wrappedBy = async (kms: FakeKms, keyId: string) =>
    (await keyringOver(kms, keyId).keyring.generateDataKey(context, committingSuite)).encryptedDataKey;
  const asked = (kms: FakeKms) =>
    kms.calls.filter(({ action }) => action === 'Decrypt').map(({ keyId }) => keyId);

  test('wrap nothing new', async () => {
    const { keyring, now } = moving();
    const { wrapping } = await keyring.generateDataKey(context, committingSuite);
    expect(wrapping?.keyArn).toBe(now);
    expect((await keyring.currentWrapping()).keyArn).toBe(now);
  });

  test('are asked in their order, until one did wrap', async () => {
    const { keyring, kms, now, before, oldest } = moving();
    for (const [wrapper, expected] of [
      [now, [now]],
      [before, [now, before]],
      [oldest, [now, before, oldest]],
    ] as [string, string[]][]) {
      const wrapped = await wrappedBy(kms, wrapper);
      kms.calls.length = 0;
      const opened = await keyring.decryptDataKey(wrapped);
      expect(opened.wrapping?.keyArn).toBe(wrapper);
      expect(asked(kms)).toEqual(expected);
    }
  });

  test('are in vain where none of them wrapped', async () => {
    const { keyring, kms, now, before, oldest } = moving();
    const wrapped = await wrappedBy(kms, kms.createKey());
    expect((await failureOf(() => keyring.decryptDataKey(wrapped))).code).toBe('KEY_MISMATCH');
    expect(asked(kms)).toEqual([now, before, oldest]);
  });

  test.each([
    ['InvalidCiphertextException', 'AUTHENTICATION_FAILED'],
    ['AccessDeniedException', 'ACCESS_DENIED'],
    ['DisabledException', 'KEY_DISABLED'],
    ['NotFoundException', 'KEY_NOT_FOUND'],
    ['ThrottlingException', 'THROTTLED'],
  ])('are not asked after %s', async (name, code) => {
    const { keyring, kms, now, before } = moving();
    const wrapped = await wrappedBy(kms, before);
    kms.failNext(new FakeKmsException(name));
    expect((await failureOf(() => keyring.decryptDataKey(wrapped))).code).toBe(code);
    expect(asked(kms)).toEqual([now]);
  });

  test.each([
    ['alias/aws/s3', 'KEY_NOT_CUSTOMER_MANAGED'],
    [' ', 'KEY_NOT_FOUND'],
  ])('are checked like the wrapping key: "%s"', async (keyId, code) => {
    const kms = new FakeKms();
    const arn = kms.createKey();
    expect((await failureOf(() => keyringOver(kms, arn, [keyId]))).code).toBe(code);
    expect((await failureOf(() => keyringOver(kms, keyId))).code).toBe(code);
  });
});

describe('a multi-Region key', () => {
  const inRegion = (region: string) => `arn:aws:kms:${region}:111122223333:key/mrk-1`;

  test('stands for its replica in the Region of the client, in every call', async () => {
    const { keyring, mock, inputs } = keyringOver(new FakeKms(), inRegion('eu-west-1'), [], 'us-east-1');
    const answer = { Plaintext: patternBytes(32), CiphertextBlob: patternBytes(40), KeyId: 'arn' };
    mock.on(GenerateDataKeyCommand).resolves(answer);
    mock.on(DecryptCommand).resolves(answer);
    mock.on(ReEncryptCommand).resolves(answer);
    mock.on(DescribeKeyCommand).resolves({ KeyMetadata: { KeyId: 'mrk-1' } });
    const { encryptedDataKey } = await keyring.generateDataKey(context, committingSuite);
    await keyring.decryptDataKey(encryptedDataKey);
    await keyring.rewrapDataKey(encryptedDataKey, context);
    await keyring.describeKey();
    expect(inputs().map(({ KeyId, SourceKeyId }) => KeyId ?? SourceKeyId)).toEqual(
      Array.from({ length: 4 }, () => inRegion('us-east-1')),
    );
    expect(inputs()[2]).toMatchObject({ DestinationKeyId: inRegion('us-east-1') });
  });

  test('that is accepted stands for its replica too', async () => {
    const single = 'arn:aws:kms:us-east-1:111122223333:key/1';
    const kms = new FakeKms();
    const { keyring, inputs } = keyringOver(kms, single, [inRegion('eu-west-1')], 'us-east-1');
    kms.failNext(new FakeKmsException('IncorrectKeyException'));
    await failureOf(() => keyring.decryptDataKey(wellFormed.encryptedDataKey));
    expect(inputs().map(({ KeyId }) => KeyId)).toEqual([single, inRegion('us-east-1')]);
  });

  test('that an object records in another Region is the first one to be asked', async () => {
    const kms = new FakeKms();
    const other = 'arn:aws:kms:us-east-1:111122223333:key/1';
    const { keyring, inputs } = keyringOver(kms, other, [inRegion('us-east-1')], 'us-east-1');
    await failureOf(() =>
      keyring.rewrapDataKey(wellFormed.encryptedDataKey, context, undefined, {
        keyArn: inRegion('eu-west-1'),
      }),
    );
    expect(inputs().map(({ SourceKeyId }) => SourceKeyId)).toEqual([inRegion('us-east-1')]);
  });

  test.each([
    ['NotFoundException', 'KEY_NOT_IN_REGION', 'make a replica of the key in us-east-1'],
    ['DisabledException', 'KEY_DISABLED', 'enable the key in us-east-1'],
    ['AccessDeniedException', 'ACCESS_DENIED', 'the key policy in us-east-1'],
  ])(
    'that cannot be used in the Region of the client fails with what to do there: %s',
    async (name, code, hint) => {
      const kms = new FakeKms();
      const { keyring } = keyringOver(kms, inRegion('eu-west-1'), [], 'us-east-1');
      kms.failNext(new FakeKmsException(name), new FakeKmsException(name));
      const failure = await failureOf(() => keyring.decryptDataKey(wellFormed.encryptedDataKey));
      expect(failure.code).toBe(code);
      expect(failure.message).toBe(`kms:Decrypt on ${inRegion('us-east-1')} failed: ${name}`);
      expect(failure.hint).toContain(hint);
    },
  );
});

describe('the key that was noted with a data key', () => {
  function moving() {
    const kms = new FakeKms();
    const [now, before, oldest, foreign] = [
      kms.createKey(),
      kms.createKey(),
      kms.createKey(),
      kms.createKey(),
    ];
    return { kms, now, before, oldest, foreign, ...keyringOver(kms, now, [before, oldest]) };
  }
  const sourcesIn = (inputs: Record<string, unknown>[]) => inputs.map(({ SourceKeyId }) => SourceKeyId);

  /** Rewraps what a key wrapped, where another may have been noted, and tells which keys were tried. */
  async function tried(scene: ReturnType<typeof moving>, wrapper: string, noted?: string) {
    const { kms, keyring, inputs, mock } = scene;
    const made = await keyringOver(kms, wrapper).keyring.generateDataKey(context, committingSuite);
    mock.resetHistory();
    const record = noted === undefined ? undefined : { keyArn: noted, keyMaterialId: 'm' };
    const rewrapping = keyring.rewrapDataKey(made.encryptedDataKey, context, undefined, record);
    const end = await rewrapping.then(
      ({ wrapping }) => wrapping.keyArn,
      (error: unknown) => (error as { code: string }).code,
    );
    const reEncrypts = inputs().filter((input) => 'SourceKeyId' in input);
    expect(reEncrypts.every(({ DestinationKeyId }) => DestinationKeyId === scene.now)).toBe(true);
    return { end, sources: sourcesIn(reEncrypts) };
  }

  test('goes first, and saves the tries of the others', async () => {
    const scene = moving();
    const { now, before, oldest } = scene;
    expect(await tried(scene, oldest, oldest)).toEqual({ end: now, sources: [oldest] });
    expect(await tried(scene, before, before)).toEqual({ end: now, sources: [before] });
    expect(await tried(scene, now, now)).toEqual({ end: now, sources: [now] });
  });

  test('is only where to begin: a wrong one costs a try, each key once', async () => {
    const scene = moving();
    const { now, before, oldest } = scene;
    expect(await tried(scene, before, oldest)).toEqual({ end: now, sources: [oldest, now, before] });
    expect(await tried(scene, oldest, before)).toEqual({ end: now, sources: [before, now, oldest] });
  });

  test('is never used where it is not accepted, though it did wrap', async () => {
    const scene = moving();
    const { now, before, oldest, foreign } = scene;
    expect(await tried(scene, foreign, foreign)).toEqual({
      end: 'KEY_MISMATCH',
      sources: [now, before, oldest],
    });
    expect(await tried(scene, before, foreign)).toEqual({ end: now, sources: [now, before] });
  });

  test('is not needed', async () => {
    const scene = moving();
    const { now, before } = scene;
    expect(await tried(scene, before)).toEqual({ end: now, sources: [now, before] });
  });
});

describe('a key that is refused', () => {
  test('is described once for all that were refused, and not again within the minute', async () => {
    const { keyring, mock } = world();
    mock.on(GenerateDataKeyCommand).rejects(new FakeKmsException('AccessDeniedException'));
    mock.on(DescribeKeyCommand).resolves({ KeyMetadata: { KeyId: 'k', KeyState: 'Disabled' } });
    const refused = () => failureOf(() => keyring.generateDataKey(context, committingSuite));
    const failures = [...(await Promise.all([refused(), refused(), refused()])), await refused()];
    expect(new Set(failures.map(({ code }) => code)).size).toBe(1);
    expect(mock.commandCalls(DescribeKeyCommand)).toHaveLength(1);
  });
});

describe('a key by an alias', () => {
  test('that was moved since is told of, with what to do', async () => {
    const { kms } = world();
    const [before, now] = [kms.createKey(), kms.createKey()];
    kms.setAlias('alias/vault', before);
    const { keyring } = keyringOver(kms, 'alias/vault');
    const { encryptedDataKey } = await keyring.generateDataKey(context, committingSuite);
    expect((await keyring.decryptDataKey(encryptedDataKey)).wrapping?.keyArn).toBe(before);

    kms.setAlias('alias/vault', now);
    for (const work of [
      () => keyring.decryptDataKey(encryptedDataKey),
      () => keyring.rewrapDataKey(encryptedDataKey, context),
    ]) {
      const failure = await failureOf(work);
      expect(failure.code).toBe('KEY_MISMATCH');
      expect(failure.message).toContain('alias/vault points to another key');
      expect(failure.hint).toMatch(/point the alias back, or name the key/);
    }
  });
});
