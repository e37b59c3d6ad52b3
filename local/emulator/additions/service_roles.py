"""The calls a service makes in a role it was given, authorized and recorded as that role's.

The role must trust the service, and its policies and those of the resource must allow the call, as for any caller.

AWS documentation: "Create a role to delegate permissions to an AWS service" and "The confused deputy problem", IAM
User Guide; "CloudTrail record contents", AWS CloudTrail User Guide.
"""

import asyncio
import contextvars
import hashlib
import json
import time
from dataclasses import dataclass

from ministack import app
from ministack.core import iam_actions, iam_evaluator
from ministack.core.responses import get_account_id, get_region, new_uuid
from ministack.services import iam, sts

from . import cloudtrail_records, current_request


class RoleRefused(Exception):
    """The role does not trust the service, or may not do what the service tries; the message says which."""


@dataclass(frozen=True)
class ServiceRole:
    """A role, the service principal that acts in it, and the resource it acts for."""

    role_arn: str
    service: str
    source_arn: str
    source_account: str


def require(role: ServiceRole, action: str, resource_arn: str, call: dict | None = None) -> None:
    """Checks one action in the role and records it, for a call that the emulator makes by itself.

    ``call`` is the request as a caller would send it: service, method, path, headers, body.
    Raises ``RoleRefused`` with IAM's message.
    """
    session = _assume(role)
    denied = contextvars.copy_context().run(_decide, session["key"], action, resource_arn)
    message = None
    if denied is not None:
        message = iam_actions.identity_denial_message(
            action, session["arn"], resource_arn, getattr(denied, "decision", "") == "Deny")
    if call is not None:
        request = current_request.CurrentRequest(
            service=call["service"], method=call.get("method", "POST"), path=call.get("path", "/"),
            headers=_headers(role, session, call["service"], call.get("headers", {})), body=call.get("body", b""),
            query_params={}, request_id=new_uuid(), region=get_region())
        refused = json.dumps({"__type": "AccessDenied", "message": message}).encode()
        cloudtrail_records.record(request, (200, {}, b"") if message is None else (403, {}, refused))
    if message is not None:
        raise RoleRefused(message)


def send(role: ServiceRole, service: str, method: str, path: str, *, headers=None, body=b"", query_params=None):
    """Sends a request in the role, from a worker thread; returns its status, headers and body.

    Raises ``RoleRefused`` where the role does not trust the service. A call it may not make answers 403.
    """
    session = _assume(role)
    signed = _headers(role, session, service, headers or {})

    async def serve():
        _stand_apart()
        return await app._dispatch_service_request(method, path, signed, body, query_params or {}, new_uuid())

    return asyncio.run_coroutine_threadsafe(serve(), app._MAIN_LOOP).result()


def _decide(access_key: str, action: str, resource_arn: str):
    _stand_apart()
    return iam_evaluator.enforce(access_key, action, action.partition(":")[0], get_region(), resource_arn=resource_arn)


def _stand_apart() -> None:
    """Leaves the request that led here behind: whoever signed it is not the caller of what follows."""
    current_request.forget()
    iam_evaluator._signed_request.set(None)
    iam_evaluator._verified_key.set("")
    iam_evaluator._anonymous.set(False)
    iam_evaluator.pin_request_origin("127.0.0.1", True)


def _headers(role: ServiceRole, session: dict, service: str, headers: dict) -> dict:
    scope = f"{time.strftime('%Y%m%d', time.gmtime())}/{get_region()}/{service}/aws4_request"
    return {
        "host": f"{service}.{get_region()}.amazonaws.com",
        **headers,
        "authorization": f"AWS4-HMAC-SHA256 Credential={session['key']}/{scope}, SignedHeaders=host, Signature=0",
        "user-agent": role.service,
    }


def _assume(role: ServiceRole) -> dict:
    """The session of the service in the role, the same one each time."""
    name = role.role_arn.rpartition("/")[2]
    account = role.role_arn.split(":")[4]
    record = iam._roles.get_scoped(account, None, name)
    if record is None or not _trusts(record, role):
        raise RoleRefused(f"The service principal {role.service} is not authorized to assume the role {role.role_arn}")
    digest = hashlib.sha256(f"{role.role_arn} {role.service}".encode()).hexdigest()
    key, arn = f"ASIA{digest[:16].upper()}", f"arn:aws:sts::{account}:assumed-role/{name}/{digest[:32]}"
    sts.register_session(key, {
        "Arn": arn,
        "UserId": f"{record['RoleId']}:{digest[:32]}",
        "SecretAccessKey": hashlib.sha256(f"secret {digest}".encode()).hexdigest(),
        "SessionToken": hashlib.sha256(f"token {digest}".encode()).hexdigest(),
    })
    return {"key": key, "arn": arn}


def _trusts(record: dict, role: ServiceRole) -> bool:
    document = record.get("AssumeRolePolicyDocument")
    document = json.loads(document) if isinstance(document, str) else document or {}
    statements = document.get("Statement", [])
    statements = [statements] if isinstance(statements, dict) else statements
    policy = {"Statement": [{**statement, "Resource": "*"} for statement in statements]}
    context = iam_evaluator.EvalContext(
        principal_arn=role.service, principal_type="Service", principal_account=get_account_id(),
        action="sts:AssumeRole", resource_arn=record["Arn"], region=get_region(), secure_transport=True,
        service_context={"aws:sourcearn": role.source_arn, "aws:sourceaccount": role.source_account},
    )
    # A service has a principal of its own in each Region as well.
    name, _, domain = role.service.partition(".")
    return any(iam_evaluator.evaluate_resource_policy(policy, context, service=service).decision == "Allow"
               for service in (role.service, f"{name}.{get_region()}.{domain}"))
