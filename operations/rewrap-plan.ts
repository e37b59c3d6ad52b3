import { priceTable, type PriceTable } from './price-table.ts';
import type { RewrapWork } from './rewrap-work.ts';

/** How objects are brought under another wrapping. */
export type RewrapMethod =
  /** The data key is wrapped anew; the content stays. */
  | 'rewrap'
  /** The content is sealed anew under a new data key. */
  | 'reseal';

/** How a plan is made. */
export interface RewrapPlanOptions {
  readonly method: RewrapMethod;
  /** The requests that it takes to list everything; each tells of 1,000 objects. */
  readonly lists: number;
  /** How many requests a second KMS gets, at most. */
  readonly requestsPerSecond: number;
  /**
   * How many keys may have to be asked until one is found that wrapped: more than 1 where data keys move from
   * one key to another and objects do not record theirs.
   * @defaultValue 1
   */
  readonly keysAsked?: number;
  /**
   * Whether the requests are those of S3; files take none.
   * @defaultValue true
   */
  readonly isInS3?: boolean;
  readonly prices?: PriceTable;
}

/** Requests to S3, by what they cost. */
export interface S3Requests {
  readonly lists: number;
  readonly heads: number;
  readonly gets: number;
  /** PUT, COPY, and each part of those, with the beginning and the end of it. */
  readonly writes: number;
}

/** What a rewrap takes. */
export interface RewrapPlan extends RewrapWork {
  readonly method: RewrapMethod;
  readonly s3: S3Requests;
  readonly kmsRequests: number;
  /** How long KMS takes at the given pace: no run is faster. */
  readonly seconds: number;
  /** What the requests cost, in US dollars. */
  readonly price: number;
  /** What the old versions cost a month, in US dollars, where versions are kept. */
  readonly oldVersionsPricePerMonth: number;
  readonly prices: PriceTable;
}

/**
 * What some work takes, by counting alone: the most, but for what is tried again, for tags, and for one read of
 * each object that turns out to be not sealed.
 */
export function planRewrap(
  work: RewrapWork,
  { method, lists, requestsPerSecond, keysAsked = 1, isInS3 = true, prices = priceTable }: RewrapPlanOptions,
): RewrapPlan {
  const each = method === 'rewrap' ? rewrapRequests(work) : resealRequests(work);
  const s3 = isInS3 ? { ...each, lists } : { lists: 0, heads: 0, gets: 0, writes: 0 };
  // A reseal asks for the old data key and for a new one; KMS is asked once which material is the current one.
  const kmsRequests = work.objects * (method === 'rewrap' ? keysAsked : keysAsked + 1) + keysAsked;
  return {
    ...work,
    ...{ method, s3, kmsRequests, prices },
    seconds: kmsRequests / requestsPerSecond,
    price: priceOf(s3, prices) + kmsRequests * prices.kmsRequest,
    oldVersionsPricePerMonth: (work.copiedBytes / 2 ** 30) * prices.s3GibMonth,
  };
}

/** What requests to S3 cost, in US dollars. */
function priceOf({ lists, heads, gets, writes }: S3Requests, prices: PriceTable): number {
  return (lists + writes) * prices.s3Write + (heads + gets) * prices.s3Read;
}

/**
 * One look at each, and one write; a long copy has a beginning, parts, and an end. An instruction file may be
 * looked at once more.
 */
function rewrapRequests(work: RewrapWork): Omit<S3Requests, 'lists'> {
  const { objects, archived, leftAlone, longObjects, copyParts, instructionFiles } = work;
  return {
    heads: objects + archived + leftAlone + instructionFiles,
    gets: instructionFiles,
    writes: objects - longObjects + copyParts + 2 * longObjects,
  };
}

/**
 * Everything is read, written, and looked at once more. Beside an instruction file the object may have to be
 * written once more, and both are looked at before.
 */
function resealRequests(work: RewrapWork): Omit<S3Requests, 'lists'> {
  const { objects, archived, leftAlone, contentParts, objectsInParts, instructionFiles } = work;
  return {
    heads: objects + archived + leftAlone + 3 * instructionFiles,
    gets: contentParts + instructionFiles,
    writes: contentParts + 2 * objectsInParts + 2 * instructionFiles,
  };
}
