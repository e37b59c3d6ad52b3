import { expect, test } from '@jest/globals';
import { openToBuffer } from '../../operations/open-object.ts';
import { rewrapObject } from '../../operations/rewrap-object.ts';
import { failureOf } from '../support/bytes.ts';
import { keyringOver } from '../support/mock-kms.ts';
import { attackLists } from './attacks.ts';
import { formsLike, myKey, sceneOf } from './forms.ts';
import { onContext } from './on-context.ts';
import { onFormat } from './on-format.ts';
import { onKeys } from './on-keys.ts';
import { forge, placeInStore } from './openers.ts';

// Rewrapping must not turn what does not open into what does, and must not give a data key another context.

const address = { bucket: 'sealed', key: myKey };

/** What only opening can see: the policy of the reader, and the data key itself. */
const seenByOpening = [
  'COMMITMENT_REQUIRED',
  'LEGACY_CONTENT_DISABLED',
  'LEGACY_WRAPPING_DISABLED',
  'DATA_KEY_INVALID',
];
const attacks = [...onContext, ...onFormat, ...onKeys]
  .filter(
    ({ on, code, name }) =>
      on.includes('V3') && !seenByOpening.includes(code) && !name.startsWith('a reader with'),
  )
  .filter(
    ({ name, code }) => code !== 'NOT_SEALED' && name !== 'another data key, wrapped under the right context',
  );

test.each(attacks)('rewrapping is no way around: $name', async ({ forge: attack }) => {
  const scene = await sceneOf('V3');
  const forged = forge(scene, attack(scene));
  const store = placeInStore(forged);
  const before = await store.head(address);
  const { keyring } = keyringOver(scene.kms, scene.keyArn);
  const current = { keyArn: scene.keyArn, keyMaterialId: scene.kms.rotate(scene.keyArn) };
  const error = await failureOf(() =>
    rewrapObject(address, { store, keyring, vault: forged.reader.vault, current }),
  );
  expect([
    'AUTHENTICATION_FAILED',
    'CONTEXT_MISMATCH',
    'ENVELOPE_MALFORMED',
    'ENVELOPE_UNSUPPORTED',
    'KEY_MISMATCH',
  ]).toContain(error.code);
  expect(await store.head(address)).toEqual(before);
  expect(store.countOf('copy')).toBe(0);
});

const kmsForms = formsLike(/^V[23](?!.*(raw|AESWrap|RSA|OAEP))/);
const onKmsForms = Object.values(attackLists)
  .flat()
  .flatMap((attack) =>
    kmsForms.filter((form) => attack.on.includes(form)).map((form) => ({ ...attack, form })),
  );

test('every form that KMS wraps is attacked', () => {
  expect(new Set(onKmsForms.map(({ form }) => form))).toEqual(new Set(kmsForms));
  expect(kmsForms.length).toBeGreaterThanOrEqual(9);
});

test.each(onKmsForms)(
  'does not open any more after rewrapping than before: $name, on $form',
  async (attack) => {
    const scene = await sceneOf(attack.form);
    const forged = forge(scene, attack.forge(scene));
    const store = placeInStore(forged);
    const { keyring, vault, policy } = forged.reader;
    const opening = { store, keyring, vault, ...policy };
    expect((await failureOf(() => openToBuffer(address, opening))).code).toBe(attack.code);
    const rotator = keyringOver(scene.kms, scene.keyArn);
    const current = { keyArn: scene.keyArn, keyMaterialId: scene.kms.rotate(scene.keyArn) };
    await rewrapObject(address, { store, keyring: rotator.keyring, vault, current }).catch(() => undefined);
    expect(rotator.inputs().every(({ SourceKeyId }) => SourceKeyId === scene.keyArn)).toBe(true);
    await failureOf(() => openToBuffer(address, opening));
  },
);
