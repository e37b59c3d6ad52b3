"""A state machine's tasks run in its role: what the role may not do fails the task.

AWS documentation: "How Step Functions generates IAM policies for integrated services" and "IAM policies for using
Distributed Map states", AWS Step Functions Developer Guide.
"""

import contextvars
import functools
import json
import re

from ministack import app
from ministack.core.responses import get_account_id, get_region
from ministack.services import stepfunctions

from . import service_roles

_role: contextvars.ContextVar[service_roles.ServiceRole | None] = contextvars.ContextVar("states_role", default=None)
_SCOPE = re.compile(r"Credential=[^/]*/[^/]*/[^/]*/([^/]*)/")


def install() -> None:
    """Wraps an execution, its tasks, and the calls that the emulator makes for them."""
    run, invoke, call = stepfunctions._run_execution, stepfunctions._invoke_resource, app.call_service_handler_sync

    @functools.wraps(run)
    def run_execution(execution_arn):
        machine = stepfunctions._state_machines.get(
            (stepfunctions._executions.get(execution_arn) or {}).get("stateMachineArn"))
        token = _role.set(machine and service_roles.ServiceRole(
            machine["roleArn"], "states.amazonaws.com", machine["stateMachineArn"], get_account_id()))
        try:
            run(execution_arn)
        finally:
            _role.reset(token)

    @functools.wraps(invoke)
    def invoke_resource(resource, input_data):
        needed = _needed(resource, input_data)
        if needed is not None:
            service, action, arn = needed
            require(action, arn, f"{service}.AccessDeniedException")
        return invoke(resource, input_data)

    @functools.wraps(call)
    def call_service_handler_sync(handler, method, path, headers, body, query_params, timeout=None):
        role, scope = _role.get(), _SCOPE.search((headers or {}).get("authorization", ""))
        if role is None or scope is None:
            return call(handler, method, path, headers, body, query_params, timeout)
        body = body.encode() if isinstance(body, str) else body or b""
        routing = app._routing_params(method, path, headers, body, query_params)
        if app.SERVICE_HANDLERS.get(app.detect_service(method, path, headers, routing)) is not handler:
            return call(handler, method, path, headers, body, query_params, timeout)
        try:
            return service_roles.send(role, scope[1], method, path, headers=headers, body=body, query_params={
                name: value if isinstance(value, list) else [value] for name, value in query_params.items()})
        except service_roles.RoleRefused as refused:
            raise stepfunctions._ExecutionError("States.Runtime", str(refused)) from refused

    stepfunctions._run_execution, stepfunctions._invoke_resource = run_execution, invoke_resource
    app.call_service_handler_sync = call_service_handler_sync


def require(action: str, resource_arn: str, error: str, call: dict | None = None) -> None:
    """Fails the task with ``error`` where the execution's role may not do this; see ``service_roles.require``."""
    role = _role.get()
    if role is None:
        return
    try:
        service_roles.require(role, action, resource_arn, call)
    except service_roles.RoleRefused as refused:
        raise stepfunctions._ExecutionError(error, str(refused)) from refused


def send(service: str, method: str, path: str, error: str, **request) -> tuple[int, dict, bytes]:
    """Sends a request in the execution's role; fails the state with ``error`` where the role is not to be had."""
    try:
        return service_roles.send(_role.get(), service, method, path, **request)
    except service_roles.RoleRefused as refused:
        raise stepfunctions._ExecutionError(error, str(refused)) from refused


def _needed(resource: str, data) -> tuple[str, str, str] | None:
    """Service, action and resource ARN of an optimized integration that the emulator serves without a request."""
    match = re.match(r"arn:aws:states:::(sqs|sns|events|dynamodb|states):(\w+)", resource)
    if match is None or not isinstance(data, dict):
        return None
    service, operation = match.groups()
    action = f"{service}:{operation[0].upper()}{operation[1:]}"
    here = f"{get_region()}:{get_account_id()}"
    if service == "sqs":
        return "SQS", action, f"arn:aws:sqs:{here}:{str(data.get('QueueUrl', '')).rpartition('/')[2]}"
    if service == "sns":
        return "SNS", action, str(data.get("TopicArn") or data.get("TargetArn") or "*")
    if service == "dynamodb":
        return "DynamoDB", action, f"arn:aws:dynamodb:{here}:table/{data.get('TableName', '')}"
    if service == "states":
        return "StepFunctions", action, str(data.get("StateMachineArn", ""))
    buses = {str(entry.get("EventBusName") or "default").rpartition("/")[2] for entry in data.get("Entries") or [{}]}
    return "EventBridge", action, f"arn:aws:events:{here}:event-bus/{min(buses)}"


def size_of(value) -> int:
    """The bytes that a state's input or output counts for."""
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())
