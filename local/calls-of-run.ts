import type { LocalClients } from './local-clients.ts';
import type { RewrapRun } from './rewrap-runs.ts';
import { lookUpEventsBetween } from './trail.ts';

/** How often somebody made a call. */
export interface CallCount {
  readonly caller: string;
  readonly eventName: string;
  readonly times: number;
}

/** Who is who, by how the names of the roles in a vault's stack begin, in the order in which a run meets them. */
const callers = [
  ['the schedule', 'VaultRewrapTriggersSched'],
  ['the rotation event', 'VaultRewrapTriggersEvents'],
  ['the state machine', 'VaultRewrapRuns'],
  ['the rotator', 'VaultRolesRotator'],
  ['the reporter', 'VaultRolesReporter'],
] as const;

/**
 * The calls that the trail has of a run, by who made them. Another vault's runs are told apart by their roles; the
 * trail's times are in whole seconds.
 */
export async function callsOfRun(clients: LocalClients, run: RewrapRun): Promise<readonly CallCount[]> {
  const from = new Date(Math.floor(run.startedAt.getTime() / 1000) * 1000);
  const to = new Date((run.endedAt ?? new Date()).getTime() + 1000);
  const events = await lookUpEventsBetween(clients, from, to);
  const stack = stackOf(run);
  return callers.flatMap(([caller, role]) => {
    const own = events.filter((event) => event.caller.startsWith(`${stack}-${role}`));
    const names = own.map(({ eventName }) => eventName);
    return [...new Set(names.toReversed())].map((eventName) => ({
      caller,
      eventName,
      times: names.filter((name) => name === eventName).length,
    }));
  });
}

/** The stack of the vault, from the name that it gave its state machine. */
function stackOf({ arn }: RewrapRun): string {
  const [, stack = ''] = /:execution:(.+)-VaultRewrapRuns/.exec(arn) ?? [];
  return stack;
}
