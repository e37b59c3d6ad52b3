"""A function's error under its own name, with its stack; the emulator calls every one Runtime.HandlerError.

A function whose process ends in the middle of an invocation fails with Runtime.ExitError.

AWS documentation: "Lambda function errors in Node.js" (errorType, errorMessage, trace) and "Troubleshoot execution
issues in Lambda" (Runtime exited), AWS Lambda Developer Guide.
"""

import contextvars
import functools

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

_NODE = ('trace: err.stack || ""',
         'trace: err.stack || "", errorType: err.name')
_response: contextvars.ContextVar[dict | None] = contextvars.ContextVar("lambda_response", default=None)


def install() -> None:
    """Lets the Node worker name the error, and carries the name into the function's answer."""
    if _NODE[0] not in lambda_runtime._NODEJS_WORKER_SCRIPT:
        raise RuntimeError("the emulator's Node worker is not the one that this was written for")
    lambda_runtime._NODEJS_WORKER_SCRIPT = lambda_runtime._NODEJS_WORKER_SCRIPT.replace(*_NODE)
    invoke, execute = lambda_runtime.Worker.invoke, lambda_svc._execute_function_warm

    @functools.wraps(invoke)
    def invoke_and_keep(worker, *args, **kwargs):
        response = _exited(invoke(worker, *args, **kwargs), kwargs.get("request_id") or args[1])
        _response.set(response)
        return response

    @functools.wraps(execute)
    def execute_and_name(*args, **kwargs):
        token = _response.set(None)
        try:
            result = execute(*args, **kwargs)
            named = _response.get() or {}
        finally:
            _response.reset(token)
        if not result.get("error") or not named.get("errorType"):
            return result
        body = {"errorType": named["errorType"], "errorMessage": named.get("error", ""),
                "trace": str(named.get("trace", "")).splitlines()}
        return {**result, "body": body}

    lambda_runtime.Worker.invoke, lambda_svc._execute_function_warm = invoke_and_keep, execute_and_name


def _exited(response: dict, request_id: str) -> dict:
    """The response, named as Lambda names it where there was no process any more to give one."""
    error = str(response.get("error", ""))
    if response.get("status") != "error" or not (error == "Worker process died" or "Broken pipe" in error):
        return response
    return {**response, "errorType": "Runtime.ExitError",
            "error": f"RequestId: {request_id} Error: Runtime exited with error: signal: killed"}
