import { expect, test } from '@jest/globals';
import { rewrapObject } from '../../operations/rewrap-object.ts';
import { failureOf } from '../support/bytes.ts';
import { keyringOver } from '../support/mock-kms.ts';
import { myKey, sceneOf } from './forms.ts';
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
