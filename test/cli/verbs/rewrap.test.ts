import { statSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { run } from '../../../cli/program.ts';
import { fakeIo } from '../../support/fake-terminal.ts';
import { outputLine } from '../../support/output-line-schema.ts';
import { KeyedScene } from './keyed-scene.ts';

const scene = new KeyedScene();

/** Rotates the one key, and returns its ARN. */
function rotate(): string {
  const keyId = scene.kms.calls[0]?.keyId ?? '';
  scene.kms.rotate(keyId);
  return keyId;
}

async function sealedTree(): Promise<void> {
  scene.file('in/a', 'content');
  scene.file('in/b', '');
  await scene.run(['seal', '@/in/', '@/sealed/']);
}

const state = (name: string): object => {
  const { mtimeNs, ino } = statSync(scene.path(name), { bigint: true });
  return { mtimeNs, ino };
};

describe('a local tree', () => {
  test('is rewrapped in its meta files alone, and opens', async () => {
    await sealedTree();
    rotate();
    const before = [state('sealed/a'), state('sealed/b')];
    const { code, stdout, stderr } = await scene.run(['rewrap', '@/sealed/', '--concurrency', '1']);
    expect([code, stdout]).toEqual([0, '']);
    expect(stderr.split('\n').slice(0, 5)).toEqual([
      'sealdrop: plan: rewrap at most 2 objects, 39 B',
      'sealdrop: requests at most: KMS 3',
      expect.stringContaining('price: less than $0.01'),
      'sealdrop: time: at least 1 s, at 200 KMS requests a second',
      'sealdrop: rewrapped 2 objects',
    ]);
    expect([state('sealed/a'), state('sealed/b')]).toEqual(before);
    expect((await scene.run(['open', '@/sealed/', '@/out/'])).code).toBe(0);
    expect(scene.text('out/a')).toBe('content');
  });

  test('is current the second time: KMS is asked for no data key', async () => {
    await sealedTree();
    rotate();
    await scene.run(['rewrap', '@/sealed/']);
    scene.kms.calls.length = 0;
    const { code, stderr } = await scene.run(['rewrap', '@/sealed/']);
    expect([code, scene.kms.calls.map(({ action }) => action)]).toEqual([0, ['DescribeKey']]);
    expect(stderr).toContain('sealdrop: current 2 objects\n');
  });

  test('is planned, object by object', async () => {
    await sealedTree();
    rotate();
    await scene.run(['rewrap', '@/sealed/', '--include', 'a', '--exclude', 'b*']);
    scene.file('sealed/c', 'not sealed');
    const { code, stdout, stderr } = await scene.run([
      'rewrap',
      '@/sealed/',
      '--dry-run',
      '--concurrency',
      '1',
    ]);
    expect([code, stdout]).toEqual([
      0,
      '@/sealed/a is current\nwould rewrap @/sealed/b\n@/sealed/c is not sealed\n',
    ]);
    expect(stderr).toContain('sealdrop: plan: rewrap exactly 1 object, 16 B\n');
    expect(stderr).toContain('sealdrop: planned 1 object; current 1 object; not sealed 1 object\n');
  });

  test('is planned with all keys that may have wrapped', async () => {
    await sealedTree();
    const [next, third] = [scene.kms.createKey(), scene.kms.createKey()];
    const line = ['rewrap', '@/sealed/', '--to-key', next, '--accept-key', third, '--dry-run'];
    const { stderr } = await scene.run(line);
    expect(stderr.split('\n').filter((each) => each.includes('requests at most'))).toEqual(
      Array(2).fill('sealdrop: requests at most: KMS 9'),
    );
  });

  test('tells each object as JSON', async () => {
    await sealedTree();
    rotate();
    const { stdout, stderr } = await scene.run(['rewrap', '@/sealed/', '--json', '--concurrency', '1']);
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => outputLine.parse(JSON.parse(line))),
    ).toEqual([
      { verb: 'rewrap', from: '@/sealed/a', status: 'rewrapped', sealedLengthBytes: 23 },
      { verb: 'rewrap', from: '@/sealed/b', status: 'rewrapped', sealedLengthBytes: 16 },
    ]);
    expect(stderr).not.toContain('sealdrop: rewrapped');
  });

  test('moves to another key, which opens it then', async () => {
    await sealedTree();
    const next = scene.kms.createKey();
    expect((await scene.run(['rewrap', '@/sealed/', '--to-key', next])).code).toBe(0);
    const { stdout, stderr } = await scene.run(['open', '@/sealed/a', '-', '--accept-key', next]);
    expect([stdout, stderr]).toEqual(['content', '']);
    expect((await scene.run(['open', '@/sealed/a', '-'])).stderr).toContain('IncorrectKeyException');
  });

  test('is sealed anew', async () => {
    await sealedTree();
    const before = scene.text('sealed/a.meta.json');
    const { code, stderr } = await scene.run(['rewrap', '@/sealed/', '--reseal']);
    expect([code, stderr]).toEqual([0, expect.stringContaining('sealdrop: resealed 2 objects\n')]);
    const [was, is] = [before, scene.text('sealed/a.meta.json')].map(
      (json) => JSON.parse(json) as Record<string, string>,
    );
    expect(is?.['x-amz-i']).not.toBe(was?.['x-amz-i']);
    expect((await scene.run(['open', '@/sealed/a', '-'])).stdout).toBe('content');
  });

  test('with instruction files is rewrapped in those', async () => {
    scene.file('in/a', 'content');
    await scene.run(['seal', '@/in/', '@/sealed/', '--instruction-file']);
    rotate();
    const before = scene.text('sealed/a.meta.json');
    expect((await scene.run(['rewrap', '@/sealed/'])).stderr).toContain('rewrapped 1 object');
    expect(scene.text('sealed/a.meta.json')).toBe(before);
    expect((await scene.run(['open', '@/sealed/a', '-'])).stdout).toBe('content');
  });

  test('fails where an object is bound to something else, and works on the others', async () => {
    await sealedTree();
    scene.file('in/c', 'other');
    await scene.run(['seal', '@/in/c', '@/sealed/c', '--object-key', 'elsewhere']);
    rotate();
    const { code, stderr } = await scene.run(['rewrap', '@/sealed/', '--concurrency', '1']);
    expect([code, stderr.includes('rewrapped 2 objects; failed 1 object')]).toEqual([1, true]);
    expect(stderr).toContain('error: @/sealed/c: the object is not bound to the expected encryption context');
  });
});

test('a single file has a key of its own', async () => {
  scene.file('a', 'content');
  await scene.run(['seal', '@/a', '@/sealed', '--object-key', 'reports/a']);
  rotate();
  expect((await scene.run(['rewrap', '@/sealed'])).code).toBe(1);
  expect((await scene.run(['rewrap', '@/sealed', '--object-key', 'reports/a'])).code).toBe(0);
});

test('what was stopped says how to go on, and the next run does', async () => {
  await sealedTree();
  const keyArn = rotate();
  const io = fakeIo();
  const ask = scene.kms.reEncrypt.bind(scene.kms);
  scene.kms.reEncrypt = (input) => {
    io.stop();
    return ask(input);
  };
  const flags = ['--key', keyArn, '--vault', 'archive', '--region', 'eu-west-1', '--concurrency', '1'];
  expect(await run(['rewrap', scene.path('sealed/'), ...flags], io)).toBe(1);
  expect(io.stderr.text).toContain('sealdrop: error: interrupted after ');
  expect(io.stderr.text).toContain(
    'sealdrop: hint: run the same command again: what is done stays, and is passed over\n',
  );
  scene.kms.reEncrypt = ask;
  expect((await scene.run(['rewrap', '@/sealed/'])).code).toBe(0);
  expect((await scene.run(['open', '@/sealed/', '@/out/'])).code).toBe(0);
  expect(scene.all()).not.toContainEqual(expect.stringContaining('.partial'));
});

test('a folder that is not there is a failure', async () => {
  const { code, stderr } = await scene.run(['rewrap', '@/none/']);
  expect([code, stderr.split('\n')[0]]).toEqual([1, 'sealdrop: error: there is no file or folder "@/none/"']);
});
