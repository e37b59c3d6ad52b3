"""Metrics that a function writes to its log in the embedded metric format, and the alarms on them.

Alarms are looked at when a value arrives, as the emulator does for PutMetricData.

AWS documentation: "Specification: Embedded metric format", Amazon CloudWatch User Guide.
"""

import functools
import json
import logging

from ministack.services import cloudwatch, lambda_svc

logger = logging.getLogger("cloudwatch")


def install() -> None:
    """Wraps the writing of a function's log."""
    write_log = lambda_svc._emit_lambda_logs

    @functools.wraps(write_log)
    def write_log_and_metrics(func, request_id, log_text, *args, **kwargs):
        write_log(func, request_id, log_text, *args, **kwargs)
        documents = [found for line in (log_text or "").splitlines() if (found := _document(line)) is not None]
        for document in documents:
            _record(document)
        if documents:
            cloudwatch._evaluate_all_alarms()

    lambda_svc._emit_lambda_logs = write_log_and_metrics


def _document(line: str) -> dict | None:
    """The document of a line in this format, which the runtime may have put its own words before."""
    if '"CloudWatchMetrics"' not in line:
        return None
    try:
        return json.loads(line[line.index("{"):])
    except ValueError:
        logger.warning("a line of a function's log is no embedded metric: %s", line)
        return None


def _record(document: dict) -> None:
    for directive in document.get("_aws", {}).get("CloudWatchMetrics", []):
        for names in directive.get("Dimensions") or [[]]:
            dimensions = {name: str(document[name]) for name in names if name in document}
            for metric in directive.get("Metrics", []):
                values = document.get(metric["Name"], [])
                for value in values if isinstance(values, list) else [values]:
                    cloudwatch.record_metric(directive["Namespace"], metric["Name"], value,
                                             metric.get("Unit", "None"), dimensions)
