import { statSync } from 'node:fs';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { outputLine } from '../../support/output-line-schema.ts';
import { RequestPace } from '../../../operations/request-pace.ts';
import { KeyedScene } from './keyed-scene.ts';

const scene = new KeyedScene();
const passphrase = 'several words of a test';
const env = { SEALDROP_CACHE_PASSPHRASE: passphrase };

const run = (...args: string[]) => scene.run(args, { env });
const warm = (...args: string[]) => run('warm', ...args, '--cache', '@/keys', '--for', '8h');

/** Seals files below a folder, and forgets the calls. */
async function sealed(names: readonly string[], ...options: string[]): Promise<void> {
  for (const name of names) scene.file(`in/${name}`, `the content of ${name}`);
  await run('seal', '@/in/', '@/sealed/', ...options);
  scene.kms.calls.length = 0;
}

afterEach(() => {
  jest.restoreAllMocks();
});

describe.each(['object', 'vault', 'none'])('objects that are bound to: %s', (bind) => {
  test.each([[[]], [['--instruction-file']]])('open offline, sealed with %j', async (options) => {
    await sealed(['a', 'b/c'], '--bind', bind, ...options);
    const { code, stdout, stderr } = await warm('@/sealed/', '--bind', bind);
    const calls = bind === 'object' ? 2 : 1;
    expect([code, stdout, scene.kms.calls.length]).toEqual([0, '', calls]);
    expect(stderr.replace(/\d{4}-\S+Z/, 'TIME')).toBe(
      `sealdrop: warmed 2 objects\nsealdrop: @/keys holds ${calls === 1 ? '1 data key' : '2 data keys'} until TIME\n`,
    );
    scene.kms.calls.length = 0;
    const opened = await run('open', '@/sealed/', '@/out/', '--offline', '@/keys', '--bind', bind);
    expect([opened.code, opened.stdout, scene.kms.calls]).toEqual([0, '', []]);
    expect([scene.text('out/a'), scene.text('out/b/c')]).toEqual(['the content of a', 'the content of b/c']);
  });
});

describe('a cache', () => {
  test('is for its owner alone', async () => {
    await sealed(['a']);
    await warm('@/sealed/');
    expect(statSync(scene.path('keys')).mode & 0o777).toBe(0o600);
  });

  test('is not replaced but on purpose, and nobody is asked before', async () => {
    await sealed(['a']);
    scene.file('keys', 'mine');
    const { code, stderr } = await warm('@/sealed/');
    expect([code, stderr]).toEqual([
      1,
      'sealdrop: error: @/keys: something stands there already\n' +
        'sealdrop: hint: name another file, or say that this cache may be replaced (--overwrite)\n',
    ]);
    expect([scene.text('keys'), scene.kms.calls]).toEqual(['mine', []]);
    expect((await warm('@/sealed/', '--overwrite')).code).toBe(0);
    expect(scene.text('keys')).toContain('sealdrop data keys');
  });

  test('that came to be meanwhile stays', async () => {
    await sealed(['a']);
    const decrypt = scene.kms.decrypt.bind(scene.kms);
    scene.kms.decrypt = (input) => {
      scene.file('keys', 'mine');
      return decrypt(input);
    };
    expect((await warm('@/sealed/')).code).toBe(1);
    expect([scene.text('keys'), scene.all().filter((name) => name.includes('partial'))]).toEqual([
      'mine',
      [],
    ]);
  });

  test('is not among what is warmed', async () => {
    await sealed(['a']);
    const tree = await run('warm', '@/sealed/', '--cache', `${scene.root}/sealed/keys`, '--for', '8h');
    const one = await run(
      ...['warm', '@/sealed/a', '--cache', `${scene.root}/sealed/a`, '--for', '8h', '--overwrite'],
    );
    for (const { code, stderr } of [tree, one]) {
      expect([code, stderr]).toEqual([1, expect.stringContaining('is, or has a part in')]);
    }
    expect(statSync(`${scene.root}/sealed/a`).size).toBe(16 + 'the content of a'.length);
  });

  test('is not written in the place of its passphrase', async () => {
    await sealed(['a']);
    const words = scene.file('words', passphrase);
    const { code, stderr } = await run(
      ...['warm', '@/sealed/', '--cache', `${scene.root}/sealed/../words`, '--for', '8h'],
      ...['--overwrite', '--passphrase-file', words],
    );
    expect([code, stderr]).toEqual([1, expect.stringContaining('is, or has a part in')]);
    expect([scene.text('words'), scene.kms.calls]).toEqual([passphrase, []]);
  });

  test('is not written where its time was over before all was warmed', async () => {
    await sealed(['a']);
    const decrypt = scene.kms.decrypt.bind(scene.kms);
    const now = Date.now();
    scene.kms.decrypt = (input) => {
      jest.spyOn(Date, 'now').mockReturnValue(now + 9 * 3_600_000);
      return decrypt(input);
    };
    const { code, stderr } = await warm('@/sealed/');
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/error: .*was over before all was warmed\nsealdrop: hint: .*--for/),
    ]);
    expect(scene.all().filter((name) => name.startsWith('keys'))).toEqual([]);
  });

  test.each([
    ['s3://bucket/keys', '--cache is a file on this machine'],
    ['-', '--cache is a file on this machine'],
    ['folder/', '--cache is a file on this machine'],
  ])('is not %s', async (name, message) => {
    const { code, stderr } = await run('warm', '@/a', '--cache', name, '--for', '8h');
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  });
});

test('each call for a data key waits for its turn, at the pace that the user gave', async () => {
  await sealed(['a', 'b']);
  const inTurn = jest.spyOn(RequestPace.prototype, 'inTurn');
  await warm('@/sealed/', '--requests-per-second', '1234');
  const paces = inTurn.mock.contexts as RequestPace[];
  expect([paces.map(({ perSecond }) => perSecond), scene.kms.calls.length]).toEqual([[1234, 1234], 2]);
});

describe('what cannot be warmed', () => {
  test('does not keep the rest from it, below a tree', async () => {
    await sealed(['a', 'b']);
    scene.file('sealed/plain');
    scene.file('sealed/b.meta.json', 'not JSON');
    const { code, stdout, stderr } = await warm('@/sealed/', '--json', '--concurrency', '1');
    const lines = stdout.split('\n').slice(0, -1);
    expect(lines.map((line) => outputLine.parse(JSON.parse(line)))).toMatchObject([
      { verb: 'warm', from: '@/sealed/a', status: 'warmed' },
      { from: '@/sealed/b', status: 'failed', error: { code: 'ENVELOPE_MALFORMED' } },
      { from: '@/sealed/plain', status: 'not-sealed' },
    ]);
    expect([code, stderr]).toEqual([1, expect.stringContaining('@/keys holds 1 data key until')]);
    expect((await run('open', '@/sealed/a', '@/out', '--offline', '@/keys')).code).toBe(0);
  });

  test('is told by itself, and leaves no file', async () => {
    scene.file('plain');
    const { code, stderr } = await warm('@/plain');
    expect([code, stderr.split('\n')]).toEqual([
      1,
      [
        'sealdrop: error: @/plain: the object is not sealed',
        'sealdrop: hint: the object carries no S3 Encryption Client metadata',
        'sealdrop: failed 1 object',
        'sealdrop: @/keys was not written: there is no data key to keep',
        '',
      ],
    ]);
    expect(scene.all()).toEqual(['plain']);
  });

  test('is nothing', async () => {
    scene.folder('empty');
    const { code, stderr } = await warm('@/empty/');
    expect([code, stderr]).toEqual([1, expect.stringContaining('there is nothing to warm at @/empty/')]);
  });

  test('is what the filters leave out', async () => {
    await sealed(['a', 'b.tmp']);
    expect((await warm('@/sealed/', '--exclude', '*.tmp')).code).toBe(0);
    expect(scene.kms.calls).toHaveLength(1);
  });

  test('is what a busy KMS does not open, before its time', async () => {
    await sealed(['a']);
    const throttled = Object.assign(new Error('slow'), { name: 'ThrottlingException' });
    scene.kms.failNext(throttled);
    expect((await warm('@/sealed/')).code).toBe(0);
    expect(scene.kms.calls).toHaveLength(2);
  });
});

describe('offline', () => {
  test('nothing that is opened replaces the cache, or its passphrase', async () => {
    await sealed(['a']);
    await warm('@/sealed/');
    const words = scene.file('words', passphrase);
    const before = scene.text('keys');
    for (const to of ['@/keys', '@/sealed/../words']) {
      const { code, stderr } = await run(
        ...['open', '@/sealed/a', to, '--offline', '@/keys', '--overwrite', '--passphrase-file', words],
      );
      expect([code, stderr]).toEqual([1, expect.stringContaining('is, or has a part in')]);
    }
    expect([scene.text('words'), scene.text('keys')]).toEqual([passphrase, before]);
  });

  test('an object that was not warmed is named, and how to warm it', async () => {
    await sealed(['a', 'b']);
    await warm('@/sealed/a');
    const tree = await run('open', '@/sealed/', '@/out/', '--offline', '@/keys', '--concurrency', '1');
    const output = await run('open', '@/sealed/b', '-', '--offline', '@/keys', '--object-key', 'b');
    expect([tree.code, output.code, scene.kms.calls.length]).toEqual([1, 1, 1]);
    for (const { stderr } of [tree, output]) {
      expect(stderr).toContain(
        'sealdrop: error: @/sealed/b: its data key is not in the cache\n' +
          'sealdrop: hint: warm the cache with this object, once more where it was sealed or rewrapped since\n',
      );
    }
  });

  test('nothing opens past the time', async () => {
    await sealed(['a']);
    await warm('@/sealed/');
    const now = Date.now();
    jest.spyOn(Date, 'now').mockReturnValue(now + 8 * 3_600_000);
    const { code, stderr } = await run('open', '@/sealed/', '@/out/', '--offline', '@/keys');
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/which is over\nsealdrop: hint: warm a new cache/),
    ]);
    expect(scene.all().some((name) => name.startsWith('out'))).toBe(false);
    jest.spyOn(Date, 'now').mockReturnValue(now - 3_600_000);
    expect((await run('open', '@/sealed/', '@/out/', '--offline', '@/keys')).stderr).toContain('yet to come');
  });

  test('nothing opens with another passphrase', async () => {
    await sealed(['a']);
    await warm('@/sealed/');
    const words = scene.file('words', 'other words of a test');
    const { code, stderr } = await run(
      ...['open', '@/sealed/', '@/out/', '--offline', '@/keys', '--passphrase-file', words],
    );
    expect([code, stderr.split('\n')[0]]).toEqual([
      1,
      'sealdrop: error: the cache of data keys could not be opened',
    ]);
  });

  test('nothing opens for another vault', async () => {
    await sealed(['a']);
    await warm('@/sealed/');
    const { code, stderr } = await run(
      ...['open', '@/sealed/', '@/out/', '--offline', '@/keys', '--context', 'team=a'],
    );
    expect([code, stderr]).toEqual([1, expect.stringContaining('encryption context')]);
  });

  test.each([
    ['--no-cache', '--offline asks it for nothing'],
    ['--cache-max-age=5', '--offline asks it for nothing'],
  ])('%s says nothing', async (flag, message) => {
    const { code, stderr } = await run('open', '@/a', '@/b', '--offline', '@/keys', flag);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  });

  test('a cache is a file', async () => {
    const { code, stderr } = await run('open', '@/a', '@/b', '--offline', 's3://bucket/keys');
    expect([code, stderr]).toEqual([2, expect.stringContaining('--offline is a file on this machine')]);
  });

  test('a passphrase is for a cache', async () => {
    const { code, stderr } = await run('open', '@/a', '@/b', '--passphrase-file', '@/words');
    expect([code, stderr]).toEqual([2, expect.stringContaining('--passphrase-file is for --offline')]);
  });

  test('a cache has to be there', async () => {
    const { code, stderr } = await run('open', '@/a', '@/b', '--offline', '@/none');
    expect([code, stderr]).toEqual([1, expect.stringContaining('there is no file')]);
  });
});
