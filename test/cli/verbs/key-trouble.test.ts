import { KMSClient } from '@aws-sdk/client-kms';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { run } from '../../../cli/program.ts';
import { FakeKms, FakeKmsException } from '../../support/fake-kms.ts';
import { fakeIo } from '../../support/fake-terminal.ts';
import { mockKms } from '../../support/mock-kms.ts';
import { Scene } from '../files/scene.ts';

const scene = new Scene();
const arn = (name: string, region = 'eu-west-1'): string => `arn:aws:kms:${region}:111122223333:${name}`;
const [multi, single, alias] = [arn('key/mrk-1'), arn('key/1'), arn('alias/vault')];
const here = arn('key/mrk-1', 'us-west-2');
const denied = 'AccessDeniedException';
let kms: FakeKms;
let restore: () => void;

beforeEach(() => {
  kms = new FakeKms();
  const mock = mockKms(KMSClient, kms);
  restore = () => {
    mock.restore();
  };
});

afterEach(() => {
  restore();
});

/** Runs a command line, with an at-sign for the folder in it. */
async function command(line: string): Promise<{ code: number; error: string; hint: string }> {
  const io = fakeIo();
  const code = await run(line.replaceAll('@', scene.root).split(' '), io);
  const [error = '', hint = ''] = io.stderr.text
    .split('\n')
    .filter((each) => /^sealdrop: (error|hint)/.test(each));
  return { code, error, hint };
}

/** A file, and what was sealed of it. */
async function sealed(): Promise<string> {
  scene.file('a', 'content');
  const key = kms.createKey();
  expect(await command(`seal @/a @/sealed --key ${key} --vault v --region eu-west-1`)).toMatchObject({
    code: 0,
  });
  return key;
}

describe.each([
  ['seal', 'kms:GenerateDataKey', 'seal @/a @/out'],
  ['open', 'kms:Decrypt', 'open @/sealed @/out'],
])('%s in a Region', (_, action, line) => {
  test.each([
    ['without a replica', multi, 'NotFoundException', here, 'make a replica of the key in us-west-2'],
    ['that a single-Region key is not in', single, 'NotFoundException', single, 'work in eu-west-1'],
    [
      'that an alias is not of',
      alias,
      'NotFoundException',
      alias,
      'make one there, or name the key by its ARN',
    ],
    ['where the replica is disabled', multi, 'DisabledException', here, 'enable the key in us-west-2'],
    ['whose key policy is too narrow', multi, denied, here, 'the key policy in us-west-2 is one of its own'],
    ['with a key that is not granted', here, denied, here, 'grant the named action to this principal'],
  ])('%s says what to do', async (_, key, name, asked, hint) => {
    await sealed();
    // For the call, and for what it looks at to explain itself.
    kms.failNext(new FakeKmsException(name), new FakeKmsException(name));
    const told = await command(`${line} --key ${key} --vault v --region us-west-2`);
    expect(told.code).toBe(1);
    expect(told.error).toContain(`${action} on ${asked} failed: ${name}`);
    expect(told.hint).toContain(hint);
    expect(scene.all()).not.toContain('out');
  });
});

test('an alias that points elsewhere by now is told of, with what to do', async () => {
  await sealed();
  kms.setAlias('alias/vault', kms.createKey());
  const told = await command('open @/sealed @/out --key alias/vault --vault v --region eu-west-1');
  expect(told.code).toBe(1);
  expect(told.error).toContain('alias/vault points to another key than the one that wrapped');
  expect(told.hint).toMatch(/the object records arn:.*name it with --key/);
});
