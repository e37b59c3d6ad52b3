"""The CloudFormation type AWS::CloudTrail::Trail, made in the emulator's CloudTrail service.

AWS documentation: "AWS::CloudTrail::Trail", CloudFormation Template Reference; "Amazon S3 bucket policy for
CloudTrail", AWS CloudTrail User Guide (a bucket that CloudTrail may not write to is refused). No log file is
delivered: events come from LookupEvents.
"""

import json

from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id, get_region, new_uuid
from ministack.services import cloudtrail, s3
from ministack.services.cloudformation import provisioners

_SAME_NAMES = ("S3BucketName", "S3KeyPrefix", "SnsTopicName", "IncludeGlobalServiceEvents", "IsMultiRegionTrail",
               "EnableLogFileValidation", "IsOrganizationTrail")
_BOOLEANS = frozenset({"IncludeGlobalServiceEvents", "IsMultiRegionTrail", "EnableLogFileValidation",
                       "IsOrganizationTrail"})


def install() -> None:
    """Registers the type with create, update and delete."""
    provisioners._RESOURCE_HANDLERS["AWS::CloudTrail::Trail"] = {"create": create, "update": update, "delete": delete}


def create(logical_id: str, props: dict, stack_name: str) -> tuple[str, dict]:
    """Creates the trail; Ref is its name, Fn::GetAtt its Arn and SnsTopicArn."""
    name = props.get("TrailName") or f"{stack_name}-{logical_id}-{new_uuid()[:12]}"
    _require_writable_bucket(name, props)
    _call(cloudtrail._create_trail, {"Name": name, **_request(props)})
    _apply(name, props)
    return name, _attributes(name, props)


def update(physical_id: str, old_props: dict, new_props: dict, stack_name: str) -> tuple[str, dict]:
    """Updates the trail in place."""
    _require_writable_bucket(physical_id, new_props)
    _call(cloudtrail._update_trail, {"Name": physical_id, **_request(new_props)})
    _apply(physical_id, new_props)
    return physical_id, _attributes(physical_id, new_props)


def delete(physical_id: str, props: dict) -> None:
    """Deletes the trail; one that is gone already is no error."""
    cloudtrail._delete_trail({"Name": physical_id})


def _request(props: dict) -> dict:
    request = {name: _boolean(props[name]) if name in _BOOLEANS else props[name]
               for name in _SAME_NAMES if props.get(name) is not None}
    if props.get("KMSKeyId"):
        request["KmsKeyId"] = props["KMSKeyId"]
    return request


def _boolean(value) -> bool:
    return str(value).lower() == "true"


def _apply(name: str, props: dict) -> None:
    """Sets selectors, tags and logging, which CreateTrail has no parameters for."""
    for member in ("EventSelectors", "AdvancedEventSelectors"):
        if props.get(member):
            _call(cloudtrail._put_event_selectors, {"TrailName": name, member: props[member]})
    if props.get("Tags"):
        _call(cloudtrail._add_tags, {"ResourceId": cloudtrail._trail_arn(name), "TagsList": props["Tags"]})
    logging = cloudtrail._start_logging if _boolean(props.get("IsLogging")) else cloudtrail._stop_logging
    _call(logging, {"Name": name})


def _attributes(name: str, props: dict) -> dict:
    topic = props.get("SnsTopicName") or ""
    if topic and not topic.startswith("arn:"):
        topic = f"arn:aws:sns:{get_region()}:{get_account_id()}:{topic}"
    return {"Arn": cloudtrail._trail_arn(name), "SnsTopicArn": topic}


def _call(operation, request: dict) -> None:
    status, _, body = operation(request)
    if status >= 400:
        refusal = json.loads(body)
        raise ValueError(f"AWS::CloudTrail::Trail: {refusal.get('__type')}: {refusal.get('message')}")


def _require_writable_bucket(name: str, props: dict) -> None:
    bucket, account = props.get("S3BucketName", ""), get_account_id()
    if s3._buckets.get(bucket) is None:
        raise ValueError(f"AWS::CloudTrail::Trail: S3BucketDoesNotExistException: S3 bucket {bucket} does not exist!")
    prefix = f"{props['S3KeyPrefix']}/" if props.get("S3KeyPrefix") else ""
    context = iam_evaluator.EvalContext(
        principal_arn="cloudtrail.amazonaws.com", principal_type="Service", principal_account=account,
        action="s3:PutObject", resource_arn=f"arn:aws:s3:::{bucket}/{prefix}AWSLogs/{account}/CloudTrail/log.json.gz",
        region=get_region(), secure_transport=True,
        service_context={"s3:x-amz-acl": "bucket-owner-full-control", "aws:sourceaccount": account,
                         "aws:sourcearn": cloudtrail._trail_arn(name)},
    )
    policy = s3._bucket_policies.get(bucket) or ""
    if iam_evaluator.evaluate_resource_policy(policy, context, service="cloudtrail.amazonaws.com").decision != "Allow":
        raise ValueError("AWS::CloudTrail::Trail: InsufficientS3BucketPolicyException: Incorrect S3 bucket policy is "
                         f"detected for bucket: {bucket}")
