import { createCipheriv, createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseEnvelope, type OpenPolicy } from '../../envelope/index.ts';
import { patternBytes } from '../support/bytes.ts';
import { attackLists } from './attacks.ts';
import { faceOf, upTo } from './attempt.ts';
import { sceneOf, type FormName } from './forms.ts';
import { wrapRaw } from './legacy-forms.ts';
import { forge, wholeOpeners, type Forged } from './openers.ts';
import { oaepMixedBlock, rawRsa, type OaepParts } from './rsa-blocks.ts';
import { entryOf, everyOptIn, nameOf, set, type Scene } from './scene.ts';

// What an attacker learns who may try as often as they like, and sees every error.

const attacks = Object.values(attackLists).flat();

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sealdrop-attack-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** What the reader answers: everything that can be told from its error, and how much came before it. */
async function answersTo(forgeries: Iterable<Forged>): Promise<string[]> {
  const answers = new Set<string>();
  for (const forged of forgeries) {
    for (const [opener, open] of Object.entries(wholeOpeners)) {
      const { error, released } = await open(forged, folder);
      const isDelayed = opener.includes('delayed');
      answers.add(JSON.stringify([isDelayed, faceOf(error ?? 'opened'), released.length]));
    }
  }
  return [...answers];
}

/** Which of the answers are not the same, but for what delayed authentication released. */
function kindsOf(answers: readonly string[]): number {
  return new Set(answers.map((answer) => JSON.stringify((JSON.parse(answer) as unknown[])[1]))).size;
}

test('no error tells which part of the authentication failed', async () => {
  const faces = new Set<string>();
  for (const attack of attacks.filter(({ code }) => code === 'AUTHENTICATION_FAILED')) {
    for (const form of attack.on) {
      const scene = await sceneOf(form);
      const forged = forge(scene, attack.forge(scene));
      for (const open of [wholeOpeners['openToBuffer'], wholeOpeners['GetObject']]) {
        const { error } = (await open?.(forged, folder)) ?? {};
        faces.add(JSON.stringify(faceOf(error)));
      }
    }
  }
  expect([...faces].map((face) => JSON.parse(face) as unknown)).toEqual([
    {
      name: 'SealdropError',
      kind: 'SealdropError',
      code: 'AUTHENTICATION_FAILED',
      message: 'the object could not be authenticated',
      hint: expect.any(String),
      retryable: false,
      fields: {},
      // No cause among them.
      names: ['code', 'fields', 'hint', 'message', 'name', 'retryable', 'stack'],
    },
  ]);
});

const dataKey = patternBytes(32, 'a data key that opens nothing');
const filling = Buffer.alloc(221, 0xaa);
const paddings: [string, Buffer][] = [
  ['valid', Buffer.concat([Buffer.of(0, 2), filling, Buffer.of(0), dataKey])],
  ['of a signature', Buffer.concat([Buffer.of(0, 1), filling.fill(0xff), Buffer.of(0), dataKey])],
  [
    'without its zero',
    Buffer.concat([Buffer.of(0, 2), filling, Buffer.of(1), dataKey.map((byte) => byte || 1)]),
  ],
  ['shorter than eight bytes', Buffer.concat([Buffer.of(0, 2, 3, 0), patternBytes(252)])],
  ['that begins with another byte', Buffer.concat([Buffer.of(1, 2), filling, Buffer.of(0), dataKey])],
  [
    'around a data key of 16 bytes',
    Buffer.concat([Buffer.of(0, 2), Buffer.alloc(237, 0xaa), Buffer.of(0), patternBytes(16)]),
  ],
  ['around nothing', Buffer.concat([Buffer.of(0, 2), Buffer.alloc(253, 0xaa), Buffer.of(0)])],
  ['of zeros', Buffer.alloc(256)],
];

describe("Bleichenbacher's oracle: a data key wrapped with PKCS #1 v1.5", () => {
  /** An object as the official suite makes it: the label of V1 on what is sealed today, another data key in it. */
  const asV1 = (scene: Scene, wrapped: Buffer, inFile: boolean, policy: OpenPolicy): Forged => {
    const entries = {
      'x-amz-key': wrapped.toString('base64'),
      'x-amz-iv': Buffer.alloc(16).toString('base64'),
      'x-amz-matdesc': '{}',
    };
    const stored = inFile ? { metadata: {}, file: entries } : { metadata: entries, file: undefined };
    return forge(scene, { ...stored, reader: { policy } });
  };

  const forms: FormName[] = ['V3, raw RSA', 'V2, raw RSA'];
  const policies: OpenPolicy[] = [
    { commitmentPolicy: 'FORBID_ENCRYPT_ALLOW_DECRYPT' },
    { commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT' },
    { commitmentPolicy: 'REQUIRE_ENCRYPT_REQUIRE_DECRYPT' },
  ];
  const cases = forms.flatMap((form) =>
    policies.flatMap((policy) => [false, true].map((inFile) => [form, policy, inFile] as const)),
  );

  test.each(cases)(
    'on "%s" under %j, in an instruction file: %s, the key is not even tried',
    async (form, policy, inFile) => {
      const scene = await sceneOf(form);
      const forgeries = paddings.map(([, block]) => asV1(scene, rawRsa(block), inFile, policy));
      const asked: unknown[] = [];
      const watching = forgeries.map((forged) => ({
        ...forged,
        sealed: forged.sealed.subarray(0, 2512),
        reader: {
          ...forged.reader,
          keyring: {
            ...forged.reader.keyring,
            decryptDataKey: () => Promise.reject(new Error(String(asked.push('asked')))),
          },
        },
      }));
      const answers = await answersTo(watching);
      expect(kindsOf(answers)).toBe(1);
      expect(answers.join()).toContain('LEGACY_WRAPPING_DISABLED');
      expect(asked).toEqual([]);
    },
  );

  const withDataKey = (scene: Scene, wrapped: Buffer): Forged =>
    forge(scene, set({ [nameOf('dataKey', scene)]: wrapped.toString('base64') })(scene));

  test('with every opt-in turned on, no padding is told from a wrong data key', async () => {
    const scene = await sceneOf('V2, RSA');
    const wrong = withDataKey(scene, wrapRaw('RSA', dataKey));
    const forgeries = paddings.map(([, block]) => withDataKey(scene, rawRsa(block)));
    const random = upTo(16).map((seed) =>
      withDataKey(scene, rawRsa(Buffer.concat([Buffer.of(0), patternBytes(255, `${seed}`)]))),
    );
    expect(await answersTo([...forgeries, ...random])).toEqual(await answersTo([wrong]));
  });

  test('with every opt-in turned on, no padding of RSA-OAEP is told from a wrong data key', async () => {
    const scene = await sceneOf('V2, OAEP of Java');
    const blocks = [
      { message: dataKey, first: 1 },
      { message: dataKey, label: Buffer.alloc(32) },
      { message: dataKey, filling: 2 },
      { message: dataKey, separator: 0 },
      { message: dataKey, separator: 3 },
      { message: dataKey.subarray(1) },
      { message: Buffer.alloc(0) },
    ].map(oaepMixedBlock);
    const forgeries = blocks.map((block) => withDataKey(scene, rawRsa(block)));
    const wrong = withDataKey(scene, rawRsa(oaepMixedBlock({ message: dataKey })));
    expect(await answersTo(forgeries)).toEqual(await answersTo([wrong]));
  });

  test('the right data key in a bad padding of RSA-OAEP does not open', async () => {
    const scene = await sceneOf('V2, OAEP of Java');
    const { encryptedDataKey } = parseEnvelope(scene.mine.metadata);
    const { plaintext } = await scene.reader.keyring.decryptDataKey(encryptedDataKey);
    const wrapped = (wrong: Partial<OaepParts>): Forged =>
      withDataKey(scene, rawRsa(oaepMixedBlock({ message: Buffer.from(plaintext), ...wrong })));
    expect((await answersTo([wrapped({})])).join()).not.toContain('AUTHENTICATION_FAILED');
    for (const wrong of [{ first: 1 }, { label: Buffer.alloc(32) }, { filling: 2 }, { separator: 2 }]) {
      expect((await answersTo([wrapped(wrong)])).join()).not.toContain('opened');
    }
  });

  // Whatever takes the place of a message that is no data key must be nothing that an attacker can compute, too.
  const guesses: [string, (wrapped: Buffer) => Buffer][] = [
    ['of the message', () => createHash('sha256').update('').digest()],
    ['of what was wrapped', (wrapped) => createHash('sha256').update(wrapped).digest()],
    ['of nothing but zeros', () => Buffer.alloc(32)],
  ];
  const withoutDataKey: [FormName, Buffer][] = [
    ['V2, RSA', rawRsa(Buffer.concat([Buffer.of(0, 2), Buffer.alloc(253, 0xaa), Buffer.of(0)]))],
    ['V2, OAEP of Java', rawRsa(oaepMixedBlock({ message: Buffer.alloc(0) }))],
  ];
  test('with every opt-in turned on, no content opens under a message that is no data key', async () => {
    for (const [form, wrapped] of withoutDataKey) {
      const scene = await sceneOf(form);
      const iv = Buffer.from(entryOf(scene.mine, 'x-amz-iv'), 'base64');
      const answers = await answersTo(
        guesses.map(([, guess]) => {
          const cipher = createCipheriv('aes-256-gcm', guess(wrapped), iv);
          const sealed = Buffer.concat([cipher.update('guessed'), cipher.final(), cipher.getAuthTag()]);
          return { ...withDataKey(scene, wrapped), sealed };
        }),
      );
      expect(answers.join()).not.toContain('opened');
    }
  });

  test('with every opt-in turned on, no error tells a bad wrapping by plain AES from a wrong data key', async () => {
    const scene = await sceneOf('V2, AESWrap');
    const asAes = (payload: Buffer): Forged =>
      forge(
        scene,
        set({ 'x-amz-wrap-alg': 'AES', 'x-amz-key-v2': wrapRaw('AES', payload).toString('base64') })(scene),
      );
    const wrongLengths = [1, 15, 16, 24, 31, 33, 47].map((length) => asAes(patternBytes(length, 'payload')));
    expect(kindsOf(await answersTo([...wrongLengths, asAes(dataKey)]))).toBe(1);
  });
});

describe('the padding oracle of CBC', () => {
  const forms: FormName[] = ['V2, kms, CBC', 'V2, kms, CBC, file', 'V1, AES, CBC', 'V1, RSA, CBC'];
  /** The last byte of the plaintext's padding is 12; the block before it says what it decrypts to. */
  const padding = 12;
  const withPadding = (scene: Scene, last: number, policy: OpenPolicy): Forged => {
    const sealed = Buffer.from(scene.mine.sealed);
    const at = sealed.length - 16 - 1;
    sealed.writeUInt8(sealed.readUInt8(at) ^ padding ^ last, at);
    return forge(scene, { sealed, reader: { policy } });
  };
  const bad = upTo(256).filter((last) => last !== padding && last !== 1);

  test.each(forms)('on "%s": every bad padding, every other length gives one error', async (form) => {
    const scene = await sceneOf(form);
    const { sealed } = scene.mine;
    const forgeries = [
      ...bad.map((last) => withPadding(scene, last, everyOptIn)),
      ...[0, 1, 15, 17, sealed.length - 1].map((length) =>
        forge(scene, { sealed: sealed.subarray(0, length) }),
      ),
      forge(scene, { sealed: Buffer.concat([sealed, Buffer.alloc(1)]) }),
    ];
    const answers = await answersTo(forgeries);
    expect(kindsOf(answers)).toBe(1);
    expect(answers.join()).toContain('AUTHENTICATION_FAILED');
  });

  test.each(forms)('on "%s": without the opt-in, no padding is even looked at', async (form) => {
    const scene = await sceneOf(form);
    const { legacyContent, ...policy } = everyOptIn;
    const forgeries = upTo(256).map((last) => withPadding(scene, last, policy));
    const answers = await answersTo(forgeries);
    expect(kindsOf(answers)).toBe(1);
    expect(answers.join()).toContain('LEGACY_CONTENT_DISABLED');
    expect(answers.join()).not.toContain('opened');
  });
});
