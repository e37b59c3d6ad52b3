import {
  DescribeKeyCommand,
  GetKeyRotationStatusCommand,
  ListAliasesCommand,
  ListKeysCommand,
} from '@aws-sdk/client-kms';
import { describe, expect, test } from '@jest/globals';
import { listKeys } from '../../aws/list-keys.ts';
import { failureOf } from '../support/bytes.ts';
import { arnOf, createAccount, kmsException } from '../support/kms-account.ts';

describe('a key that may not be described', () => {
  const refused = (name: string, aliases?: string[]) => {
    const account = createAccount();
    account.key(1, {}, aliases);
    account.key(2);
    account.mock.on(DescribeKeyCommand, { KeyId: arnOf(1) }).rejects(kmsException(name));
    return account;
  };

  test('is listed with what is known of it, and why no more is; the others follow', async () => {
    const account = refused('AccessDeniedException', ['alias/vault']);
    const [first, second] = await account.listed();
    expect(first).toEqual({
      keyArn: arnOf(1),
      aliases: ['alias/vault'],
      wrapping: {
        can: false,
        why: {
          code: 'ACCESS_DENIED',
          message: `kms:DescribeKey on ${arnOf(1)} failed: AccessDeniedException`,
        },
      },
    });
    expect(second).toMatchObject({ keyArn: arnOf(2), wrapping: { can: true } });
    expect(account.countOf(GetKeyRotationStatusCommand)).toBe(1);
  });

  test('is one that AWS manages where its name says so', async () => {
    const [, second] = await refused('AccessDeniedException', []).listed();
    expect(second).not.toHaveProperty('keyState');
    const [first] = await refused('AccessDeniedException', ['alias/aws/ebs']).listed();
    expect(first).toMatchObject({ type: 'aws-managed', wrapping: { can: false } });
  });

  test('since it was deleted meanwhile is listed too', async () => {
    const [first] = await refused('NotFoundException', ['alias/vault']).listed();
    expect(first?.wrapping).toMatchObject({ can: false, why: { code: 'KEY_NOT_FOUND' } });
  });
});

describe('the list', () => {
  test('is empty where there is no key', async () => {
    expect(await createAccount().listed()).toEqual([]);
  });

  test('goes through all pages, of the aliases once for all keys', async () => {
    const account = createAccount(3);
    for (let number = 1; number <= 7; number += 1) {
      account.key(number, {}, [`alias/a${number}`, `alias/b${number}`]);
    }
    const listed = await account.listed();
    expect(listed.map(({ keyArn }) => keyArn)).toEqual([1, 2, 3, 4, 5, 6, 7].map(arnOf));
    expect(listed.map(({ aliases }) => aliases)).toEqual(
      [1, 2, 3, 4, 5, 6, 7].map((number) => [`alias/a${number}`, `alias/b${number}`]),
    );
    expect(account.askedForPages).toEqual({
      aliases: [undefined, '3', '6', '9', '12'],
      keys: [undefined, '3', '6'],
    });
    const asked = account.mock.commandCalls(ListAliasesCommand).map((call) => call.args[0].input);
    expect(asked.filter((input) => 'KeyId' in input)).toEqual([]);
    expect(asked[0]?.Limit).toBe(100);
    expect(account.mock.commandCalls(ListKeysCommand)[0]?.args[0].input.Limit).toBe(1000);
  });

  test('is in the order of first aliases, then of ARNs, however KMS orders it', async () => {
    const account = createAccount();
    account.key(4);
    account.key(2, {}, ['alias/vault', 'alias/before']);
    account.key(3);
    account.key(1, {}, ['alias/Zebra']);
    account.key(5, {}, ['alias/middle']);
    const numbers = [1, 2, 5, 3, 4];
    expect((await account.listed()).map(({ keyArn }) => keyArn)).toEqual(numbers.map(arnOf));
  });

  test('keeps its order where later keys answer first, with 8 calls at once', async () => {
    const account = createAccount();
    const numbers = Array.from({ length: 30 }, (_, index) => index + 1);
    for (const number of numbers) account.key(number);
    let [underWay, most] = [0, 0];
    const slowly = (answer: object) => async () => {
      most = Math.max(most, (underWay += 1));
      await new Promise((resolve) => setTimeout(resolve, 10 - (most % 10)));
      underWay -= 1;
      return answer;
    };
    const KeyMetadata = { KeyId: '1', KeyManager: 'CUSTOMER', Origin: 'AWS_KMS' } as const;
    const symmetric = { KeySpec: 'SYMMETRIC_DEFAULT', KeyUsage: 'ENCRYPT_DECRYPT' } as const;
    account.mock.on(DescribeKeyCommand).callsFake(slowly({ KeyMetadata: { ...KeyMetadata, ...symmetric } }));
    account.mock.on(GetKeyRotationStatusCommand).callsFake(slowly({}));
    expect((await account.listed()).map(({ keyArn }) => keyArn)).toEqual(numbers.map(arnOf));
    expect(most).toBe(8);
    expect(account.countOf(GetKeyRotationStatusCommand)).toBe(30);
  });

  test.each([
    ['kms:ListKeys', ListKeysCommand],
    ['kms:ListAliases', ListAliasesCommand],
  ] as const)('that may not be made names %s', async (action, command) => {
    const account = createAccount();
    account.key(1);
    account.mock.on(command).rejects(kmsException('AccessDeniedException'));
    const failure = await failureOf(() => account.listed());
    expect(failure.code).toBe('ACCESS_DENIED');
    expect(failure.fields).toMatchObject({ action, resource: '*' });
  });

  test.each([
    ['ThrottlingException', 'THROTTLED'],
    ['ExpiredTokenException', 'CREDENTIALS_MISSING'],
    ['KMSInternalException', 'SERVICE_UNAVAILABLE'],
    ['ValidationException', 'SERVICE_FAILED'],
    ['AbortError', 'ABORTED'],
  ])('ends with %s, which would befall every key, as %s', async (name, code) => {
    for (const command of [ListKeysCommand, DescribeKeyCommand, GetKeyRotationStatusCommand]) {
      const account = createAccount();
      account.key(1);
      account.mock
        .on(command as typeof ListKeysCommand)
        .rejects(kmsException(name, code === 'SERVICE_UNAVAILABLE' ? 500 : 400));
      expect((await failureOf(() => account.listed())).code).toBe(code);
    }
  });

  test('ends where KMS describes a key without a word', async () => {
    const account = createAccount();
    account.key(1);
    account.mock.on(DescribeKeyCommand).resolves({});
    expect((await failureOf(() => account.listed())).code).toBe('SERVICE_FAILED');
  });
});

describe('a list that is stopped', () => {
  const signalsOf = ({ mock }: ReturnType<typeof createAccount>) =>
    mock.calls().map((call) => {
      const [, options] = call.args as unknown as [unknown, { abortSignal: AbortSignal }];
      return options.abortSignal;
    });

  test('by its caller stops every call, and is ABORTED', async () => {
    const account = createAccount();
    for (let number = 1; number <= 20; number += 1) account.key(number);
    const controller = new AbortController();
    const stopped: boolean[] = [];
    account.mock.on(DescribeKeyCommand).callsFake(async () => {
      await new Promise(setImmediate);
      controller.abort();
      stopped.push(...signalsOf(account).map(({ aborted }) => aborted));
      throw Object.assign(new Error('stopped'), { name: 'AbortError' });
    });
    expect((await failureOf(() => account.listed(controller.signal))).code).toBe('ABORTED');
    expect(stopped).not.toContain(false);
    expect(account.countOf(DescribeKeyCommand)).toBeLessThanOrEqual(8);
  });

  test('by a reader who has seen enough stops what is under way', async () => {
    const account = createAccount();
    for (let number = 1; number <= 20; number += 1) account.key(number);
    for await (const { keyArn } of listKeys(account.client)) {
      expect(keyArn).toBe(arnOf(1));
      expect(signalsOf(account).some((signal) => signal.aborted)).toBe(false);
      break;
    }
    expect(signalsOf(account).every((signal) => signal.aborted)).toBe(true);
    expect(account.countOf(DescribeKeyCommand)).toBeLessThan(20);
  });
});
