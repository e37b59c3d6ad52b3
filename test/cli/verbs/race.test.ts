import { Readable } from 'node:stream';
import { KMSClient } from '@aws-sdk/client-kms';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { run } from '../../../cli/program.ts';
import { FakeKms } from '../../support/fake-kms.ts';
import { fakeIo } from '../../support/fake-terminal.ts';
import { mockKms } from '../../support/mock-kms.ts';
import { Scene } from '../files/scene.ts';

const scene = new Scene();
let kms: FakeKms;
let options: string[];
let restore: () => void;

beforeEach(() => {
  kms = new FakeKms();
  options = ['--key', kms.createKey(), '--vault', 'archive', '--region', 'eu-west-1'];
  const mock = mockKms(KMSClient, kms);
  restore = () => {
    mock.restore();
  };
});

afterEach(() => {
  restore();
});

/** Runs a command line, with an at-sign for the folder in it and in what it says. */
async function command(
  args: string[],
  stdin: Iterable<string> = [],
): Promise<{ code: number; stderr: string }> {
  const io = { ...fakeIo(), stdin: Readable.from(stdin, { objectMode: false }) };
  const line = [...args, ...options].map((each) => each.replace('@', scene.root));
  const code = await run(line, io);
  return { code, stderr: io.stderr.text.replaceAll(scene.root, '@') };
}

/** Lets another program be done while the command waits for its first data key. */
function whileWaiting(action: 'generateDataKey' | 'decrypt', write: () => void): void {
  const calling = kms[action].bind(kms);
  let isFirst = true;
  const interrupted = (input: never): unknown => {
    if (isFirst) write();
    isFirst = false;
    return calling(input);
  };
  Object.assign(kms, { [action]: interrupted });
}

const standsAlready = (place: string): string =>
  `sealdrop: error: ${place}: something stands there already\n` +
  'sealdrop: hint: choose another place, or say that what stands there may be replaced (--overwrite)\n';

describe('a file that another program writes meanwhile', () => {
  test.each([
    ['one object', '@/in/a', '@/out/a'],
    ['a tree', '@/in/', '@/out/'],
  ])('stays, and is told of, where %s is sealed', async (_, from, to) => {
    scene.file('in/a');
    whileWaiting('generateDataKey', () => scene.file('out/a', 'precious'));
    const { code, stderr } = await command(['seal', from, to]);
    expect([code, stderr]).toEqual([1, expect.stringContaining(standsAlready('@/out/a'))]);
    expect([scene.text('out/a'), scene.all()]).toEqual(['precious', ['in/', 'in/a', 'out/', 'out/a']]);
  });

  test.each([
    ['one object', '@/sealed/a', '@/out/a'],
    ['a tree', '@/sealed/', '@/out/'],
  ])('stays, and is told of, where %s is opened', async (_, from, to) => {
    scene.file('in/a');
    await command(['seal', '@/in/', '@/sealed/']);
    whileWaiting('decrypt', () => scene.file('out/a', 'precious'));
    const { code, stderr } = await command(['open', from, to]);
    expect([code, stderr]).toEqual([1, expect.stringContaining(standsAlready('@/out/a'))]);
    expect(scene.text('out/a')).toBe('precious');
  });

  test('is replaced where it may be', async () => {
    scene.file('in/a', 'mine');
    whileWaiting('generateDataKey', () => scene.file('sealed/a', 'theirs'));
    expect(await command(['seal', '@/in/a', '@/sealed/a', '--overwrite'])).toEqual({ code: 0, stderr: '' });
    whileWaiting('decrypt', () => scene.file('out/a', 'theirs'));
    expect((await command(['open', '@/sealed/', '@/out/', '--overwrite'])).code).toBe(0);
    expect(scene.text('out/a')).toBe('mine');
  });

  test('stays, and is told of, where standard input is sealed', async () => {
    function* stdin(): Generator<string> {
      yield 'mine';
      scene.file('a', 'precious');
    }
    const { code, stderr } = await command(['seal', '-', '@/a'], stdin());
    expect([code, stderr]).toEqual([1, standsAlready('@/a')]);
    expect([scene.text('a'), scene.all()]).toEqual(['precious', ['a']]);
  });
});

test('another run of the same command leaves nothing to do', async () => {
  scene.file('in/a', 'content');
  let other: Promise<{ code: number }> | undefined;
  whileWaiting('generateDataKey', () => {
    other = command(['seal', '@/in/', '@/sealed/']);
  });
  expect((await command(['seal', '@/in/', '@/sealed/'])).code).toBe(0);
  expect((await other)?.code).toBe(0);
  await command(['open', '@/sealed/', '@/out/']);
  expect(scene.text('out/a')).toBe('content');
});

test('a sealed file may have an instruction file beside it', async () => {
  scene.file('in/a', 'content');
  const sealing = ['seal', '@/in/', '@/sealed/', '--instruction-file'];
  expect((await command(sealing)).code).toBe(0);
  expect((await command(sealing)).stderr).toMatch('current 1 object');
  expect((await command(['open', '@/sealed/a', '@/a'])).code).toBe(0);
  expect(scene.text('a')).toBe('content');
});
