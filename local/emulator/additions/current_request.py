"""The AWS request that is being served, for the additions that need its body, and its CloudTrail record.

The emulator records a request only after it has been authorized and by its access key alone; here refused
requests are recorded too, with the error code, as CloudTrail does.

AWS documentation: "CloudTrail record contents", AWS CloudTrail User Guide.
"""

import contextvars
import functools
from dataclasses import dataclass, field

from ministack import app

from . import cloudtrail_records


@dataclass
class ServiceUse:
    """A call that one service makes to another for the caller: action, key ARN, condition keys, context."""

    action: str
    resource_arn: str
    conditions: dict
    encryption_context: dict


@dataclass
class CurrentRequest:
    """One request as it arrived, and what was found out while serving it."""

    service: str
    method: str
    path: str
    headers: dict
    body: bytes
    query_params: dict
    request_id: str
    region: str
    refused_action: str = ""
    refused_resource: str = ""
    service_uses: list[ServiceUse] = field(default_factory=list)
    key_uses: dict = field(default_factory=dict)


_current: contextvars.ContextVar[CurrentRequest | None] = contextvars.ContextVar("current_request", default=None)


def get() -> CurrentRequest | None:
    """The request being served, or None for work the emulator does on its own account."""
    return _current.get()


def forget() -> None:
    """Leaves the request behind, in a context of its own that what follows runs in."""
    _current.set(None)


def install() -> None:
    """Wraps the emulator's dispatch of service requests."""
    dispatch = app._dispatch_service_request

    @functools.wraps(dispatch)
    async def serve(method, path, headers, body, query_params, request_id):
        routing = app._routing_params(method, path, headers, body, query_params)
        request = CurrentRequest(
            service=app.detect_service(method, path, headers, routing),
            method=method,
            path=path,
            headers=headers,
            body=body,
            query_params=query_params,
            request_id=request_id,
            region=app.extract_region(headers, query_params),
        )
        token = _current.set(request)
        try:
            response = await dispatch(method, path, headers, body, query_params, request_id)
        finally:
            _current.reset(token)
        cloudtrail_records.record(request, response)
        return response

    app._dispatch_service_request = serve
    # Recording happens above, once, with the outcome.
    app._maybe_record_cloudtrail = lambda *_: None
