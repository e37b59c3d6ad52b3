import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SealdropError, type SealdropErrorCode } from '../../envelope/index.ts';
import { isWiped } from '../support/bytes.ts';
import { attackLists } from './attacks.ts';
import { formNames, handedOut, sceneOf, type FormName } from './forms.ts';
import { forge, rangeOpener, wholeOpeners, type Opener } from './openers.ts';
import type { Attack } from './scene.ts';

// Every attack, on every form of storing an object that it fits, against every way to open it.

const attacks = Object.values(attackLists).flat();
const range = 'a range';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sealdrop-attack-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe.each(formNames)('where nothing was altered, "%s"', (form) => {
  test.each(Object.entries(wholeOpeners))('opens: %s', async (_, open) => {
    const scene = await sceneOf(form);
    const { error, released, opened } = await open(forge(scene, {}), folder);
    expect(error).toBeUndefined();
    expect((opened ?? released).equals(scene.plaintext)).toBe(true);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('opens: a range', async () => {
    const scene = await sceneOf(form);
    const { error, released } = await rangeOpener(forge(scene, {}), folder);
    expect(error).toBeUndefined();
    expect(released).toEqual(scene.plaintext.subarray(5, 41));
  });
});

describe.each(attacks)('an attack: $name', (attack) => {
  test.each(attack.on)(`on "%s" ends in ${attack.code}, and leaves nothing`, async (form) => {
    const seen: Record<string, unknown> = {};
    for (const [name, open] of openersFor(attack, form)) seen[name] = await sightOf(attack, form, open);
    expect(seen).toEqual(expectedOf(attack, form));
  });
});

/** What became of one attempt: the error's code, and whatever should not be there. */
async function sightOf(attack: Attack, form: FormName, open: Opener): Promise<unknown> {
  handedOut.length = 0;
  const scene = await sceneOf(form);
  const { error, released, leftOpen = 0 } = await open(forge(scene, attack.forge(scene)), folder);
  const code = error instanceof SealdropError ? error.code : error;
  const files = readdirSync(folder);
  for (const file of files) rmSync(join(folder, file));
  const keysInTheClear = handedOut.filter((dataKey) => !isWiped(dataKey)).length;
  return {
    code,
    ...(released.length > 0 && { releasedBytes: released.length }),
    ...(files.length > 0 && { files }),
    ...(keysInTheClear > 0 && { keysInTheClear }),
    ...(leftOpen > 0 && { leftOpen }),
  };
}

function openersFor({ seenByTagOn = [] }: Attack, form: FormName): [name: string, open: Opener][] {
  const hasNoTag = seenByTagOn.includes(form);
  return [...Object.entries(wholeOpeners), ...(hasNoTag ? [] : [[range, rangeOpener] as [string, Opener]])];
}

function expectedOf(attack: Attack, form: FormName): Record<string, unknown> {
  const { code, codeInRanges = code, seenByTagOn = [] } = attack;
  const codeBy = (name: string): SealdropErrorCode => (name === range ? codeInRanges : code);
  const mayRelease = (name: string): boolean => name.includes('delayed') && seenByTagOn.includes(form);
  return Object.fromEntries(
    openersFor(attack, form).map(([name]) => [
      name,
      mayRelease(name) ? expect.objectContaining({ code }) : { code: codeBy(name) },
    ]),
  );
}
