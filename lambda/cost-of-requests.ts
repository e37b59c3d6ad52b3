import type { RequestsByAction } from '../aws/index.ts';
import { priceTable, type PriceTable } from '../operations/price-table.ts';

/** What requests cost by the list prices of a day and Region, in US dollars. */
export interface Cost {
  readonly dollars: number;
  readonly pricesAsOf: string;
  readonly region: string;
}

/**
 * What a run's requests to KMS and S3 cost. What Lambda and Step Functions ask for the run, and S3 for what is
 * kept, comes on top.
 */
export function costOfRequests(requests: RequestsByAction, prices: PriceTable = priceTable): Cost {
  const dollars = Object.entries(requests).reduce(
    (sum, [action, times]) => sum + times * priceOf(action, prices),
    0,
  );
  return { dollars, pricesAsOf: prices.asOf, region: prices.region };
}

function priceOf(action: string, { kmsRequest, s3Read, s3Write }: PriceTable): number {
  if (/^(ReEncrypt|DescribeKey)$/.test(action)) return kmsRequest;
  if (/^(Abort|Delete)/.test(action)) return 0;
  return /^(Head|Get)/.test(action) ? s3Read : s3Write;
}
