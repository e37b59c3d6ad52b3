import { expect, test } from '@jest/globals';
import { costOfRequests } from '../../lambda/cost-of-requests.ts';
import { priceTable } from '../../operations/price-table.ts';

const prices = { ...priceTable, s3Write: 100, s3Read: 10, kmsRequest: 1 };

test.each([
  [{}, 0],
  [{ ReEncrypt: 2, DescribeKey: 3 }, 5],
  [{ HeadObject: 2, GetObject: 1, GetObjectTagging: 1 }, 40],
  [{ CopyObject: 1, PutObject: 1, CreateMultipartUpload: 1, UploadPartCopy: 2 }, 500],
  [{ CompleteMultipartUpload: 1, ListObjectsV2: 1 }, 200],
  [{ AbortMultipartUpload: 5, DeleteObject: 5 }, 0],
  [{ HeadObject: 1, ReEncrypt: 1, CopyObject: 1 }, 111],
])('%j cost %d', (requests, dollars) => {
  expect(costOfRequests(requests, prices)).toEqual({
    dollars,
    pricesAsOf: priceTable.asOf,
    region: priceTable.region,
  });
});

test('a million objects cost what the price table says of their requests', () => {
  const million = { HeadObject: 1e6, ReEncrypt: 1e6, CopyObject: 1e6 };
  expect(costOfRequests(million).dollars).toBeCloseTo(0.4 + 3 + 5, 6);
});
