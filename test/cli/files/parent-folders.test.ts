import { chmodSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ParentFolders } from '../../../cli/files/parent-folders.ts';
import { failureOf, thrownBy } from '../../support/bytes.ts';
import { lockedOut, Scene } from './scene.ts';

const scene = new Scene();
const failing = async (): Promise<never> => Promise.reject(new TypeError('the work failed'));

describe('the folders of a file', () => {
  test('are made, and stay where the work is done', async () => {
    const write = async (): Promise<string> => Promise.resolve(scene.file('a/b/c/file'));
    expect(await new ParentFolders().holding(scene.path('a/b/c'), write)).toBe(scene.path('a/b/c/file'));
    expect(scene.all()).toEqual(['a/', 'a/b/', 'a/b/c/', 'a/b/c/file']);
  });

  test('are taken away again where the work fails, and only those that were made', async () => {
    scene.folder('a');
    const failure = await thrownBy(() => new ParentFolders().holding(scene.path('a/b/c'), failing));
    expect(failure).toMatchObject({ message: 'the work failed' });
    expect(scene.all()).toEqual(['a/']);
  });

  test('that were there before stay, however empty', async () => {
    scene.folder('a/b');
    await thrownBy(() => new ParentFolders().holding(scene.path('a/b'), failing));
    expect(scene.all()).toEqual(['a/', 'a/b/']);
  });

  test('stay where somebody has put something there', async () => {
    await thrownBy(() =>
      new ParentFolders().holding(scene.path('a/b'), () => {
        scene.file('a/other');
        return failing();
      }),
    );
    expect(scene.all()).toEqual(['a/', 'a/other']);
  });

  test('that were made for a work that was done stay when a later one fails', async () => {
    const folders = new ParentFolders();
    await folders.holding(scene.path('a/b'), async () => Promise.resolve());
    await thrownBy(() => folders.holding(scene.path('a/b/c'), failing));
    expect(scene.all()).toEqual(['a/', 'a/b/']);
  });

  test('stay while another work needs them, and go with the last that failed', async () => {
    const folders = new ParentFolders();
    const second = Promise.withResolvers<never>();
    const isIn = Promise.withResolvers<undefined>();
    const other = folders.holding(scene.path('a/b/c'), () => {
      isIn.resolve(undefined);
      return second.promise;
    });
    await isIn.promise;
    await thrownBy(() => folders.holding(scene.path('a/b'), failing));
    await thrownBy(() => folders.holding(scene.path('a/b/c'), failing));
    expect(scene.all()).toEqual(['a/', 'a/b/', 'a/b/c/']);
    second.reject(new TypeError('the work failed'));
    await thrownBy(() => other);
    expect(scene.all()).toEqual([]);
  });

  test('are never taken away under a work that has just begun', async () => {
    const folders = new ParentFolders();
    const work = fc.record({ folder: fc.constantFrom('a', 'a/b', 'a/b/c', 'a/d'), fails: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(work, { minLength: 2, maxLength: 8 }),
        async (scheduler, works) => {
          const all = works.map(async ({ folder, fails }, index) => {
            await scheduler.schedule(Promise.resolve());
            await folders.holding(scene.path(folder), async () => {
              await scheduler.schedule(Promise.resolve());
              if (fails) return failing();
              writeFileSync(scene.path(folder, `file-${index}`), '');
              return undefined;
            });
          });
          await scheduler.waitFor(Promise.allSettled(all));
          for (const [index, done] of (await Promise.allSettled(all)).entries()) {
            if (done.status === 'rejected') expect(done.reason).toMatchObject({ message: 'the work failed' });
            else expect(works[index]?.fails).toBe(false);
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  test('that need the same folder at the same time all get it', async () => {
    const folders = [new ParentFolders(), new ParentFolders(), new ParentFolders()];
    await Promise.all(
      folders.map((each, index) =>
        each.holding(scene.path('a/b/c'), async () => {
          await Promise.resolve();
          writeFileSync(scene.path(`a/b/c/${index}`), '');
        }),
      ),
    );
    expect(scene.all()).toEqual(['a/', 'a/b/', 'a/b/c/', 'a/b/c/0', 'a/b/c/1', 'a/b/c/2']);
  });

  test.each([
    [
      'a file',
      'a',
      'a',
      () => {
        scene.file('a');
      },
    ],
    [
      'a file above it',
      'a/b/c',
      'a/b',
      () => {
        scene.file('a');
      },
    ],
    [
      'a link to a file',
      'a',
      'a',
      () => {
        scene.file('b');
        symlinkSync('b', scene.path('a'));
      },
    ],
    [
      'a link to nowhere',
      'a/b',
      'a',
      () => {
        symlinkSync('nowhere', scene.path('a'));
      },
    ],
  ])('cannot be made where there is %s', async (_, folder, named, make) => {
    make();
    const before = scene.all();
    const failure = await failureOf(() => new ParentFolders().holding(scene.path(folder), failing));
    expect(failure.code).toBe('FILE_FAILED');
    expect(failure.message).toMatch(/^a file stands in the place of a folder/);
    expect(failure.message).toContain(`"${scene.path(named)}`);
    expect(scene.all()).toEqual(before);
  });

  test('that cannot all be made are taken away as far as they were', async () => {
    const failure = await failureOf(() =>
      new ParentFolders().holding(scene.path('a', 'b', 'x'.repeat(300), 'c'), failing),
    );
    expect(failure.code).toBe('FILE_NAME_INVALID');
    expect(scene.all()).toEqual([]);
  });

  test('may be behind a link', async () => {
    scene.folder('real');
    symlinkSync('real', scene.path('link'));
    await new ParentFolders().holding(scene.path('link/a'), async () => Promise.resolve());
    expect(statSync(scene.path('real/a')).isDirectory()).toBe(true);
  });

  test('may be kept from being made', async () => {
    chmodSync(scene.root, 0o755);
    const folder = scene.folder('a');
    const failure = await lockedOut(folder, () =>
      failureOf(() => new ParentFolders().holding(scene.path('a/b'), failing)),
    );
    expect(failure.code).toBe('FILE_ACCESS_DENIED');
  });
});
