import type { AgeRule } from '../aws/bucket-settings.ts';
import type { RewrapPlan } from '../operations/rewrap-plan.ts';
import { reportNote } from './failure.ts';
import type { Io } from './io.ts';
import type { BucketFacts } from './rewrap-plan.ts';
import { plural, showBytes, showCount, showDollars, showSeconds } from './sizes.ts';

/** How sure a plan is: from listing alone it is of the most that may have to be done. */
export type PlanKind = 'at most' | 'exactly';

/** Tells a plan on standard error, unless there is nothing to plan. */
export function tellPlan(
  io: Pick<Io, 'stderr'>,
  plan: RewrapPlan,
  kind: PlanKind,
  requestsPerSecond: number,
): void {
  if (plan.objects + plan.archived + plan.leftAlone === 0) return;
  for (const line of planLines(plan, kind, requestsPerSecond)) reportNote(io, line);
}

/** Tells what a bucket does with what is written over, on standard error. */
export function tellFacts(io: Pick<Io, 'stderr'>, facts: BucketFacts, plan: RewrapPlan): void {
  if (plan.objects + plan.archived === 0) return;
  for (const line of [...versionLines(facts, plan), ...(facts.ageRules ?? []).flatMap(ageLines)]) {
    reportNote(io, line);
  }
}

function planLines(plan: RewrapPlan, kind: PlanKind, requestsPerSecond: number): string[] {
  const { method, objects, bytes, archived, mayStay, longObjects, s3, kmsRequests, price, prices, seconds } =
    plan;
  const isInS3 = s3.heads + s3.lists + s3.writes > 0;
  const s3Requests = [
    [s3.lists, 'list'],
    [s3.heads, 'look'],
    [s3.gets, 'read'],
    [s3.writes, method === 'rewrap' ? 'copy' : 'write'],
  ] as const;
  const told = s3Requests.filter(([count]) => count > 0).map(([count, thing]) => showCount(count, thing));
  return [
    `plan: ${method} ${kind} ${showCount(objects, 'object')}, ${showBytes(bytes)}`,
    `requests at most: ${isInS3 ? `S3 ${told.join(', ')}; ` : ''}KMS ${kmsRequests.toLocaleString('en-US')}`,
    `price: ${showDollars(price)} by the list prices of ${prices.asOf} in ${prices.region}; they differ elsewhere`,
    `time: at least ${showSeconds(Math.ceil(seconds))}, at ${requestsPerSecond.toLocaleString('en-US')} KMS requests a second`,
    ...(longObjects === 0 || method === 'reseal'
      ? []
      : [
          `${showCount(longObjects, 'object')} above 5 GiB ${plural(longObjects, 'is', 'are')} copied in parts`,
        ]),
    ...(mayStay === 0
      ? []
      : [`${showCount(mayStay, 'archived object')} may stay in the old wrapping until restored`]),
    ...(archived === 0
      ? []
      : [
          `${showCount(archived, 'archived object')} ${plural(archived, 'stays', 'stay')} in the old wrapping until restored`,
        ]),
  ];
}

function versionLines({ versioning, noncurrent }: BucketFacts, plan: RewrapPlan): string[] {
  if (versioning === 'off') return [];
  if (versioning === undefined) {
    return ['whether the bucket keeps old versions may not be read (s3:GetBucketVersioning)'];
  }
  const monthly = `${showBytes(plan.copiedBytes)}, ${showDollars(plan.oldVersionsPricePerMonth)} a month`;
  const how = plan.method === 'reseal' ? 'and open with the old data keys' : 'in the old wrapping';
  return [
    ...(plan.objects === 0
      ? []
      : [
          `the bucket keeps versions: the old ones stay, ${how}, until a lifecycle rule expires them (${monthly})`,
        ]),
    noncurrent === undefined
      ? 'noncurrent versions stay as they are; --dry-run counts them'
      : noncurrentLine(noncurrent),
  ];
}

function noncurrentLine({ versions, bytes }: NonNullable<BucketFacts['noncurrent']>): string {
  if (versions === 0) return 'there are no noncurrent versions';
  const stay = plural(versions, 'stays as it is', 'stay as they are');
  return `${showCount(versions, 'noncurrent version')}, ${showBytes(bytes)}, ${stay}`;
}

/** A copy is a new object to a lifecycle rule. */
function ageLines({
  id,
  prefix,
  expiresAfterDays,
  movesAfterDays,
  noncurrentExpireAfterDays,
}: AgeRule): string[] {
  const name = `lifecycle rule "${id}"${prefix === '' ? '' : ` on "${prefix}"`}`;
  const resets = [
    ...movesAfterDays.map(({ days, storageClass }) => `to ${storageClass} after ${showCount(days, 'day')}`),
    ...(expiresAfterDays === undefined ? [] : [`expires after ${showCount(expiresAfterDays, 'day')}`]),
  ];
  return [
    ...(resets.length === 0 ? [] : [`${name} counts a copy's age anew: ${resets.join(', ')}`]),
    ...(noncurrentExpireAfterDays === undefined
      ? []
      : [`${name} expires old versions after ${showCount(noncurrentExpireAfterDays, 'day')}`]),
  ];
}
