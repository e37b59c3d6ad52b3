"""Targets of rules and schedules, in their roles; the context attributes that a schedule's input may name.

A rule starts a state machine in its target's role, and a schedule does everything in its own. What the role may not
do does not happen; AWS would try again and then drop the event.

AWS documentation: "Amazon EventBridge rule targets" and "Using identity-based policies for EventBridge", Amazon
EventBridge User Guide; "Execution role" and "Adding context attributes", EventBridge Scheduler User Guide.
"""

import json
import logging
import time

from ministack.core.responses import get_account_id, new_uuid
from ministack.services import eventbridge, scheduler

from . import service_roles

logger = logging.getLogger("events")

_ACTIONS = {"lambda": "lambda:InvokeFunction", "states": "states:StartExecution", "sqs": "sqs:SendMessage",
            "sns": "sns:Publish", "events": "events:PutEvents"}


def install() -> None:
    """Wraps the delivery to one target."""
    invoke = eventbridge._invoke_target

    def invoke_target(target, event, rule, view=None):
        is_schedule = event.get("Source") == "aws.scheduler" and "GroupName" in rule
        service = target.get("Arn", "::").split(":")[2]
        try:
            if service == "states" or is_schedule and service in _ACTIONS:
                _require(target, rule, is_schedule, service)
        except service_roles.RoleRefused as refused:
            logger.error("%s: %s", rule.get("Arn") or rule.get("Name"), refused)
            return None
        return invoke(_with_attributes(target, rule) if is_schedule else target, event, rule, view)

    eventbridge._invoke_target = invoke_target


def _require(target: dict, rule: dict, is_schedule: bool, service: str) -> None:
    role_arn = target.get("RoleArn") or rule.get("RoleArn")
    if not role_arn:
        raise service_roles.RoleRefused(f"the target {target['Arn']} has no role")
    source = scheduler._group_arn(rule["GroupName"]) if is_schedule else rule.get("Arn", "")
    principal = "scheduler.amazonaws.com" if is_schedule else "events.amazonaws.com"
    call = None
    if service == "states":
        call = {"service": "states", "headers": {"x-amz-target": "AWSStepFunctions.StartExecution"},
                "body": json.dumps({"stateMachineArn": target["Arn"]}).encode()}
    service_roles.require(
        service_roles.ServiceRole(role_arn, principal, source, get_account_id()), _ACTIONS[service], target["Arn"],
        call)


def _with_attributes(target: dict, schedule: dict) -> dict:
    if "<aws.scheduler." not in target.get("Input", ""):
        return target
    text = target["Input"]
    for name, value in {
        "schedule-arn": schedule["Arn"],
        "scheduled-time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "execution-id": new_uuid(),
        "attempt-number": "1",
    }.items():
        text = text.replace(f"<aws.scheduler.{name}>", value)
    return {**target, "Input": text}
