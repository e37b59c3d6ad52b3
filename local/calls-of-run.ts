import type { LocalClients } from './local-clients.ts';
import type { RewrapRun } from './rewrap-runs.ts';
import { lookUpEventsBetween } from './trail.ts';

/** How often somebody made a call. */
export interface CallCount {
  readonly caller: string;
  readonly eventName: string;
  readonly times: number;
}

/** Who is who, by what is in the names of the roles, in the order in which a run meets them. */
const callers = [
  ['the schedule', /RewrapTriggersSched/],
  ['the rotation event', /RewrapTriggersEvents/],
  ['the state machine', /RewrapRuns/],
  ['the rotator', /RolesRotator/],
  ['the reporter', /RolesReporter/],
] as const;

/** The calls that the trail has of a run, by who made them; the trail's times are in whole seconds. */
export async function callsOfRun(clients: LocalClients, run: RewrapRun): Promise<readonly CallCount[]> {
  const from = new Date(Math.floor(run.startedAt.getTime() / 1000) * 1000);
  const to = new Date((run.endedAt ?? new Date()).getTime() + 1000);
  const events = await lookUpEventsBetween(clients, from, to);
  return callers.flatMap(([caller, role]) => {
    const names = events.filter((event) => role.test(event.caller)).map(({ eventName }) => eventName);
    return [...new Set(names.toReversed())].map((eventName) => ({
      caller,
      eventName,
      times: names.filter((name) => name === eventName).length,
    }));
  });
}
