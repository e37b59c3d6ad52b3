import { DescribeKeyCommand, DisableKeyCommand, ReEncryptCommand } from '@aws-sdk/client-kms';
import { HeadObjectCommand, ListObjectVersionsCommand } from '@aws-sdk/client-s3';
import { ListExecutionsCommand } from '@aws-sdk/client-sfn';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { KeysScene, keyMetadata, refusal } from './keys-scene.ts';

const scene = new KeysScene();
const { Arn: keyArn } = keyMetadata;
const machine = 'arn:aws:states:eu-west-1:111122223333:stateMachine:Rewrap';

/** What KMS answers to each data key in turn; the last answer stays. */
function answers(...names: readonly string[]): void {
  const rest = [...names];
  scene.kms.on(ReEncryptCommand).callsFake(() => {
    throw refusal((rest.length > 1 ? rest.shift() : rest[0]) ?? '');
  });
}

beforeEach(() => {
  scene.kms.on(DescribeKeyCommand).resolves({ KeyMetadata: keyMetadata });
  scene.kms.on(DisableKeyCommand).resolves({});
  scene.sfn.on(ListExecutionsCommand).resolves({ executions: [] });
  scene.s3.on(ListObjectVersionsCommand).resolves({
    Versions: [
      { Key: 'a', VersionId: '2', IsLatest: true, Size: 20 },
      { Key: 'a', VersionId: '1', IsLatest: false, Size: 20 },
    ],
  });
  scene.s3.on(HeadObjectCommand).resolves({
    ...{ ETag: '"e"', ContentLength: 20, VersionId: '1' },
    Metadata: { 'x-amz-3': Buffer.from('wrapped').toString('base64'), 'x-amz-t': '{}' },
  });
});

const disabled = () => scene.kms.commandCalls(DisableKeyCommand).map(({ args }) => args[0].input);
const looks = () => scene.s3.commandCalls(HeadObjectCommand).length;

describe('where nothing needs the key', () => {
  test('everything is looked at twice, and the command that disables it is printed', async () => {
    answers('IncorrectKeyException');
    const { code, stdout, stderr } = await scene.run('keys retire alias/old s3://b/');
    expect([code, looks(), disabled()]).toEqual([0, 4, []]);
    expect(stdout.slice(-2)).toEqual([
      `nothing here needs ${keyArn}: 2 versions, looked at twice`,
      `to disable it: aws kms disable-key --key-id ${keyArn}`,
    ]);
    expect(stderr.join('\n')).toMatch(
      /nobody can tell from here: copies elsewhere, backups[^]*no --machine was named/,
    );
  });

  test('it is disabled where the user says so', async () => {
    answers('IncorrectKeyException');
    const { code, stdout } = await scene.run('keys retire alias/old s3://b/ --disable');
    expect([code, disabled()]).toEqual([0, [{ KeyId: keyArn }]]);
    expect(stdout.slice(-2)).toEqual([
      `disabled ${keyArn}`,
      `to enable it again: aws kms enable-key --key-id ${keyArn}`,
    ]);
  });

  test('the second look comes after the runs', async () => {
    answers('IncorrectKeyException');
    const looksBefore: number[] = [];
    scene.sfn.on(ListExecutionsCommand).callsFake(() => {
      looksBefore.push(looks());
      return { executions: [] };
    });
    const { code, stderr } = await scene.run(`keys retire alias/old s3://b/ --machine ${machine}`);
    expect([code, looksBefore, stderr.join('\n').includes('no --machine')]).toEqual([0, [2, 4], false]);
  });

  test('a run that begins during the second look makes for a third', async () => {
    answers('IncorrectKeyException');
    let asked = 0;
    scene.sfn.on(ListExecutionsCommand).callsFake(() => {
      asked += 1;
      return { executions: [{ status: 'SUCCEEDED', startDate: new Date(asked === 1 ? 1 : 2) }] };
    });
    const { code, stdout, stderr } = await scene.run(`keys retire alias/old s3://b/ --machine ${machine}`);
    expect([code, looks(), stdout.at(-2), stderr[0]]).toEqual([
      ...[0, 6, `nothing here needs ${keyArn}: 2 versions, looked at 3 times`],
      'sealdrop: a run began during the sweep: everything is looked at once more',
    ]);
  });

  test('replicas of a multi-Region key are told of', async () => {
    answers('IncorrectKeyException');
    scene.kms.on(DescribeKeyCommand).resolves({ KeyMetadata: { ...keyMetadata, MultiRegion: true } });
    const { stderr } = await scene.run('keys retire alias/old s3://b/');
    expect(stderr.join('\n')).toContain('it is a multi-Region key');
  });
});

describe('it is not offered to disable the key', () => {
  test.each<[string, string[], string, number]>([
    [
      'where something needs it',
      ['IncorrectKeyException', 'DryRunOperationException'],
      `1 version needs ${keyArn}`,
      2,
    ],
    ['where everything does', ['DryRunOperationException'], `2 versions need ${keyArn}`, 2],
    [
      'where it is unclear',
      ['InvalidCiphertextException', 'IncorrectKeyException'],
      'of 1 version nobody can tell',
      2,
    ],
    ['where nobody may ask', ['AccessDeniedException'], 'of 2 versions nobody can tell', 2],
    [
      'where the second look finds what the first did not',
      [
        'IncorrectKeyException',
        'IncorrectKeyException',
        'DryRunOperationException',
        'InvalidCiphertextException',
      ],
      `1 version needs ${keyArn}; of 1 version nobody can tell`,
      4,
    ],
  ])('%s', async (_, names, verdict, expectedLooks) => {
    answers(...names);
    const { code, stdout } = await scene.run('keys retire alias/old s3://b/ --disable --concurrency 1');
    expect([code, looks(), disabled(), stdout.at(-1)]).toEqual([3, expectedLooks, [], verdict]);
  });

  test('where a run begins in every sweep', async () => {
    answers('IncorrectKeyException');
    let asked = 0;
    scene.sfn.on(ListExecutionsCommand).callsFake(() => {
      asked += 1;
      return { executions: [{ status: 'SUCCEEDED', startDate: new Date(asked) }] };
    });
    const { code, stdout } = await scene.run(`keys retire alias/old s3://b/ --disable --machine ${machine}`);
    expect([code, looks(), disabled(), stdout.at(-1)]).toEqual([
      ...[3, 10, []],
      'runs began during each of 5 sweeps: pause what starts them, and run this again',
    ]);
  });

  test('where every version was gone', async () => {
    scene.s3
      .on(HeadObjectCommand)
      .rejects(Object.assign(new Error('no'), { name: 'NotFound', $metadata: { httpStatusCode: 404 } }));
    const { code, stdout } = await scene.run('keys retire alias/old s3://b/ --disable');
    expect([code, disabled(), stdout.slice(-2)]).toEqual([
      ...[3, []],
      ['2 versions gone before anybody looked', 'no version was looked at, and that is no evidence'],
    ]);
  });

  test('and which action is missing on what is said', async () => {
    answers('AccessDeniedException');
    const { stderr } = await scene.run('keys retire alias/old s3://b/');
    expect(stderr[0]).toBe(`sealdrop: error: kms:ReEncrypt on ${keyArn} failed: AccessDeniedException`);
  });
});

test('as JSON the report is one line', async () => {
  answers('DryRunOperationException', 'IncorrectKeyException');
  const { code, stdout } = await scene.run('keys retire alias/old s3://b/ --json --concurrency 1');
  expect([code, stdout.length]).toEqual([3, 1]);
  expect(JSON.parse(stdout[0] ?? '')).toMatchObject({
    ...{ keyArn, places: ['s3://b/'], sweeps: 1, isFree: false, isDisabled: false },
    counts: { current: { needed: 1 }, noncurrent: { 'not-needed': 1 } },
    findings: [{ place: 's3://b/a', versionId: '2', versionClass: 'current', answer: 'needed' }],
  });
});

test.each([
  ['', ['no --machine was named: a rewrap that is still running could bring an older wrapping back']],
  [` --machine ${machine}`, []],
])('JSON has what the verdict says nothing of: "%s"', async (more, expected) => {
  answers('IncorrectKeyException');
  const { code, stdout } = await scene.run(`keys retire alias/old s3://b/ --json${more}`);
  const { caveats, ...rest } = JSON.parse(stdout[0] ?? '') as { caveats: string[] };
  expect([code, rest]).toMatchObject([0, { isFree: true, isSettled: true, gone: 0 }]);
  expect(caveats[0]).toContain('nobody can tell from here');
  expect(caveats.slice(2)).toEqual(expected);
});

test('several suffixes of instruction files may be named', async () => {
  answers('IncorrectKeyException');
  const { code } = await scene.run(
    'keys retire alias/old s3://b/a --instruction-file-suffix .k1 --instruction-file-suffix .k2',
  );
  expect(code).toBe(0);
});

test('of a disabled key KMS tells nothing', async () => {
  scene.kms.on(DescribeKeyCommand).resolves({ KeyMetadata: { ...keyMetadata, KeyState: 'Disabled' } });
  const { code, stderr } = await scene.run('keys retire alias/old s3://b/');
  expect([code, looks(), stderr[1]]).toEqual([
    ...[1, 0],
    'sealdrop: hint: enable it to find out: KMS tells nothing about data keys of a key that is disabled',
  ]);
});

test('half a sweep is no evidence', async () => {
  answers('IncorrectKeyException');
  const { code, stderr } = await scene.run('keys retire alias/old s3://b/', (io) => {
    scene.s3.on(HeadObjectCommand).callsFake(() => {
      io.stop();
      throw Object.assign(new Error('stopped'), { name: 'AbortError' });
    });
  });
  expect([code, stderr]).toEqual([
    1,
    [
      'sealdrop: error: interrupted in the first sweep',
      'sealdrop: hint: run the same command again: it begins from the start, since half a sweep is no evidence',
    ],
  ]);
});
