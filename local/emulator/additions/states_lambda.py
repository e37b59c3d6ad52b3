"""Tasks that invoke a function: in the state machine's role, with Lambda's errors, within Step Functions' limits.

AWS documentation: "Invoke an AWS Lambda function with Step Functions", "Handling errors in Step Functions workflows"
(States.DataLimitExceeded) and "Transient Lambda service exceptions", AWS Step Functions Developer Guide.
"""

import json

from ministack.core.responses import get_account_id, get_region
from ministack.services import lambda_svc, stepfunctions

from . import states_roles

_MOST_BYTES = 256 * 1024


def install() -> None:
    """Replaces the emulator's invocation of a function, and checks what any task returns."""
    invoke = stepfunctions._invoke_resource

    def invoke_resource(resource, input_data):
        return require_size(resource, invoke(resource, input_data))

    stepfunctions._call_lambda, stepfunctions._invoke_resource = call_lambda, invoke_resource


def call_lambda(reference: str, event):
    """The function's answer; raises ``_ExecutionError`` with the name that Step Functions gives the error."""
    reference = str(reference)
    arn = reference if reference.startswith("arn:") else (
        f"arn:aws:lambda:{get_region()}:{get_account_id()}:function:{reference}")
    states_roles.require("lambda:InvokeFunction", arn, "Lambda.AWSLambdaException", {
        "service": "lambda", "path": f"/2015-03-31/functions/{arn}/invocations"})
    function, config, name = lambda_svc._get_func_record_for_ref(reference)
    if not function or not config:
        raise stepfunctions._ExecutionError("Lambda.ResourceNotFoundException", f"Function not found: {arn}")
    record = lambda_svc._execution_record_for_config(function, config)
    result = lambda_svc._execute_function_with_config_scope(record, event)
    body = result.get("body")
    if result.get("throttle"):
        raise stepfunctions._ExecutionError("Lambda.TooManyRequestsException", json.dumps(body))
    if result.get("error"):
        name = body.get("errorType", "Lambda.Unknown") if isinstance(body, dict) else "Lambda.Unknown"
        raise stepfunctions._ExecutionError(name, json.dumps(body) if isinstance(body, dict) else str(body))
    if not isinstance(body, (str, bytes)):
        return body
    try:
        return json.loads(body)
    except ValueError:
        return body


def require_size(name: str, result):
    """The result, where it is not above 256 KiB; raises ``_ExecutionError`` with States.DataLimitExceeded."""
    if states_roles.size_of(result) > _MOST_BYTES:
        raise stepfunctions._ExecutionError(
            "States.DataLimitExceeded",
            f"The state/task '{name}' returned a result with a size exceeding the maximum number of bytes service "
            "limit.")
    return result
