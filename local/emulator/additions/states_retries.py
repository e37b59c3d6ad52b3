"""Retriers with MaxDelaySeconds and jitter, and the errors that States.ALL does not match.

AWS documentation: "Handling errors in Step Functions workflows", AWS Step Functions Developer Guide.
"""

import random

from ministack.services import stepfunctions

_EMULATORS_LONGEST_WAIT_SECONDS = 60


def install() -> None:
    """Wraps the choice of a retrier and the match of error names."""
    find, matches = stepfunctions._find_matching_retrier, stepfunctions._error_matches

    def find_matching_retrier(retriers, error, retry_counts):
        retrier, index = find(retriers, error, retry_counts)
        if retrier is None:
            return None, -1
        delay = _delay_seconds(retrier, retry_counts.get(index, 0))
        stepfunctions._scaled_sleep(delay - _EMULATORS_LONGEST_WAIT_SECONDS)
        return {**retrier, "IntervalSeconds": delay, "BackoffRate": 1}, index

    def error_matches(error_equals, error):
        if error == "States.Runtime":
            return False
        if error == "States.DataLimitExceeded":
            return error in error_equals
        return matches(error_equals, error)

    stepfunctions._find_matching_retrier, stepfunctions._error_matches = find_matching_retrier, error_matches


def _delay_seconds(retrier: dict, retries: int) -> float:
    delay = retrier.get("IntervalSeconds", 1) * retrier.get("BackoffRate", 2.0) ** retries
    delay = min(delay, retrier.get("MaxDelaySeconds", delay))
    return random.uniform(0, delay) if retrier.get("JitterStrategy") == "FULL" else delay
