import { mkdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { outputLine } from '../../support/output-line-schema.ts';
import { KeyedScene } from './keyed-scene.ts';
import { SealedScene } from './scene.ts';

const scene = new SealedScene();
const keyed = new KeyedScene();
const verify = (...args: string[]) => scene.run('verify', ...args, '--vault', 'archive');

describe('a verification without a key', () => {
  test('finds nothing', async () => {
    await scene.seal('a', 'one');
    expect(await verify('@/a')).toEqual({ code: 0, stdout: '1 object verified, 0 findings\n', stderr: '' });
  });

  test('finds what is not sealed, and what is bound otherwise', async () => {
    for (const name of ['a', 'd/b']) await scene.seal(name, 'content');
    await scene.seal('d/c', 'content', { vault: { vaultId: 'other', binding: 'object' } });
    scene.file('d/plain');
    const { code, stdout } = await verify('@/', '--concurrency', '1');
    expect([code, stdout.split('\n').map((line) => line.split(': ').slice(0, 2).join(': '))]).toEqual([
      3,
      ['finding: @/d/c', 'finding: @/d/plain', '4 objects verified, 2 findings', ''],
    ]);
  });

  test('writes lines of JSON, and no verdict', async () => {
    await scene.seal('a', 'content');
    scene.file('b');
    const { code, stdout, stderr } = await verify('@/', '--json', '--concurrency', '1');
    const lines = stdout.split('\n').slice(0, -1);
    expect(lines.map((line) => outputLine.parse(JSON.parse(line)))).toEqual([
      { verb: 'verify', from: '@/a', status: 'sound' },
      {
        verb: 'verify',
        from: '@/b',
        status: 'finding',
        error: expect.objectContaining({ code: expect.any(String) }),
      },
    ]);
    expect([code, stderr]).toEqual([3, '']);
  });

  test('looks at what the filters let through', async () => {
    for (const name of ['a.tmp', 'b', 'c/d']) await scene.seal(name, 'content');
    const { stdout } = await verify('@/', '--exclude', '*.tmp', '--exclude', 'c/*');
    expect(stdout).toBe('1 object verified, 0 findings\n');
  });

  test.each([
    ['2', 2],
    ['100%', 3],
    ['9', 3],
  ])('looks at a sample of %s', async (sample, count) => {
    for (const name of ['a', 'b', 'c']) await scene.seal(name, 'content');
    const { code, stdout } = await verify('@/', '--sample', sample);
    expect([code, stdout]).toEqual([0, `${count} objects verified, 0 findings\n`]);
  });

  test('that cannot look is a failure', async () => {
    const { code, stderr } = await verify('@/none');
    expect([code, stderr]).toEqual([1, expect.stringContaining('sealdrop: error: ')]);
  });

  test('of nothing at all is a failure', async () => {
    mkdirSync(scene.path('empty'));
    const { code, stderr } = await verify('@/empty/');
    expect([code, stderr]).not.toEqual([0, '']);
  });
});

describe('a verification to the last byte', () => {
  test('tells on a terminal how many bytes it has read', async () => {
    for (const name of ['a', 'b']) {
      keyed.file(`in/${name}`, 'content');
      await keyed.run(['seal', `@/in/${name}`, `@/sealed/${name}`]);
    }
    const decrypt = keyed.kms.decrypt.bind(keyed.kms);
    Object.assign(keyed.kms, { decrypt: (input: never) => sleep(300).then(() => decrypt(input)) });
    const { code, stderr } = await keyed.run(['verify', '@/sealed/', '--deep', '--concurrency', '1'], {
      isTTY: true,
    });
    expect([code, stderr]).toEqual([0, expect.stringContaining('1 of 2 objects · 23 B of 46 B · ')]);
  });

  test('needs a key', async () => {
    await scene.seal('a', 'content');
    const { code, stdout } = await verify('@/a', '--deep');
    expect([code, stdout]).toEqual([2, '']);
  });

  test('is what repairs', async () => {
    const { code, stderr } = await verify('@/a', '--repair');
    expect([code, stderr]).toEqual([2, expect.stringContaining('--repair works with --deep alone')]);
  });
});
