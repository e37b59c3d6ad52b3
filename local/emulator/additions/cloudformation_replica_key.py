"""The CloudFormation type AWS::KMS::ReplicaKey.

AWS documentation: "AWS::KMS::ReplicaKey", CloudFormation Template Reference; "Create multi-Region replica keys", AWS
KMS Developer Guide.
"""

import json

from ministack.core.arn import parse_arn
from ministack.core.responses import get_region, request_scope
from ministack.services import kms
from ministack.services.cloudformation import provisioners


def install() -> None:
    """Registers the type with create, update and delete."""
    provisioners._RESOURCE_HANDLERS["AWS::KMS::ReplicaKey"] = {"create": create, "update": update, "delete": delete}


def create(logical_id: str, props: dict, stack_name: str) -> tuple[str, dict]:
    """Replicates the primary key into the stack's Region; Ref is the key id, Fn::GetAtt its Arn and KeyId."""
    region, primary = get_region(), parse_arn(props["PrimaryKeyArn"])
    with request_scope(primary.account_id, primary.region):
        status, _, body = kms._replicate_key({
            "KeyId": props["PrimaryKeyArn"],
            "ReplicaRegion": region,
            "Policy": _policy(props),
            "Description": props.get("Description", ""),
            "Tags": provisioners._kms_tags(props),
        })
    answer = json.loads(body)
    if status >= 400:
        raise ValueError(f"AWS::KMS::ReplicaKey {logical_id}: {answer.get('message')}")
    rec = kms._keys[answer["ReplicaKeyMetadata"]["KeyId"]]
    _apply_enabled(rec, props)
    return rec["KeyId"], _attributes(rec)


def update(physical_id: str, old_props: dict, new_props: dict, stack_name: str) -> tuple[str, dict]:
    """Updates the replica's own policy, description, tags and state; its primary cannot change."""
    if old_props.get("PrimaryKeyArn") != new_props.get("PrimaryKeyArn"):
        raise ValueError(f"AWS::KMS::ReplicaKey {physical_id}: PrimaryKeyArn cannot be changed")
    rec = kms._keys[physical_id]
    rec["Policy"], rec["Description"] = _policy(new_props), new_props.get("Description", "")
    rec["Tags"] = provisioners._kms_tags(new_props)
    _apply_enabled(rec, new_props)
    return physical_id, _attributes(rec)


def delete(physical_id: str, props: dict) -> None:
    """Schedules the replica's deletion, as the service does."""
    if kms._resolve_key(physical_id):
        kms._schedule_key_deletion({"KeyId": physical_id, "PendingWindowInDays": props.get("PendingWindowInDays", 30)})


def _policy(props: dict) -> str:
    policy = props["KeyPolicy"]
    return policy if isinstance(policy, str) else json.dumps(policy)


def _apply_enabled(rec: dict, props: dict) -> None:
    if rec["KeyState"] in ("Enabled", "Disabled"):
        rec["Enabled"] = str(props.get("Enabled", True)).lower() == "true"
        rec["KeyState"] = "Enabled" if rec["Enabled"] else "Disabled"


def _attributes(rec: dict) -> dict:
    return {"Arn": rec["Arn"], "KeyId": rec["KeyId"]}
