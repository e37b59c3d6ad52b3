"""LookupEvents in pages, newest first, filtered by one attribute and a time range.

AWS documentation: "LookupEvents", AWS CloudTrail API Reference. The emulator's own answers one page only.
"""

import base64

from ministack.services import cloudtrail

_PAGE = 50


def install() -> None:
    """Replaces the emulator's LookupEvents."""
    cloudtrail._DISPATCH["LookupEvents"] = lookup_events


def lookup_events(body: dict):
    """One page of the events that match, with a NextToken where there are more."""
    attributes = body.get("LookupAttributes") or []
    events = [event for event in reversed(list(cloudtrail._get_event_queue())) if _matches(event, attributes, body)]
    token = body.get("NextToken")
    last_id = base64.b64decode(token).decode() if token else ""
    start = next((index + 1 for index, event in enumerate(events) if event["EventId"] == last_id), 0)
    size = min(int(body.get("MaxResults") or _PAGE), _PAGE)
    page = events[start:start + size]
    answer = {"Events": page}
    if start + size < len(events):
        answer["NextToken"] = base64.b64encode(page[-1]["EventId"].encode()).decode()
    return cloudtrail._ok(answer)


def _matches(event: dict, attributes: list, body: dict) -> bool:
    if body.get("StartTime") is not None and event["EventTime"] < float(body["StartTime"]):
        return False
    if body.get("EndTime") is not None and event["EventTime"] > float(body["EndTime"]):
        return False
    return all(_has(event, attribute["AttributeKey"], attribute["AttributeValue"]) for attribute in attributes)


def _has(event: dict, name: str, value: str) -> bool:
    if name in ("ResourceName", "ResourceType"):
        return any(resource.get(name) == value for resource in event["Resources"])
    return event.get(name) == value
