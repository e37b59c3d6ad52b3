import { ReEncryptCommand } from '@aws-sdk/client-kms';
import { ListObjectVersionsCommand } from '@aws-sdk/client-s3';
import { describe, expect, test } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { keyClient } from '../../cli/described-key.ts';
import { placeClient } from '../../cli/located.ts';
import { countOf, sweep, type SweepReport } from '../../cli/sweep.ts';
import { SealdropError } from '../../envelope/index.ts';
import { RequestPace } from '../../operations/request-pace.ts';
import { failureOf } from '../support/bytes.ts';
import type { KmsTarget } from '../support/mock-kms.ts';
import { MemoryObjectStore } from '../support/memory-object-store.ts';
import { bucketPlace } from './bucket-place.ts';

const exceptions: Readonly<Record<string, string>> = {
  ours: 'DryRunOperationException',
  theirs: 'IncorrectKeyException',
  none: 'InvalidCiphertextException',
};

/** A bucket whose versions say in the place of their encrypted data keys what KMS answers to it. */
function scene() {
  const store = new MemoryObjectStore();
  const [s3, client] = [placeClient('eu-west-1'), keyClient('eu-west-1')];
  const listed: { Key: string; VersionId: string; IsLatest: boolean }[] = [];
  mockClient(s3 as unknown as KmsTarget)
    .on(ListObjectVersionsCommand)
    .callsFake(({ Prefix }: { Prefix: string }) => ({
      Versions: listed.filter(({ Key }) => Key.startsWith(Prefix)),
    }));
  mockClient(client as unknown as KmsTarget)
    .on(ReEncryptCommand)
    .callsFake(({ CiphertextBlob }: { CiphertextBlob: Uint8Array }) => {
      throw Object.assign(new Error('no'), { name: exceptions[Buffer.from(CiphertextBlob).toString()] });
    });
  const put = (Key: string, word: string | undefined, { IsLatest = true, isArchived = false } = {}): void => {
    const metadata = word === undefined ? {} : { 'x-amz-3': Buffer.from(word).toString('base64') };
    const facts = isArchived ? { isArchived } : {};
    const { versionId = '' } = store.put('b', Key, Buffer.from('x'), { metadata, facts });
    listed.push({ Key, VersionId: versionId, IsLatest });
  };
  const putShare = (Key: string, word: string): void => {
    const content = JSON.stringify({ 'x-amz-3': Buffer.from(word).toString('base64') });
    const metadata = { 'x-amz-crypto-instr-file': '' };
    const { versionId = '' } = store.put('b', Key, Buffer.from(content), { metadata });
    listed.push({ Key, VersionId: versionId, IsLatest: true });
  };
  let looks = 0;
  const sweeping = (...places: string[]): Promise<SweepReport> =>
    sweep({
      places: places.map((text) => bucketPlace(text, store)),
      ...{ s3, client, keyArn: 'arn:1', concurrency: 4, signal: new AbortController().signal },
      pace: new RequestPace({ perSecond: 100_000 }),
      onVersion: () => {
        looks += 1;
      },
    });
  return { store, put, putShare, sweeping, looks: () => looks };
}

test('every version is counted by what it is, and what KMS says of it', async () => {
  const { put, sweeping, looks } = scene();
  put('d/1', 'theirs', { IsLatest: false });
  put('d/1', 'ours');
  put('d/2', 'ours', { IsLatest: false });
  put('d/2', 'none');
  put('d/3', undefined);
  put('d/4', 'ours', { IsLatest: false, isArchived: true });
  const report = await sweeping('s3://b/d/');
  expect(report.counts).toMatchObject({
    current: { needed: 1, 'not-needed': 0, unclear: 1, unseen: 0, 'no-data-key': 1 },
    noncurrent: { needed: 1, 'not-needed': 1, unclear: 0 },
    archived: { needed: 1 },
  });
  expect(report.findings.map(({ place, versionClass, answer }) => [place, versionClass, answer])).toEqual([
    ['s3://b/d/1', 'current', 'needed'],
    ['s3://b/d/2', 'noncurrent', 'needed'],
    ['s3://b/d/2', 'current', 'unclear'],
    ['s3://b/d/4', 'archived', 'needed'],
  ]);
  expect([looks(), countOf(report, 'needed'), countOf(report, 'needed', 'unclear')]).toEqual([6, 3, 4]);
});

test('the shares of one object are looked at, and other objects beside it are not', async () => {
  const { put, putShare, sweeping } = scene();
  for (const key of ['a', 'a.pdf', 'a.b.partner', 'ab.partner']) put(key, 'theirs');
  putShare('a.partner', 'ours');
  putShare('a.other', 'theirs');
  const report = await sweeping('s3://b/a');
  expect(report.findings.map(({ place, answer }) => [place, answer])).toEqual([
    ['s3://b/a.partner', 'needed'],
  ]);
  expect(countOf(report, 'not-needed')).toBe(2);
});

test('what may be a share of one object and cannot be looked at is no evidence', async () => {
  const { put, putShare, store, sweeping } = scene();
  put('a', 'theirs');
  putShare('a.partner', 'ours');
  const deny = ({ key }: { readonly key: string }): void => {
    store.before('head', deny);
    if (key === 'a.partner') throw new SealdropError('ACCESS_DENIED', 'no');
  };
  store.before('head', deny);
  expect(countOf(await sweeping('s3://b/a'), 'unseen')).toBe(1);
});

test('all places are looked at; one object with its instruction file, and no other', async () => {
  const { put, sweeping } = scene();
  for (const key of ['a', 'a.instruction', 'ab', 'd/1', 'e/1']) put(key, 'theirs');
  expect(countOf(await sweeping('s3://b/a', 's3://b/e/'), 'not-needed')).toBe(3);
});

test('the first hundred are told one by one', async () => {
  const { put, sweeping } = scene();
  for (let each = 0; each < 130; each += 1) put(`d/${each}`, 'ours');
  const report = await sweeping('s3://b/d/');
  expect([report.findings.length, countOf(report, 'needed')]).toEqual([100, 130]);
});

describe('a version', () => {
  const denied = new SealdropError('ACCESS_DENIED', 's3:GetObject on s3://b/d/1 failed: HTTP 403');

  test('that is gone by now is counted as gone', async () => {
    const { put, store, sweeping } = scene();
    put('d/1', 'ours');
    store.destroy({ bucket: 'b', key: 'd/1' });
    const report = await sweeping('s3://b/d/');
    expect(countOf(report, 'needed', 'not-needed', 'unclear', 'unseen', 'no-data-key')).toBe(0);
    expect(report.gone).toBe(1);
  });

  test('that may not be looked at is told of, and the others are looked at', async () => {
    const { put, store, sweeping } = scene();
    put('d/1', 'theirs');
    put('d/2', 'theirs');
    store.before('head', () => {
      throw denied;
    });
    const report = await sweeping('s3://b/d/');
    expect([countOf(report, 'unseen'), countOf(report, 'not-needed')]).toEqual([1, 1]);
    expect(report.findings).toMatchObject([
      { place: 's3://b/d/1', answer: 'unseen', error: { code: 'ACCESS_DENIED', message: denied.message } },
    ]);
  });

  test('ends it where none of the first hundred may be looked at', async () => {
    const { put, store, sweeping } = scene();
    for (let each = 0; each < 300; each += 1) {
      put(`d/${each}`, 'theirs');
      store.before('head', () => {
        throw denied;
      });
    }
    expect(await failureOf(() => sweeping('s3://b/d/'))).toBe(denied);
    expect(store.countOf('head')).toBeLessThan(120);
  });
});

test('that a place holds nothing is no evidence', async () => {
  const { put, sweeping } = scene();
  put('d/1', 'theirs');
  expect(await failureOf(() => sweeping('s3://b/d/', 's3://b/typo/'))).toMatchObject({
    ...{ code: 'OBJECT_NOT_FOUND', message: 'there is nothing to look at in s3://b/typo/' },
  });
});
