import { generateKeyPairSync } from 'node:crypto';
import { symlinkSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { outputLine } from '../../support/output-line-schema.ts';
import { KeyedScene } from './keyed-scene.ts';

const scene = new KeyedScene();

describe('a dry run', () => {
  test('tells the lengths of the contents', async () => {
    scene.file('in/a', 'content');
    scene.file('in/b', '');
    await scene.run(['seal', '@/in/', '@/sealed/']);
    const { code, stdout, stderr } = await scene.run([
      ...['open', '@/sealed/', '@/out/', '--dry-run', '--concurrency', '1'],
    ]);
    expect([code, stdout, stderr]).toEqual([
      0,
      'would open @/sealed/a to @/out/a (7 B)\nwould open @/sealed/b to @/out/b (0 B)\n',
      'sealdrop: planned 2 objects, 7 B\n',
    ]);
    expect(scene.all()).not.toContain('out/');
  });

  test('tells the length of the content of one object, whose file holds its data key, as JSON', async () => {
    scene.file('in/a', 'content');
    await scene.run(['seal', '@/in/a', '@/sealed/a', '--instruction-file']);
    const { stdout } = await scene.run(['open', '@/sealed/a', '@/a', '--dry-run', '--json']);
    expect(outputLine.parse(JSON.parse(stdout))).toEqual({
      ...{ verb: 'open', from: '@/sealed/a', to: '@/a', status: 'planned', contentLengthBytes: 7 },
    });
  });

  test('plans nothing with what is not sealed', async () => {
    scene.file('sealed/a');
    const { code, stdout, stderr } = await scene.run(['open', '@/sealed/', '@/out/', '--dry-run']);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('@/sealed/a: the object is not sealed');
  });
});

describe('an object key', () => {
  test('names the file below a folder', async () => {
    scene.file('a', 'content');
    await scene.run(['seal', '@/a', '@/sealed', '--object-key', 'reports/b']);
    const { code, stderr } = await scene.run(['open', '@/sealed', '@/out/', '--object-key', 'reports/b']);
    expect([code, stderr, scene.text('out/b')]).toEqual([0, '', 'content']);
  });
});

describe('an RSA key without the share for it', () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

  test.each([
    ['object', '@/opened', 'the object is not bound to the expected encryption context'],
    ['object', '-', 'the object is not bound to the expected encryption context'],
    ['none', '@/opened', 'the wrapping algorithm "kms+context" is not supported here'],
  ])('(binding %s, to %s) is told of the suffix', async (bind, to, message) => {
    scene.file('a', 'content');
    scene.file('private.pem', privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
    await scene.run(['seal', '@/a', '@/sealed', '--instruction-file', '--bind', bind]);
    const { code, stderr } = await scene.run([
      'open',
      '@/sealed',
      to,
      '--rsa-private-key',
      scene.path('private.pem'),
    ]);
    expect([code, stderr]).toEqual([1, expect.stringContaining(message)]);
    expect(stderr).toContain('(--instruction-file-suffix .partner)');
  });
});

describe('what is read is not replaced', () => {
  test('by what is opened', async () => {
    scene.file('a', 'content');
    await scene.run(['seal', '@/a', '@/sealed']);
    const meta = scene.text('sealed.meta.json');
    const { code, stderr } = await scene.run(['open', '@/sealed', '@/sealed.meta.json', '--overwrite']);
    expect([code, stderr.split('\n')[0]]).toEqual([
      1,
      'sealdrop: error: "@/sealed.meta.json" is, or has a part in, "@/sealed"',
    ]);
    expect(scene.text('sealed.meta.json')).toBe(meta);
  });

  test('by what is sealed', async () => {
    scene.file('a', 'content');
    await scene.run(['seal', '@/a', '@/sealed']);
    const { code, stderr } = await scene.run(['seal', '@/sealed.meta.json', '@/sealed', '--overwrite']);
    expect([code, stderr.split('\n')[0]]).toEqual([
      1,
      'sealdrop: error: "@/sealed" is, or has a part in, "@/sealed.meta.json"',
    ]);
  });
});

test.each([
  ['seal', '@/in/', '@/out/'],
  ['open', '@/in/', '@/out/'],
  ['verify', '@/in/'],
])('what %s passes over is told on a line that is clear', async (...args) => {
  scene.folder('in');
  symlinkSync('nowhere', scene.path('in', 'broken'));
  const { code, stderr } = await scene.run(args, { isTTY: true, env: { NO_COLOR: '1' } });
  const [before, told] = stderr.split('sealdrop: error: ');
  expect([code, before]).toEqual([1, '\r\u001b[K']);
  expect(told).toMatch(/^the symbolic link .* leads nowhere/);
});
