import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openToBuffer, openToFile } from '../../operations/open-object.ts';
import { rewrapObject } from '../../operations/rewrap-object.ts';
import { failureOf, isWiped } from '../support/bytes.ts';
import { onCommitment, onContent, onFormat } from './on-content.ts';
import { onContext, onKeys } from './on-keys.ts';
import { forgedWorld } from './scene.ts';

const attacks = [...onContent, ...onCommitment, ...onFormat, ...onContext, ...onKeys];

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sealdrop-attack-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe.each(attacks)('an attack: %s', (_, code, forge) => {
  test(`ends in ${code}, and nothing is released`, async () => {
    const { world, at, open } = await forgedWorld(forge);
    expect((await failureOf(() => openToBuffer(at, open))).code).toBe(code);
    expect(world.kms.plaintexts.every(isWiped)).toBe(true);
  });

  test(`ends in ${code}, and no file is left`, async () => {
    const { at, open } = await forgedWorld(forge);
    expect((await failureOf(() => openToFile(at, join(folder, 'out'), open))).code).toBe(code);
    expect(readdirSync(folder)).toEqual([]);
  });
});

test('an attacker learns from no error which part of the authentication failed', async () => {
  const seen = new Set<string>();
  for (const [, code, forge] of attacks.filter(([, code]) => code === 'AUTHENTICATION_FAILED')) {
    const { at, open } = await forgedWorld(forge);
    const { message, hint, fields, cause } = await failureOf(() => openToBuffer(at, open));
    const isOurs = cause === undefined;
    // What the key service refuses carries its answer; what we refuse carries nothing.
    if (isOurs) seen.add(JSON.stringify([code, message, hint, fields]));
  }
  expect(seen.size).toBe(1);
});

test.each(onKeys.slice(0, 3))('rewrapping is no way around: %s', async (_, code, forge) => {
  const { world, at, open } = await forgedWorld(forge);
  const { store, keyring, vault } = open;
  const before = await store.head(at);
  const current = { keyArn: world.keyArn, keyMaterialId: world.kms.rotate(world.keyArn) };
  expect((await failureOf(() => rewrapObject(at, { store, keyring, vault, current }))).code).toBe(code);
  expect(await store.head(at)).toEqual(before);
});
