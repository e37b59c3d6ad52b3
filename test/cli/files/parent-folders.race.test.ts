import { writeFileSync } from 'node:fs';
import * as files from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { expect, jest, test } from '@jest/globals';
import { thrownBy } from '../../support/bytes.ts';
import { Scene } from './scene.ts';

const scene = new Scene();
let isTakingAway = Promise.withResolvers<undefined>();

// A file system that is slow to take a folder away.
jest.unstable_mockModule('node:fs/promises', () => ({
  ...files,
  rmdir: async (path: string) => {
    isTakingAway.resolve(undefined);
    await setTimeout(20);
    await files.rmdir(path);
  },
}));
const { ParentFolders } = await import('../../../cli/files/parent-folders.ts');

test.each(['a', 'a/b', 'a/b/c'])(
  'folders are not taken away under a work that finds them there: %s',
  async (name) => {
    isTakingAway = Promise.withResolvers<undefined>();
    const folders = new ParentFolders();
    const failing = thrownBy(() =>
      folders.holding(scene.path('a/b'), () => Promise.reject(new TypeError('the work failed'))),
    );
    await isTakingAway.promise;
    await folders.holding(scene.path(name), async () => {
      await setTimeout(60);
      writeFileSync(scene.path(name, 'file'), '');
    });
    expect(await failing).toMatchObject({ message: 'the work failed' });
    expect(scene.all()).toContain(`${name}/file`);
  },
);
