import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { CachingKeyring } from '../../../operations/caching-keyring.ts';
import { DataKeyFile } from '../../../operations/data-key-file.ts';
import { KeyedScene } from './keyed-scene.ts';

const scene = new KeyedScene();
const env = { SEALDROP_CACHE_PASSPHRASE: 'several words of a test' };

const run = (...args: string[]) => scene.run(args, { env });
const warm = (...args: string[]) => run('warm', ...args, '--cache', '@/keys', '--for', '8h');

async function sealed(names: readonly string[]): Promise<void> {
  for (const name of names) scene.file(`in/${name}`, `the content of ${name}`);
  await run('seal', '@/in/', '@/sealed/');
}

afterEach(() => {
  jest.restoreAllMocks();
});

describe('what holds data keys is closed', () => {
  /** How often each was made and closed. */
  function watched(): { file: jest.Spied<() => void>; caching: jest.Spied<() => void> } {
    return {
      file: jest.spyOn(DataKeyFile.prototype, 'close'),
      caching: jest.spyOn(CachingKeyring.prototype, 'close'),
    };
  }

  test.each<[string, string[], number]>([
    ['seal', ['seal', '@/in/', '@/again/'], 0],
    ['seal that fails', ['seal', '@/in/', '@/sealed/../in/'], 1],
    ['open', ['open', '@/sealed/', '@/out/'], 0],
    ['open to standard output', ['open', '@/sealed/a', '-', '--object-key', 'a'], 0],
    ['open to standard output that fails', ['open', '@/sealed/a', '-', '--buffer-limit', '1'], 1],
    ['open that fails', ['open', '@/none', '@/out'], 1],
    ['verify', ['verify', '@/sealed/', '--deep'], 0],
    ['verify that fails', ['verify', '@/none', '--deep'], 1],
  ])('by %s', async (_, args, code) => {
    await sealed(['a']);
    const { caching } = watched();
    expect((await run(...args)).code).toBe(code);
    expect(caching).toHaveBeenCalledTimes(1);
  });

  test('by warm, and by what opens offline, and when they fail', async () => {
    await sealed(['a']);
    const { file, caching } = watched();
    await warm('@/sealed/');
    expect([file.mock.calls.length, caching.mock.calls.length]).toEqual([1, 1]);
    await run('open', '@/sealed/', '@/out/', '--offline', '@/keys');
    await run('open', '@/none', '@/x', '--offline', '@/keys');
    expect(file).toHaveBeenCalledTimes(3);
    await warm('@/none', '--overwrite');
    expect([file.mock.calls.length, caching.mock.calls.length]).toEqual([4, 2]);
  });

  test.each(['open', 'warm'])('by %s that is interrupted, and no cache is left', async (verb) => {
    await sealed(['a', 'b', 'c']);
    const { caching } = watched();
    const words = verb === 'warm' ? ['--cache', '@/keys', '--for', '8h'] : ['@/out/'];
    const { code, stderr } = await scene.run([verb, '@/sealed/', ...words, '--concurrency', '1'], {
      env,
      prepare: (io) => {
        const decrypt = scene.kms.decrypt.bind(scene.kms);
        scene.kms.decrypt = (input) => {
          io.stop();
          return decrypt(input);
        };
      },
    });
    expect([code, stderr]).toEqual([1, expect.stringContaining('interrupted after')]);
    expect(caching).toHaveBeenCalledTimes(1);
    expect(scene.all()).not.toContain('keys');
    if (verb === 'warm') expect(stderr).toContain('hint: nothing was kept: run the same command again');
  });
});

describe('data keys that are shared', () => {
  test('are told of, and not with --no-cache', async () => {
    for (const name of ['a', 'b', 'c']) scene.file(`in/${name}`);
    const shared = await run('seal', '@/in/', '@/shared/', '--bind', 'vault');
    expect(shared.stderr).toContain('sealdrop: KMS calls for data keys: 1 made, 2 saved\n');
    const each = await run('seal', '@/in/', '@/each/', '--bind', 'vault', '--no-cache');
    expect(each.stderr).toContain('sealdrop: KMS calls for data keys: 3 made, 0 saved\n');
    const one = await run('seal', '@/in/', '@/one/', '--bind', 'vault', '--cache-max-messages', '1');
    expect(one.stderr).toContain('sealdrop: KMS calls for data keys: 3 made, 0 saved\n');
    const few = await run('seal', '@/in/', '@/few/', '--bind', 'vault', '--cache-max-bytes', '1B');
    expect(few.stderr).toContain('sealdrop: KMS calls for data keys: 3 made, 0 saved\n');
    const opened = await run('open', '@/shared/', '@/out/', '--bind', 'vault');
    expect(opened.stderr).toContain('sealdrop: KMS calls for data keys: 1 made, 2 saved\n');
    const verified = await run('verify', '@/shared/', '--deep', '--bind', 'vault', '--no-cache');
    expect(verified.stderr).toContain('sealdrop: KMS calls for data keys: 3 made, 0 saved\n');
  });

  test('are none with the binding object, which is said to whoever limits them', async () => {
    scene.file('a');
    const { stderr } = await run('seal', '@/a', '@/sealed', '--cache-max-messages', '10');
    expect(stderr).toContain('sealdrop: --cache-max-messages changes nothing: with --bind object');
    expect((await run('seal', '@/a', '@/sealed2')).stderr).toBe('');
  });
});
