import {
  GetBucketLifecycleConfigurationCommand,
  GetBucketVersioningCommand,
  ListObjectVersionsCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, test } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { locateSealed, placeClient } from '../../cli/located.ts';
import { parsePlace } from '../../cli/place.ts';
import { bucketFacts, planFromListing, type PlanOptions } from '../../cli/rewrap-plan.ts';
import { failureOf, patternBytes } from '../support/bytes.ts';
import type { KmsTarget } from '../support/mock-kms.ts';
import { MemoryObjectStore } from '../support/memory-object-store.ts';
import { bucketPlace } from './bucket-place.ts';

const { signal } = new AbortController();
const options: PlanOptions = {
  ...{ method: 'rewrap', filters: [], requestsPerSecond: 200, keysAsked: 1, signal },
};

function storeWith(...keys: string[]): MemoryObjectStore {
  const store = new MemoryObjectStore();
  for (const key of keys) store.put('b', key, patternBytes(10));
  return store;
}

describe('a plan from listing', () => {
  test('counts objects, and instruction files beside them', async () => {
    const store = storeWith('d/1', 'd/1.instruction', 'd/2', 'e/3');
    store.put('b', 'd/', Buffer.alloc(0));
    let listed = 0;
    const plan = await planFromListing(bucketPlace('s3://b/d/', store), options, () => {
      listed += 1;
    });
    expect(plan).toMatchObject({ objects: 2, bytes: 20, instructionFiles: 1, kmsRequests: 3 });
    expect([listed, store.countOf('head'), store.countOf('get')]).toEqual([4, 0, 0]);
  });

  test('counts archived objects, which may have instruction files', async () => {
    const store = storeWith('d/1', 'd/1.instruction');
    const list: typeof store.list = async function* (...args) {
      for await (const object of MemoryObjectStore.prototype.list.apply(store, args)) {
        yield { ...object, storageClass: 'DEEP_ARCHIVE' };
      }
    };
    const place = bucketPlace('s3://b/d/', Object.assign(store, { list }));
    expect(await planFromListing(place, options, () => undefined)).toMatchObject({
      ...{ objects: 1, mayStay: 1, archived: 0, instructionFiles: 1, kmsRequests: 2 },
      s3: { heads: 2, gets: 1, writes: 1 },
    });
  });

  test('leaves out what filters leave out', async () => {
    const filters = [{ kind: 'exclude', pattern: '2*' }] as const;
    const place = bucketPlace('s3://b/d/', storeWith('d/1', 'd/2', 'd/2.instruction'));
    expect(await planFromListing(place, { ...options, filters }, () => undefined)).toMatchObject({
      ...{ objects: 1, instructionFiles: 0 },
    });
  });

  test('of one object looks at that alone', async () => {
    const store = storeWith('d/1', 'd/11');
    const plan = await planFromListing(bucketPlace('s3://b/d/1', store), options, () => undefined);
    expect([plan.objects, plan.s3.lists, store.countOf('list')]).toEqual([1, 0, 0]);
  });

  test('of one object that is not there fails', async () => {
    const plan = planFromListing(bucketPlace('s3://b/d/1', storeWith()), options, () => undefined);
    expect((await failureOf(() => plan)).code).toBe('OBJECT_NOT_FOUND');
  });
});

describe('what a bucket tells', () => {
  function mocked() {
    const client = placeClient('eu-west-1');
    const mock = mockClient(client as unknown as KmsTarget);
    mock.on(GetBucketVersioningCommand).resolves({ Status: 'Enabled' });
    mock.on(GetBucketLifecycleConfigurationCommand).resolves({
      Rules: [{ ID: 'one', Status: 'Enabled', Filter: {}, Expiration: { Days: 1 } }],
    });
    mock.on(ListObjectVersionsCommand).resolves({
      Versions: [
        { Key: 'd/1', VersionId: '2', IsLatest: true, Size: 1 },
        { Key: 'd/1', VersionId: '1', IsLatest: false, Size: 2 },
        { Key: 'd/1.instruction', VersionId: '1', IsLatest: false, Size: 4 },
        { Key: 'd/11', VersionId: '1', IsLatest: false, Size: 8 },
      ],
    });
    return { client, mock };
  }
  const asking = (countsNoncurrent: boolean) => ({ countsNoncurrent, onVersion: () => undefined, signal });

  test('is whether it keeps versions, and its rules', async () => {
    const { client, mock } = mocked();
    const place = bucketPlace('s3://b/d/', storeWith());
    expect(await bucketFacts(place, client, asking(false))).toEqual({
      versioning: 'on',
      ageRules: [{ id: 'one', prefix: '', movesAfterDays: [], expiresAfterDays: 1 }],
    });
    expect(mock.commandCalls(ListObjectVersionsCommand)).toHaveLength(0);
  });

  test.each([
    ['s3://b/d/', { versions: 2, bytes: 10 }],
    ['s3://b/d/1', { versions: 1, bytes: 2 }],
  ])('are the noncurrent versions of %s, where they are counted', async (text, noncurrent) => {
    const place = bucketPlace(text, storeWith());
    expect(await bucketFacts(place, mocked().client, asking(true))).toMatchObject({ noncurrent });
  });

  test('is nothing where files are', async () => {
    const { client, mock } = mocked();
    const facts = await bucketFacts(locateSealed(parsePlace('d/'), {}), client, asking(true));
    expect([facts, mock.calls()]).toEqual([{ versioning: 'off', ageRules: [] }, []]);
  });
});
