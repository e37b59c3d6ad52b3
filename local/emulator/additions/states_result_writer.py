"""What becomes of a Distributed Map's results: the state's output, or files in a bucket with a manifest.

AWS documentation: "ResultWriter (Map)", AWS Step Functions Developer Guide.
"""

import json

from ministack.services import stepfunctions

from . import states_roles
from .error_codes import error_of

_FAILED = "States.ResultWriterFailed"


def exports(writer: dict | None) -> bool:
    """Whether the results go to a bucket, rather than into the state's output."""
    return bool((writer or {}).get("Resource"))


def output_of(writer: dict | None, children: list) -> list:
    """The results for the state's output: what each child returned, or with NONE its whole record."""
    return _transformed(children, (writer or {}).get("WriterConfig", {}).get("Transformation", "COMPACT"))


def export(writer: dict, children: list, map_run_arn: str, evaluate) -> dict:
    """Writes the files and their manifest in the state machine's role; returns the state's result.

    ``evaluate`` resolves a template. Raises ``_ExecutionError`` with States.ResultWriterFailed.
    """
    parameters = evaluate(writer.get("Parameters") or writer.get("Arguments") or {})
    config = writer.get("WriterConfig") or {}
    lines = config.get("OutputType") == "JSONL"
    bucket, prefix = parameters.get("Bucket", ""), parameters.get("Prefix") or ""
    folder = f"{prefix}/" if prefix and not prefix.endswith("/") else prefix
    folder = f"{folder}{map_run_arn.rpartition(':')[2]}/"
    files: dict[str, list] = {"FAILED": [], "PENDING": [], "SUCCEEDED": []}
    for status, listed in files.items():
        of_status = [child for child in children if child.status == status]
        if not of_status:
            continue
        how = config.get("Transformation", "NONE") if status == "SUCCEEDED" else "NONE"
        records = _transformed(of_status, how)
        text = "\n".join(map(_json, records)) if lines else _json(records)
        key = f"{folder}{status}_0.{'jsonl' if lines else 'json'}"
        listed.append({"Key": key, "Size": _put(bucket, key, text)})
    manifest = f"{folder}manifest.json"
    _put(bucket, manifest, _json({"DestinationBucket": bucket, "MapRunArn": map_run_arn, "ResultFiles": files}))
    return {"MapRunArn": map_run_arn, "ResultWriterDetails": {"Bucket": bucket, "Key": manifest}}


def _transformed(children: list, transformation: str) -> list:
    found = []
    for child in children:
        if transformation == "NONE" or child.status != "SUCCEEDED":
            found.append(_record(child))
        elif transformation == "FLATTEN" and isinstance(child.output, list):
            found.extend(child.output)
        else:
            found.append(child.output)
    return found


def _record(child) -> dict:
    sent = {"Input": _json(child.input), "InputDetails": {"Included": True}}
    execution = child.execution
    if execution is None:
        return {**sent, "Status": child.status}
    succeeded = child.status == "SUCCEEDED"
    outcome = {"Output": _json(child.output)} if succeeded else {
        "Cause": execution["cause"], "Error": execution["error"]}
    redrive = {
        "RedriveStatus": "NOT_REDRIVABLE",
        "RedriveStatusReason": "Execution is SUCCEEDED and cannot be redriven",
    } if succeeded else {"RedriveStatus": "REDRIVABLE_BY_MAP_RUN" if child.is_express else "REDRIVABLE"}
    record = {
        **sent, **outcome, **redrive,
        "ExecutionArn": execution["executionArn"],
        "Name": execution["name"],
        "OutputDetails": {"Included": True},
        "RedriveCount": 0,
        "StartDate": execution["startDate"],
        "StateMachineArn": execution["stateMachineArn"],
        "Status": child.status,
        "StopDate": execution["stopDate"],
    }
    return dict(sorted(record.items()))


def _json(value) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _put(bucket: str, key: str, text: str) -> int:
    body = text.encode()
    status, headers, answer = states_roles.send(
        "s3", "PUT", f"/{bucket}/{key}", _FAILED, body=body, headers={"content-type": "application/json"})
    error = error_of(status, headers, answer)
    if error is not None:
        raise stepfunctions._ExecutionError(
            _FAILED, f"{error[1]} (S3, /{bucket}/{key}, Status Code: {status}, {error[0]})")
    return len(body)
