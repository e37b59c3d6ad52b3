"""CloudTrail events as AWS writes them: who called, on which resources, with which outcome, never a secret.

AWS documentation: "CloudTrail record contents" and "CloudTrail userIdentity element", AWS CloudTrail User
Guide; "Logging AWS KMS API calls with AWS CloudTrail", AWS KMS Developer Guide; "Amazon S3 CloudTrail
events", Amazon S3 User Guide. Unlike AWS, S3 data events come back from LookupEvents too.
"""

import json
import time
import uuid

from ministack import app
from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id
from ministack.services import cloudtrail

from .cloudtrail_names import event_name, is_read_only, request_parameters, resources
from .error_codes import error_of


def record(request, response) -> None:
    """Appends the event of one served request, and of each call a service made for its caller."""
    if request.service == "cloudtrail" or request.path.startswith("/_") or not cloudtrail._recording_enabled:
        return
    status, headers, body = response
    error = error_of(status, headers, body)
    identity = user_identity(request)
    name = event_name(request)
    _append(request, f"{request.service}.amazonaws.com", name, identity, request_parameters(request, name),
            resources(request, name), error, dict(request.key_uses) or None)
    if error is None:
        for use in request.service_uses:
            _append(request, "kms.amazonaws.com", use.action.partition(":")[2],
                    {**identity, "invokedBy": f"{request.service}.amazonaws.com"},
                    {"keyId": use.resource_arn, "encryptionContext": use.encryption_context},
                    [{"ResourceType": "AWS::KMS::Key", "ResourceName": use.resource_arn}], None, None)


def user_identity(request) -> dict:
    """The userIdentity element: the role and session of temporary credentials, the user of lasting ones."""
    account = get_account_id()
    access_key = app.extract_access_key_id(request.headers, request.query_params) or ""
    caller = iam_evaluator.resolve_caller_identity(access_key) or {}
    arn = caller.get("userArn") or f"arn:aws:iam::{account}:root"
    identity = {"principalId": caller.get("userId", ""), "arn": arn, "accountId": account, "accessKeyId": access_key}
    if ":assumed-role/" in arn:
        _, role, session = arn.split(":", 5)[5].split("/", 2)
        issuer = {"type": "Role", "arn": f"arn:aws:iam::{account}:role/{role}", "accountId": account, "userName": role}
        return {"type": "AssumedRole", **identity, "sessionContext": {"sessionIssuer": issuer}, "_name": session}
    if ":user/" in arn:
        name = arn.rsplit("/", 1)[-1]
        return {"type": "IAMUser", **identity, "userName": name, "_name": name}
    return {"type": "Root", **identity, "_name": "root"}


def _append(request, source, name, identity, parameters, found, error, additional) -> None:
    identity = dict(identity)
    user_name = identity.pop("_name")
    event_id, now = str(uuid.uuid4()), time.time()
    read_only = is_read_only(request.method, name)
    data_event = any(entry["ResourceType"] == "AWS::S3::Object" for entry in found)
    event = {
        "eventVersion": "1.11",
        "userIdentity": identity,
        "eventTime": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now)),
        "eventSource": source,
        "eventName": name,
        "awsRegion": request.region,
        "sourceIPAddress": identity.get("invokedBy", "127.0.0.1"),
        "userAgent": identity.get("invokedBy") or request.headers.get("user-agent", ""),
        "requestParameters": cloudtrail._scrub(parameters),
        "responseElements": None,
        "requestID": request.request_id,
        "eventID": event_id,
        "readOnly": read_only,
        "resources": [
            {"accountId": get_account_id(), "type": entry["ResourceType"], "ARN": entry["ResourceName"]}
            for entry in found
        ],
        "eventType": "AwsApiCall",
        "managementEvent": not data_event,
        "eventCategory": "Data" if data_event else "Management",
        "recipientAccountId": get_account_id(),
    }
    if additional:
        event["additionalEventData"] = additional
    if error:
        event["errorCode"], event["errorMessage"] = error
    cloudtrail._get_event_queue().append({
        "EventId": event_id,
        "EventName": name,
        "EventSource": source,
        "EventTime": now,
        "Username": user_name,
        "AccessKeyId": identity.get("accessKeyId", ""),
        "ReadOnly": "true" if read_only else "false",
        "Resources": found,
        "CloudTrailEvent": json.dumps(event),
    })
