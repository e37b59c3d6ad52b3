import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { SealedScene } from './scene.ts';

const scene = new SealedScene();

test('what an object says of itself is a result', async () => {
  await scene.seal('a', 'content', {
    vault: { vaultId: 'a b', binding: 'object', extraContext: { team: 'blue' } },
  });
  const { code, stdout, stderr } = await scene.run('inspect', '@/a');
  expect([code, stderr]).toEqual([0, '']);
  for (const row of [
    /^object +@\/a$/m,
    /^format +V3$/m,
    /^suite +ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY \(key committing\)$/m,
    /^binding +object$/m,
    /^context +team=blue$/m,
    /^content +7 B$/m,
    /^to open it +kms:Decrypt on arn:aws:kms:\S+, --bind object, --vault 'a b', --context team=…$/m,
  ]) {
    expect(stdout).toMatch(row);
  }
  expect(stdout).not.toContain('undefined');
});

test('as JSON it is one line', async () => {
  await scene.seal('a', 'content');
  const { code, stdout } = await scene.run('inspect', '@/a', '--json');
  expect(stdout.split('\n')).toHaveLength(2);
  expect([code, JSON.parse(stdout)]).toEqual([
    0,
    expect.objectContaining({ object: '@/a', format: 'V3', binding: 'object', contentLengthBytes: 7 }),
  ]);
});

test('what others wrote into it does nothing to a terminal', async () => {
  const path = await scene.seal('a', 'content', {
    vault: { vaultId: 'v', binding: 'none', extraContext: { team: 'blue' } },
  });
  const meta = `${path}.meta.json`;
  writeFileSync(meta, readFileSync(meta, 'utf8').replace('blue', String.raw`\\u001b[2J`));
  expect((await scene.run('inspect', '@/a')).stdout).toMatch(/^context +team=\\u001b\[2J$/m);
});

test.each([
  ['what is not sealed', 'plain', 'the object is not sealed'],
  ['what is not there', 'none', 'there is no file "@/none"'],
])('%s is a failure', async (_, name, message) => {
  scene.file('plain');
  const { code, stdout, stderr } = await scene.run('inspect', `@/${name}`);
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr.split('\n')[0]).toBe(`sealdrop: error: ${message}`);
});

test.each(['@/', '@', '-'])('%s is no object', async (place) => {
  const { code, stdout } = await scene.run('inspect', place);
  expect([code, stdout]).toEqual([2, '']);
});
