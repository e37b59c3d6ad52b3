"""AWS managed keys: alias/aws/s3 and alias/aws/sqs in every account and Region, usable by their service alone.

AWS documentation: "AWS managed keys", AWS KMS Developer Guide (key policy limited by kms:ViaService and
kms:CallerAccount; KeyManager AWS; their policies and states cannot be changed).
"""

import functools
import json

from ministack.core.responses import error_response_json, get_account_id, get_region
from ministack.services import kms

_SERVICES = {"alias/aws/s3": "s3", "alias/aws/sqs": "sqs"}
_FORBIDDEN = frozenset({
    "DisableKey", "EnableKey", "EnableKeyRotation", "DisableKeyRotation", "PutKeyPolicy", "ScheduleKeyDeletion",
    "CancelKeyDeletion", "UpdateKeyDescription", "TagResource", "UntagResource", "RotateKeyOnDemand",
})


def install() -> None:
    """Creates a managed key when it is first named, and keeps its owner from changing it."""
    resolve, metadata, serve = kms._resolve_key, kms._key_metadata, kms.handle_request

    def resolve_key(key_id):
        name = str(key_id or "").rpartition(":")[2]
        if name in _SERVICES and kms._alias_arn(name) not in kms._aliases:
            _create(name)
        return resolve(key_id)

    def key_metadata(rec):
        return {**metadata(rec), "KeyManager": rec.get("_key_manager", "CUSTOMER")}

    @functools.wraps(serve)
    async def handle_request(method, path, headers, body, query_params):
        operation = headers.get("x-amz-target", "").rpartition(".")[2]
        if operation in _FORBIDDEN:
            rec = _named(body)
            if rec is not None and rec.get("_key_manager") == "AWS":
                return error_response_json("AccessDeniedException", f"{rec['Arn']} is managed by AWS.", 400)
        elif operation in ("ListAliases", "ListKeys"):
            for name in _SERVICES:
                resolve_key(name)
        return await serve(method, path, headers, body, query_params)

    kms._resolve_key, kms._key_metadata, kms.handle_request = resolve_key, key_metadata, handle_request


def _named(body: bytes):
    try:
        return kms._resolve_key(json.loads(body or b"{}").get("KeyId", ""))
    except (ValueError, AttributeError):
        return None


def _create(alias: str) -> None:
    service = _SERVICES[alias]
    policy = {
        "Version": "2012-10-17",
        "Id": f"auto-{service}-1",
        "Statement": [
            {
                "Sid": f"Allow access through {service} for all principals in the account",
                "Effect": "Allow",
                "Principal": {"AWS": "*"},
                "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
                "Resource": "*",
                "Condition": {"StringEquals": {
                    "kms:CallerAccount": get_account_id(),
                    "kms:ViaService": f"{service}.{get_region()}.amazonaws.com",
                }},
            },
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{get_account_id()}:root"},
                "Action": ["kms:Describe*", "kms:Get*", "kms:List*"],
                "Resource": "*",
            },
        ],
    }
    _, _, body = kms._create_key({
        "Description": f"Default key that protects my {service.upper()} data when no other key is defined",
        "Policy": json.dumps(policy),
    })
    rec = kms._keys[json.loads(body)["KeyMetadata"]["KeyId"]]
    rec.update({"_key_manager": "AWS", "KeyRotationEnabled": True, "RotationPeriodInDays": 365})
    kms._aliases[kms._alias_arn(alias)] = rec["KeyId"]
    kms._stamp_alias(kms._alias_arn(alias), created=True)
