"""A partial batch response that Lambda cannot read fails its whole batch; the emulator takes it for success.

AWS documentation: "Implementing partial batch responses" (success and failure conditions), AWS Lambda Developer Guide.
"""

import contextvars
import json

from ministack.services import lambda_svc

_message_ids: contextvars.ContextVar[frozenset | None] = contextvars.ContextVar("message_ids", default=None)


def install() -> None:
    """Wraps the run of an SQS batch and the execution within it."""
    run_batch, execute = lambda_svc._run_sqs_batch, lambda_svc._execute_function

    def run(esm, func_rec, event, batch, queue_url, queue_name):
        reports = "ReportBatchItemFailures" in esm.get("FunctionResponseTypes", [])
        token = _message_ids.set(frozenset(message["id"] for message in batch) if reports else None)
        try:
            return run_batch(esm, func_rec, event, batch, queue_url, queue_name)
        finally:
            _message_ids.reset(token)

    def execute_batch(func_rec, event, *args, **kwargs):
        result = execute(func_rec, event, *args, **kwargs)
        known = _message_ids.get()
        if known is None or result.get("error") or _readable(result.get("body"), known):
            return result
        return {**result, "error": True, "body": {
            "errorType": "InvalidBatchResponse", "errorMessage": "batchItemFailures cannot be read"}}

    lambda_svc._run_sqs_batch, lambda_svc._execute_function = run, execute_batch


def _readable(body, known: frozenset) -> bool:
    if isinstance(body, str):
        try:
            body = json.loads(body or "null")
        except ValueError:
            return False
    if body is None:
        return True
    if not isinstance(body, dict):
        return False
    failures = body.get("batchItemFailures")
    if failures is None:
        return True
    return isinstance(failures, list) and all(
        isinstance(failure, dict) and failure.get("itemIdentifier") in known for failure in failures)
