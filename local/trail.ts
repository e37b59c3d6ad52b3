import { LookupEventsCommand, type LookupEventsCommandInput } from '@aws-sdk/client-cloudtrail';
import type { LocalClients } from './local-clients.ts';

/** What the trail tells of one call. */
export interface TrailEvent {
  readonly eventName: string;
  readonly eventTime: string;
  /** The role that called, by name, or who else it was. */
  readonly caller: string;
  /** The error that the call ended with, such as `AccessDenied`. */
  readonly errorCode?: string;
  readonly requestParameters: Readonly<Record<string, unknown>>;
}

/** Every call of a name that the trail knows, the newest first. */
export async function lookUpEvents(clients: LocalClients, eventName: string): Promise<readonly TrailEvent[]> {
  return lookUp(clients, {
    LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: eventName }],
  });
}

/** Every call that the trail knows between two times, the newest first. */
export async function lookUpEventsBetween(
  clients: LocalClients,
  StartTime: Date,
  EndTime: Date,
): Promise<readonly TrailEvent[]> {
  return lookUp(clients, { StartTime, EndTime });
}

async function lookUp(
  { cloudTrail }: LocalClients,
  request: LookupEventsCommandInput,
): Promise<readonly TrailEvent[]> {
  const events: TrailEvent[] = [];
  let token: string | undefined;
  do {
    const page = await cloudTrail.send(
      new LookupEventsCommand(token === undefined ? request : { ...request, NextToken: token }),
    );
    for (const { CloudTrailEvent } of page.Events ?? []) {
      if (CloudTrailEvent !== undefined) events.push(parse(CloudTrailEvent));
    }
    token = page.NextToken;
  } while (token !== undefined);
  return events;
}

function parse(json: string): TrailEvent {
  const event = JSON.parse(json) as {
    eventName: string;
    eventTime: string;
    errorCode?: string;
    userIdentity?: { arn?: string };
    requestParameters?: Record<string, unknown> | null;
  };
  return {
    eventName: event.eventName,
    eventTime: event.eventTime,
    caller: event.userIdentity?.arn?.split('/')[1] ?? event.userIdentity?.arn ?? 'unknown',
    requestParameters: event.requestParameters ?? {},
    ...(event.errorCode === undefined ? {} : { errorCode: event.errorCode }),
  };
}
